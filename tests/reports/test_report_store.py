from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select, update

from core.records import (
    Classification,
    Finding,
    Judgement,
    PageState,
    QueueState,
    Severity,
    Stage,
    SuggestionOrigin,
    SuggestionState,
)
from reports.cms.approved import approved_texts
from reports.gate import Gate
from reports.ignoring import Ignoring
from reports.report_options import ReportOptions
from reports.row import RowStatus, row_of
from store import models
from store.counts import (
    caption_sources,
    counts,
    latest_crawl,
    page_tallies,
    rule_tallies,
    skip_tallies,
)
from store.crawls import begin_crawl
from store.engine import reading, writing
from store.failures import image_failures, page_failures
from store.folding import Folding, find_look_alikes, folding
from store.pages import write_visits
from store.report import MORE_PAGES, count_groups, occurrence_groups, thumbnails
from store.site_pages import site_places
from store.sites import ensure_site
from tests.reports.scene import EMPTY, IGNORED, REPEATS, TOO_LONG, WEBP, caption, many_rows, small_site
from tests.storefill import MISSING, OK, SITE, SITE_ID, occurrence, store_visits, visit


def groups_of(engine, site_id=SITE_ID):
    with reading(engine) as session:
        return list(occurrence_groups(session, site_id))


def name(group):
    return group.image.url.rpartition("/")[2] if group.image else group.element


def test_rows_come_worst_first_then_by_verdict_then_by_reach(engine):
    small_site(engine)
    assert [name(group) for group in groups_of(engine)] == [
        "missing.jpg",  # errors: missing ones first, those on most pages before the others
        "approved.jpg",
        "failed.jpg",
        "svg",
        "logo.png",  # an error, but empty
        "long.jpg",  # a warning
        "twice.jpg",  # to review
    ]


def test_a_group_says_where_it_stands_and_what_is_known(engine):
    small_site(engine)
    missing = groups_of(engine)[0]
    assert missing.alt is None
    assert missing.classification is Classification.MISSING
    assert missing.severity is Severity.ERROR
    assert missing.findings == MISSING.findings
    assert (missing.occurrences, missing.pages) == (2, 2)
    assert (missing.first_page.url, missing.first_page.title) == (f"http://{SITE}/", "Home")
    assert [page.title for page in missing.more_pages] == ["About"]
    assert missing.selector == "img"
    assert missing.context.heading == "Our shop"
    assert missing.image.state is QueueState.CAPTIONED
    assert missing.image.asset.warnings == ("truncated",)
    assert (missing.suggestion.text, missing.suggestion.state) == ("a cat on a sofa", SuggestionState.PENDING)
    assert (missing.caption.model, missing.caption.confidence) == ("tiny", 0.83)


def test_missing_and_empty_are_two_groups_of_one_image(engine):
    store_visits(
        engine,
        visit("a", (occurrence("x.jpg"), MISSING)),
        visit("b", (occurrence("x.jpg", alt=""), EMPTY)),
        visit("c", (occurrence("x.jpg", alt=" "), TOO_LONG)),
    )
    assert [group.alt for group in groups_of(engine)] == [None, "", " "]


def test_findings_are_those_of_the_first_occurrence(engine):
    other = Judgement(Classification.MISSING, findings=(Finding("other", Severity.WARNING, "Later."),))
    store_visits(engine, visit("a", (occurrence("x.jpg"), MISSING)))
    store_visits(engine, visit("b", (occurrence("x.jpg"), other)))
    [group] = groups_of(engine)
    assert [finding.rule for finding in group.findings] == ["missing-attr"]
    assert group.occurrences == 2


def test_the_worst_finding_comes_first(engine):
    both = Judgement(
        Classification.SUSPICIOUS,
        findings=(Finding("b", Severity.REVIEW, "Perhaps."), Finding("a", Severity.ERROR, "Surely.")),
    )
    store_visits(engine, visit("a", (occurrence("x.jpg", alt="?"), both)))
    [group] = groups_of(engine)
    assert group.severity is Severity.ERROR
    assert [finding.rule for finding in group.findings] == ["a", "b"]


def test_good_rows_are_left_out_and_those_without_a_finding_are_left_to_people(engine):
    silent = Judgement(Classification.MISSING)
    store_visits(engine, visit("a", (occurrence("x.jpg"), silent), (occurrence("y.jpg", alt="A cat"), OK)))
    [group] = groups_of(engine)
    assert (name(group), group.severity, group.findings) == ("x.jpg", Severity.REVIEW, ())


def test_vanished_occurrences_and_other_sites_are_left_out(engine):
    store_visits(engine, visit("a", (occurrence("x.jpg"), MISSING), (occurrence("y.jpg"), MISSING)))
    store_visits(engine, visit("a", (occurrence("x.jpg"), MISSING)))
    with writing(engine) as session:
        other = ensure_site(session, "other.test")
        crawl = begin_crawl(session, other.id, ["http://other.test/"])
        elsewhere = replace(visit("", (occurrence("x.jpg"), MISSING)), url="http://other.test/")
        write_visits(session, crawl.id, other.id, [elsewhere])
    assert [(name(group), group.occurrences) for group in groups_of(engine)] == [("x.jpg", 1)]
    assert [group.first_page.url for group in groups_of(engine, other.id)] == ["http://other.test/"]


def test_a_few_further_pages_are_named_each_once(engine):
    places = [(occurrence("x.jpg", key=f"k{n}"), MISSING) for n in range(2)]
    store_visits(engine, *(visit(f"p{n}", *places) for n in range(9)))
    [group] = groups_of(engine)
    assert (group.pages, group.occurrences) == (9, 18)
    named = [group.first_page.url, *(page.url for page in group.more_pages)]
    assert len(set(named)) == len(named) == 1 + MORE_PAGES


def test_the_suggestion_comes_with_the_caption_it_was_made_from(engine):
    store_visits(engine, visit("a", (occurrence("x.jpg"), MISSING), (occurrence("y.jpg"), MISSING)))
    with writing(engine) as session:
        caption(session, "x.jpg", "first", picture="same")
        caption(session, "y.jpg", "second", picture="same")
    assert {name(group): group.caption.text for group in groups_of(engine)} == {"x.jpg": "first", "y.jpg": "second"}


def test_a_draft_is_not_for_a_place_that_has_a_good_text(engine):
    """The same picture with the same key stands on a page that lacks a text and on one whose text is only to review."""
    there = occurrence("rocket.jpg", alt="A rocket on its pad", key="there")
    store_visits(engine, visit("de", (occurrence("rocket.jpg"), MISSING)), visit("en", (there, REPEATS)))
    with writing(engine) as session:
        caption(session, "rocket.jpg", "Größe und Gewicht", source="heading")
    missing, review = groups_of(engine)
    assert (missing.alt, missing.suggestion.text) == (None, "Größe und Gewicht")
    assert (review.alt, review.suggestion) == ("A rocket on its pad", None)
    row = row_of(review, include_pending=True)
    assert (row.status, row.publishable) == (RowStatus.BY_HAND, False)
    with writing(engine) as session:
        session.execute(update(models.Suggestion).values(state="approved"))
    assert [group.suggestion.text for group in groups_of(engine)] == ["Größe und Gewicht"] * 2  # as a person decided


def test_a_picture_inside_the_page_is_not_read_whole(engine):
    address = "data:image/png;base64," + "A" * 50_000
    store_visits(engine, visit("a", (occurrence("x", image_url="data:,sha256=00", fetch_url=address), MISSING)))
    [group] = groups_of(engine)
    assert group.image.fetch_url == address[:100]


@contextmanager
def counted_statements(engine):
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_queries_follows_chunks_not_rows(engine):
    many_rows(engine, 1200)
    with counted_statements(engine) as seen:
        assert len(groups_of(engine)) == 1200
    selects = [statement for statement in seen if statement.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(selects) <= 1 + 3 * 8  # three chunks of 500


def test_count_groups_counts_what_is_streamed(engine):
    small_site(engine)
    streamed = [group.severity for group in groups_of(engine)]
    with reading(engine) as session:
        assert count_groups(session, SITE_ID) == {severity: streamed.count(severity) for severity in Severity}
        assert count_groups(session, SITE_ID + 1) == dict.fromkeys(Severity, 0)


def test_a_report_sees_one_state_of_the_store(engine):
    small_site(engine)
    with reading(engine) as session:
        before = counts(session, SITE_ID).as_json()
        with writing(engine) as other:
            other.execute(update(models.Image).values(state=QueueState.PENDING))
        assert counts(session, SITE_ID).as_json() == before


def test_counts_of_a_site_add_up(engine):
    small_site(engine)
    with reading(engine) as session:
        found = counts(session, SITE_ID).as_json()
        assert counts(session).as_json() == found  # it is the only site
        assert found["occurrences"] == sum(found["classifications"].values()) == 13
        assert found["images"] == sum(found["queue"].values()) == 9
        assert found["pages"] == 3
        assert found["assets"] == 4
        assert found["failures"] == {"fetch/http_404": 1}
        assert found["suggestions"]["pending"] == 2
        nothing = counts(session, SITE_ID + 1).as_json()
    assert nothing["images"] == nothing["occurrences"] == nothing["assets"] == sum(nothing["suggestions"].values()) == 0


def test_an_image_counts_on_each_site_that_shows_or_showed_it(engine):
    store_visits(engine, visit("a", (occurrence("x.jpg"), MISSING)))
    store_visits(engine, visit("a"))
    with writing(engine) as session:
        other = ensure_site(session, "other.test")  # its number is no matter: Postgres leaves gaps
        crawl = begin_crawl(session, other.id, ["http://other.test/"])
        elsewhere = replace(visit("", (occurrence("x.jpg"), MISSING)), url="http://other.test/")
        write_visits(session, crawl.id, other.id, [elsewhere])
    with reading(engine) as session:
        here, there, everywhere = (counts(session, site_id) for site_id in (SITE_ID, other.id, None))
    assert here.images == there.images == everywhere.images
    assert here.occurrences == 0


def test_a_rule_is_shown_with_the_message_that_it_gives_most_often(engine):
    rare, usual = Finding("missing-attr", Severity.ERROR, "Add a title."), Finding("missing-attr", Severity.ERROR, "Z")
    places = [
        (occurrence(f"{number}.jpg"), Judgement(Classification.MISSING, findings=(found,)))
        for number, found in enumerate((usual, rare, usual))
    ]
    store_visits(engine, visit("", *places))
    with reading(engine) as session:
        (tally,) = rule_tallies(session, SITE_ID)
    assert (tally.occurrences, tally.images, tally.example) == (3, 3, "Z")


def test_tallies(engine):
    small_site(engine)
    with reading(engine) as session:
        assert [(tally.rule, tally.occurrences, tally.images) for tally in rule_tallies(session, SITE_ID)] == [
            ("missing-attr", 5, 3),
            ("empty-in-link", 3, 1),
            ("too-long", 1, 1),
            ("repeats-text", 1, 1),
        ]
        alike = find_look_alikes(session, SITE_ID)
        assert folding(session, SITE_ID, alike, needing_text=True) == Folding(9, 8, 5, 5, 4, 4, 4)
        assert folding(session, SITE_ID, alike) == Folding(13, 12, 9, 9, 4, 4, 4)
        [source] = caption_sources(session, SITE_ID)
        assert (source.model, source.revision, source.pictures, source.abstained) == ("tiny", "r1", 4, 1)
        assert skip_tallies(session, SITE_ID) == [("has_alt", 2), ("decorative", 1), ("ignored", 1)]
        assert page_tallies(session, SITE_ID) == [
            (PageState.FETCHED, None, 3),
            (PageState.FAILED, "http_404", 1),
            (PageState.SKIPPED, "robots", 1),
        ]
        crawl = latest_crawl(session, SITE_ID)
        assert (crawl.state, crawl.stats["pages"]) == ("finished", 3)
        assert latest_crawl(session, SITE_ID + 1) is None


def test_failures(engine):
    small_site(engine)
    with reading(engine) as session:
        [image] = image_failures(session, SITE_ID)
        assert (image.url, image.stage, image.code) == (f"http://{SITE}/failed.jpg", Stage.FETCH, "http_404")
        assert image.page_url == f"http://{SITE}/shop"
        assert [(page.url, page.code, page.status) for page in page_failures(session, SITE_ID)] == [
            (f"http://{SITE}/gone", "http_404", 404),
            (f"http://{SITE}/private", "robots", None),
        ]


def test_thumbnails(engine):
    small_site(engine)
    with reading(engine) as session:
        known = session.scalars(select(models.Asset.sha256)).all()
        assert dict(thumbnails(session, [known[0], "0" * 64])) == {known[0]: WEBP}
        assert session.scalar(select(func.count(models.Asset.id))) == 4


@pytest.mark.parametrize("origin", SuggestionOrigin)
def test_who_wrote_a_suggestion_is_kept(engine, origin):
    store_visits(engine, visit("a", (occurrence("x.jpg"), MISSING)))
    with writing(engine) as session:
        caption(session, "x.jpg", "A cat", origin=origin)
    [group] = groups_of(engine)
    assert (group.suggestion.origin, group.suggestion.text) == (origin, "A cat")


def test_review_rows_hold_good_texts_too(engine):
    store_visits(engine, visit("a", (occurrence("x.jpg", alt="A dog"), REPEATS)))
    [group] = groups_of(engine)
    assert (group.classification, group.severity) == (Classification.OK, Severity.REVIEW)


def test_what_a_person_decided_is_to_act_on_whatever_rules_say(engine):
    """Until it stands there: in the report's files, in those for content systems, and for its places."""
    named = occurrence("pot.jpg", key="b", alt=None, accessible_name="A red pot")
    store_visits(
        engine,
        visit("a", (occurrence("pot.jpg"), MISSING), (occurrence("cup.jpg", alt="A cup"), OK)),
        visit("b", (occurrence("pot.jpg", alt="A pot"), OK), (named, OK)),
        visit("c", (occurrence("pot.jpg", alt="A red pot"), OK)),
        visit("d", (occurrence("pot.jpg", alt=""), IGNORED)),
    )
    assert len(groups_of(engine)) == 1
    with writing(engine) as session:
        caption(session, "pot.jpg", "A red pot", state=SuggestionState.EDITED, origin=SuggestionOrigin.HUMAN)
    first, second = map(row_of, groups_of(engine))
    assert (first.note, second.note[:30]) == ("", "No rule finds fault with the t")
    assert [(row.alt, row.severity, row.status, row.publishable) for row in (first, second)] == [
        (None, Severity.ERROR, RowStatus.DECIDED, True),
        ("A pot", Severity.REVIEW, RowStatus.DECIDED, True),
    ]
    with reading(engine) as session:
        assert sum(count_groups(session, SITE_ID).values()) == 2
        assert [place.alt for place in site_places(session, SITE_ID)] == [None, "A pot"]
        [text], unmatched = approved_texts(session, SITE_ID, Ignoring((), lambda _: ()))
        assert (text.text, text.current, unmatched) == ("A red pot", {"", "A pot"}, [])
        gate = Gate(Severity.REVIEW)
        gate.read(session, SITE_ID, ReportOptions(), None)
        assert dict(gate.rows) == {Severity.ERROR: 1}  # a good text is no reason to fail
