from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import event, func, select, update

from core.records import Classification, Context, Finding, Judgement, PageFailed, PageState, Severity
from store import crawls
from store.changes import State, states
from store.counts import counts
from store.engine import connect, reading, writing
from store.frontier import met, next_queued, queue_pages
from store.models import Base, Crawl, Image, Occurrence, Page
from store.models import Finding as FindingRow
from store.page_images import images_not_shown
from store.page_occurrences import places_read
from store.pages import write_visits
from store.queue import reconcile
from store.sites import ensure_site
from tests.storefill import MISSING, OK, SITE, SITE_ID, occurrence, store_visits, visit


def row_counts(engine) -> dict[str, int]:
    with reading(engine) as session:
        return {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }


def test_missing_and_empty_alt_stay_apart(engine):
    store_visits(
        engine,
        visit("", (occurrence("a.jpg", alt=None), MISSING), (occurrence("b.jpg", alt=""), OK)),
    )
    with reading(engine) as session:
        assert list(session.scalars(select(Occurrence.alt).order_by(Occurrence.id))) == [None, ""]


def test_a_recrawl_moves_last_seen_and_adds_no_row(engine):
    page = visit("", (occurrence("a.jpg"), MISSING), (occurrence("b.jpg", alt="A b"), OK))
    first = store_visits(engine, page)
    before = row_counts(engine)
    second = store_visits(engine, page)
    after = row_counts(engine)
    assert after.pop("crawls") == before.pop("crawls") + 1
    assert after == before
    with reading(engine) as session:
        for row in session.scalars(select(Occurrence)):
            assert (row.first_crawl_id, row.last_crawl_id) == (first, second)


def test_findings_are_replaced(engine):
    one = Judgement(
        Classification.SUSPICIOUS,
        findings=(
            Finding("too-long", Severity.WARNING, "long"),
            Finding("markup", Severity.WARNING, "tags"),
        ),
    )
    store_visits(engine, visit("", (occurrence("a.jpg", alt="x"), one)))
    store_visits(engine, visit("", (occurrence("a.jpg"), MISSING)))
    with reading(engine) as session:
        assert list(session.scalars(select(FindingRow.rule))) == ["missing-attr"]


def test_an_occurrence_that_left_its_page_has_vanished_and_may_return(engine):
    both = visit("", (occurrence("a.jpg"), MISSING), (occurrence("b.jpg"), MISSING))
    store_visits(engine, both)
    second = store_visits(engine, visit("", (occurrence("a.jpg"), MISSING)))
    with reading(engine) as session:
        assert counts(session).as_json()["occurrences"] == 1
        gone = session.scalars(select(Occurrence).where(Occurrence.vanished_crawl_id.is_not(None))).one()
        assert gone.vanished_crawl_id == second
    store_visits(engine, both)
    with reading(engine) as session:
        assert counts(session).as_json()["occurrences"] == 2


def test_a_killed_crawl_goes_on_from_its_frontier(engine):
    seeds = [f"http://{SITE}/"]
    with writing(engine) as session:
        crawl = crawls.begin_crawl(session, ensure_site(session, SITE).id, seeds)
        queue_pages(session, crawl.id, SITE_ID, [(seeds[0], 0)])
    links = (f"http://{SITE}/1", f"http://{SITE}/2")
    with writing(engine) as session:
        write_visits(session, crawl.id, SITE_ID, [visit("", queued=links)])
    with writing(engine) as session:
        again = crawls.begin_crawl(session, ensure_site(session, SITE).id, seeds)
        assert again == crawls.CrawlStart(crawl.id, resumed=True)
        assert next_queued(session, [crawl.id], 100) == [(link, 1) for link in links]
        assert set(met(session, crawl.id)) == {*seeds, *links}
        write_visits(session, crawl.id, SITE_ID, [visit("1", queued=(seeds[0],), depth=1)])
        assert next_queued(session, [crawl.id], 100) == [(links[1], 1)]


def test_other_seeds_or_fresh_start_a_new_crawl(engine):
    with writing(engine) as session:
        first = crawls.begin_crawl(session, ensure_site(session, SITE).id, ["http://shop.test/"])
        queue_pages(session, first.id, SITE_ID, [("http://shop.test/", 0)])
        second = crawls.begin_crawl(session, ensure_site(session, SITE).id, ["http://shop.test/other"])
        assert not second.resumed
        queue_pages(session, second.id, SITE_ID, [("http://shop.test/other", 0)])
        third = crawls.begin_crawl(session, ensure_site(session, SITE).id, ["http://shop.test/other"], fresh=True)
        assert not third.resumed
        assert next_queued(session, [second.id], 100) == []
        assert session.get_one(Crawl, first.id).state == "interrupted"


def test_finishing_a_limited_crawl_says_why_pages_were_not_read(engine):
    crawl_id = store_visits(engine, visit("", queued=(f"http://{SITE}/1",)))
    with writing(engine) as session:
        crawls.finish_crawl(session, crawl_id, state="finished", stats={"pages": 1}, whole_site=False)
    with reading(engine) as session:
        left = session.scalars(select(Page).where(Page.url.endswith("/1"))).one()
        assert (left.state, left.failure, left.queued_crawl_id) == (PageState.SKIPPED, "page_limit", None)


def test_pages_that_a_whole_crawl_no_longer_meets_have_vanished(engine):
    store_visits(
        engine,
        visit("", (occurrence("a.jpg"), MISSING)),
        visit("old", (occurrence("old.jpg"), MISSING)),
        visit("gone", (occurrence("gone.jpg"), MISSING)),
        visit("flaky", (occurrence("flaky.jpg"), MISSING)),
    )
    failed = [
        PageFailed(f"http://{SITE}/gone", 1, "http_404", 404),
        PageFailed(f"http://{SITE}/flaky", 1, "http_503", 503),
    ]
    crawl_id = store_visits(engine, visit("", (occurrence("a.jpg"), MISSING)), *failed)
    with writing(engine) as session:
        crawls.finish_crawl(session, crawl_id, state="finished", stats={}, whole_site=True)
    with reading(engine) as session:
        current = session.scalars(
            select(Occurrence.src).where(Occurrence.vanished_crawl_id.is_(None)).order_by(Occurrence.src)
        )
        assert list(current) == ["a.jpg", "flaky.jpg"]
        assert counts(session).as_json()["queue"]["skipped"] == 2


def test_counts_add_up(engine):
    store_visits(
        engine,
        visit("", (occurrence("a.jpg"), MISSING), (occurrence("b.jpg", alt="A b"), OK)),
        visit("2", (occurrence("b.jpg", alt="A b"), OK)),
    )
    with reading(engine) as session:
        numbers = counts(session).as_json()
    assert numbers["pages"] == 2
    assert numbers["occurrences"] == sum(numbers["classifications"].values()) == 3
    assert numbers["images"] == sum(numbers["queue"].values()) == 2


def test_hostile_texts_are_stored_as_they_are(engine):
    nasty = "'; DROP TABLE pages; -- <script>\u202e \U0001f600 " + "x" * 5000
    context = Context(heading=nasty)
    store_visits(engine, visit("", (occurrence("a.jpg", alt=nasty, context=context), OK), title=nasty))
    with reading(engine) as session:
        row = session.scalars(select(Occurrence)).one()
        assert row.alt == nasty
        assert row.context["heading"] == nasty


def fetched(engine) -> tuple[str, int | None]:
    with reading(engine) as session:
        return session.execute(select(Image.fetch_url, Image.fetch_width)).one()


def candidate(url: str, width: int | None):
    return occurrence("a.jpg", fetch_url=url, fetch_width=width, key=f"{url}{width}"), MISSING


CANDIDATES = [
    pytest.param([400, 800, 600], 800, id="the widest"),
    pytest.param([400, 1600, 3000, 1700], 1600, id="the widest that is of use"),
    pytest.param([3000, 1700, 2000], 1700, id="the narrowest where all are too wide"),
    pytest.param([10**18], 2**31 - 1, id="more than a column holds"),
    pytest.param([None, 300], 300, id="known after unknown"),
    pytest.param([300, None], 300, id="unknown after known"),
    pytest.param([None, None], None, id="unknown"),
]


@pytest.mark.parametrize(("widths", "best"), CANDIDATES)
def test_of_a_batch_the_largest_useful_candidate_is_fetched(engine, widths, best):
    store_visits(engine, visit("", *(candidate(f"u{n}", width) for n, width in enumerate(widths))))
    last = max(n for n, width in enumerate(widths) if width == best or len(widths) == 1)
    assert fetched(engine) == (f"u{last}", best)


@pytest.mark.parametrize(("widths", "best"), CANDIDATES)
def test_of_a_crawl_the_largest_useful_candidate_is_fetched(engine, widths, best):
    with writing(engine) as session:
        crawl = crawls.begin_crawl(session, ensure_site(session, SITE).id, [f"http://{SITE}/"])
        for n, width in enumerate(widths):
            write_visits(session, crawl.id, SITE_ID, [visit(str(n), candidate(f"u{n}", width))])
    last = max(n for n, width in enumerate(widths) if width == best or len(widths) == 1)
    assert fetched(engine) == (f"u{last}", best)


@pytest.mark.parametrize(
    ("old", "new", "wins"),
    [(800, 800, "new"), (800, None, "new"), (None, None, "new"), (800, 900, "new"), (900, 800, "old")],
)
def test_a_later_crawl_replaces_what_is_not_better(engine, old, new, wins):
    store_visits(engine, visit("", candidate("old", old)))
    store_visits(engine, visit("", candidate("new", new)))
    assert fetched(engine)[0] == wins


def test_a_candidate_that_failed_gives_way(engine):
    store_visits(engine, visit("", candidate("old", 900)))
    with writing(engine) as session:
        session.execute(update(Image).values(state="failed", stage="fetch", code="http_404"))
    store_visits(engine, visit("", candidate("new", 300)))
    assert fetched(engine) == ("new", 300)


@pytest.mark.slow
def test_a_batch_with_more_images_than_a_statement_has_parameters(sqlite_url):
    """SQLite takes 32,766 as it is built by default."""
    engine = connect(sqlite_url)
    event.listen(
        engine, "connect", lambda connection, _: connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
    )
    visits = [
        visit(f"{page}", *((occurrence(f"{page}/{number}.jpg"), OK) for number in range(1000))) for page in range(33)
    ]
    store_visits(engine, *visits)
    crawl_id = store_visits(engine, *visits[1:], visit("0", (occurrence("0/0.jpg"), MISSING)))
    with reading(engine) as session:
        assert session.scalar(select(func.count()).where(Occurrence.vanished_crawl_id == crawl_id)) == 999
        assert session.scalar(select(func.count()).where(Image.state == "pending")) == 1
    engine.dispose()


def test_more_ids_than_a_statement_has_parameters(engine):
    """Postgres takes 65,535, SQLite 250,000 at most, and what it is told."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        event.listen(
            engine, "connect", lambda connection, _: connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        )
    ids = range(1, 3001) if engine.dialect.name == "sqlite" else range(1, 65_537)
    store_visits(engine, visit("", (occurrence(), MISSING)))
    with writing(engine) as session:
        assert list(states(session, ids).values()) == [State(None, "missing")]
        assert places_read(session, SITE_ID, [f"http://{SITE}/{id_}" for id_ in ids]) == {}
        assert len(images_not_shown(session, [f"http://{SITE}/{id_}" for id_ in ids])) == len(ids)
        reconcile(session, ids)
        assert session.scalars(select(Image.state)).all() == ["pending"]
