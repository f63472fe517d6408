from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from core.identity.context_key import context_key
from core.records import Classification, Judgement, PageFailed, PageUnchanged, PageVersion, SuggestionState
from store import crawls
from store.changes import ABSENT, Changed, State, record, settle
from store.engine import reading, writing
from store.known_pages import known_pages
from store.models import Change, Image, Occurrence, Page, Suggestion
from store.pages import write_visits
from store.sites import ensure_site
from tests.storefill import MISSING, OK, SITE, SITE_ID, occurrence, store_visits, visit

VERSION = PageVersion('"1"', None, "0" * 64, "r1")
A, B = occurrence("a.jpg"), occurrence("b.jpg")


def unchanged(path: str = "", **changes: object) -> PageUnchanged:
    return PageUnchanged(f"http://{SITE}/{path}", 0, **changes)


def finish(engine, crawl_id: int) -> None:
    with writing(engine) as session:
        crawls.finish_crawl(session, crawl_id, state="finished", stats={}, whole_site=True)


def changes(engine) -> list[tuple[int, State, State]]:
    with reading(engine) as session:
        return [
            (
                row.crawl_id,
                State(row.alt_before, row.classification_before),
                State(row.alt_after, row.classification_after),
            )
            for row in session.scalars(select(Change).order_by(Change.id))
        ]


def test_first_sight_and_no_change_leave_no_row(engine):
    for _ in range(2):
        finish(engine, store_visits(engine, visit("", (A, MISSING))))
    finish(engine, store_visits(engine, unchanged()))
    assert changes(engine) == []


def test_a_missing_text_an_empty_one_and_a_text_are_three_states(engine):
    texts = [(None, MISSING), ("", Judgement(Classification.DECORATIVE)), ("A lamp", OK)]
    for alt, judgement in texts:
        last = store_visits(engine, visit("", (occurrence("a.jpg", alt=alt), judgement)))
    assert changes(engine) == [
        (last - 1, State(None, "missing"), State("", "decorative")),
        (last, State("", "decorative"), State("A lamp", "ok")),
    ]


def test_what_leaves_its_page_and_comes_back(engine):
    both = visit("", (A, MISSING), (B, MISSING))
    store_visits(engine, both)
    second = store_visits(engine, visit("", (A, MISSING)))
    third = store_visits(engine, both)
    gone = State(None, "missing")
    assert changes(engine) == [(second, gone, ABSENT), (third, ABSENT, gone)]


def test_what_a_page_takes_along_when_it_goes(engine):
    store_visits(engine, visit("", (A, MISSING)), visit("old", (B, MISSING)))
    second = store_visits(engine, visit("", (A, MISSING)))
    finish(engine, second)
    assert changes(engine) == [(second, State(None, "missing"), ABSENT)]


def test_an_unchanged_page_keeps_all_and_is_seen_last(engine):
    first = store_visits(engine, visit("", (occurrence("a.jpg", alt="A lamp"), OK), title="Lamps"))
    second = store_visits(engine, unchanged())
    finish(engine, second)
    with reading(engine) as session:
        page, place, image = (session.scalars(select(table)).one() for table in (Page, Occurrence, Image))
        assert (page.title, page.last_crawl_id, page.first_crawl_id) == ("Lamps", second, first)
        assert (place.alt, place.last_crawl_id, place.vanished_crawl_id) == ("A lamp", second, None)
        assert image.last_crawl_id == second


def test_what_had_vanished_from_an_unchanged_page_stays_gone(engine):
    store_visits(engine, visit("", (A, MISSING), (B, MISSING)))
    second = store_visits(engine, visit("", (A, MISSING)))
    store_visits(engine, unchanged())
    with reading(engine) as session:
        gone = session.scalars(select(Occurrence).where(Occurrence.vanished_crawl_id.is_not(None))).one()
        assert (gone.src, gone.vanished_crawl_id, gone.last_crawl_id) == ("b.jpg", second, second - 1)


def test_a_later_step_of_the_same_crawl_amends_what_came_out(engine):
    """A rule on the whole site finds again what the rules on one page do not see."""
    described = visit("", (occurrence("a.jpg", alt="A lamp"), OK))
    first = store_visits(engine, described)
    with writing(engine) as session:
        place = session.scalars(select(Occurrence)).one()
        place.classification = Classification.SUSPICIOUS
        record(session, first, [Changed(place.id, State("A lamp", "ok"), State("A lamp", "suspicious"))])
        settle(session, first)
    assert changes(engine) == []  # first sight
    second = store_visits(engine, described)
    assert changes(engine) == [(second, State("A lamp", "suspicious"), State("A lamp", "ok"))]
    with writing(engine) as session:
        record(session, second, [Changed(place.id, State("A lamp", "ok"), State("A lamp", "suspicious"))])
        settle(session, second)
    assert changes(engine) == []


def test_a_page_that_came_back_is_read_anew(engine):
    """Its occurrences were closed: a 304 must not leave them so."""
    versioned = replace(visit("old", (B, MISSING)), version=VERSION)
    store_visits(engine, visit("", (A, MISSING)), versioned)
    second = store_visits(engine, visit("", (A, MISSING)))
    with reading(engine) as session:
        assert [page.url for page in known_pages(session, SITE_ID, second, "r1")] == [versioned.url]
    finish(engine, second)
    with reading(engine) as session:
        assert list(known_pages(session, SITE_ID, second + 1, "r1")) == []


def test_what_is_known_of_a_page_comes_back_as_it_was(engine):
    links = tuple(f"http://{SITE}/{number}" for number in range(3))
    seen = replace(visit("", (A, MISSING), queued=links), version=VERSION)
    seen = replace(seen, facts=replace(seen.facts, nofollow=links[1:2]))
    plain = visit("plain", (B, MISSING))
    crawl_id = store_visits(engine, seen, plain)
    with reading(engine) as session:
        assert list(known_pages(session, SITE_ID, crawl_id, "r1")) == []  # this crawl has done with it
        assert list(known_pages(session, SITE_ID, crawl_id + 1, "r2")) == []  # another reader would read it anew
        (known,) = known_pages(session, SITE_ID, crawl_id + 1, "r1")
    assert (known.url, known.etag, known.last_modified) == (seen.url, '"1"', None)
    assert (list(known.leads_to.links), known.leads_to.nofollow) == (list(links), {links[1]})


def test_a_page_that_failed_is_no_longer_known(engine):
    seen = replace(visit("", (A, MISSING)), version=VERSION)
    store_visits(engine, seen)
    second = store_visits(engine, PageFailed(seen.url, 0, "http_500", 500))
    with reading(engine) as session:
        assert list(known_pages(session, SITE_ID, second + 1, "r1")) == []


def test_a_decided_text_goes_live_regresses_and_goes_live_again(engine):
    first = store_visits(engine, visit("", (A, MISSING)))
    now = datetime.now(UTC)
    with writing(engine) as session:
        image = session.scalars(select(Image)).one()
        session.add(
            Suggestion(
                site_id=SITE_ID, image_id=image.id, context_key=context_key(A), text="A lamp",
                state=SuggestionState.APPROVED, origin="model", source="caption", needs_human=False,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
    states = []
    finish(engine, first)
    for alt, judgement in [(None, MISSING), ("A lamp", OK), ("A pot", OK), ("A lamp", OK)]:
        with writing(engine) as session:
            crawl = crawls.begin_crawl(session, ensure_site(session, SITE).id, [f"http://{SITE}/"], fresh=True)
            write_visits(session, crawl.id, SITE_ID, [visit("", (occurrence("a.jpg", alt=alt), judgement))])
            crawls.finish_crawl(session, crawl.id, state="finished", stats={}, whole_site=True)
            states.append(session.scalars(select(Suggestion.state)).one())
    assert states == ["approved", "live", "regressed", "live"]
