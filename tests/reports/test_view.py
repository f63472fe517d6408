from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.records import (
    Classification,
    Context,
    CrawlStatus,
    Finding,
    QueueState,
    Severity,
    Stage,
    SuggestionOrigin,
    SuggestionReason,
    SuggestionSource,
    SuggestionState,
    Witness,
)
from core.text import counted
from reports.html.labels import CLASSIFICATION_LABELS, SEVERITY_LABELS
from reports.html.numbers import breakdown, date, duration, share
from reports.html.paging import Layout, page_file
from reports.html.row_view import row_view
from reports.html.sections.captioning import SKIPPED
from reports.html.sections.todo import steps
from reports.report_options import ReportOptions
from reports.row import STATUS_LABELS, Author, RowStatus, row_of
from reports.row_id import row_id, seen, stem
from reports.texts import bounded, image_name, is_web_address, link
from reports.totals import Totals
from store.counts import Counts, Drafts
from store.report_records import (
    CaptionFacts,
    FetchedAsset,
    GroupKey,
    ImageFacts,
    OccurrenceGroup,
    PageName,
    SuggestionFacts,
)

PICTURE = FetchedAsset("ab" * 32, "jpeg", 1200, 800, (), 1)
IMAGE = ImageFacts("http://a.test/i/red-house.jpg", "http://a.test/i/red-house.jpg?w=9", QueueState.CAPTIONED, None,
                   None, None, PICTURE)  # fmt: skip
DRAFT = SuggestionFacts("a red house", SuggestionState.PENDING, SuggestionOrigin.MODEL, SuggestionSource.CAPTION, False)
GROUP = OccurrenceGroup(
    key=GroupKey(1, "c" * 16, None, "missing"),
    image=IMAGE, context_key="c" * 16, language="en", element="img", alt=None,
    classification=Classification.MISSING, reason=None, severity=Severity.ERROR,
    findings=(Finding("missing-attr", Severity.ERROR, "Add one."),), occurrences=3, pages=2,
    first_page=PageName("http://a.test/", "Home"), more_pages=(PageName("http://a.test/b", None),), selector="img",
    html="<img>", context=Context(heading="Houses"), suggestion=DRAFT,
    caption=CaptionFacts("tiny", "r1", "a red house", 0.834),
)  # fmt: skip


def suggestion(**changes):
    return replace(GROUP, suggestion=replace(DRAFT, **changes))


def queue(state, **changes):
    return replace(GROUP, suggestion=None, caption=None, image=replace(IMAGE, state=state, **changes))


CASES = {
    "a draft": (GROUP, RowStatus.DRAFTED),
    "approved": (suggestion(state=SuggestionState.APPROVED), RowStatus.DECIDED),
    "edited": (suggestion(state=SuggestionState.EDITED), RowStatus.DECIDED),
    "live elsewhere": (suggestion(state=SuggestionState.LIVE), RowStatus.DECIDED),
    "regressed": (suggestion(state=SuggestionState.REGRESSED), RowStatus.DECIDED),
    "imported": (suggestion(origin=SuggestionOrigin.IMPORT), RowStatus.DECIDED),
    "written by a person": (suggestion(origin=SuggestionOrigin.HUMAN), RowStatus.DECIDED),
    "rejected": (suggestion(state=SuggestionState.REJECTED), RowStatus.REJECTED),
    "nothing to propose": (suggestion(text=None), RowStatus.ABSTAINED),
    "abstained, not composed": (
        replace(GROUP, suggestion=None, caption=CaptionFacts("m", "r", None, None)),
        RowStatus.ABSTAINED,
    ),
    "captioned, not composed": (replace(GROUP, suggestion=None), RowStatus.WAITING),
    "pending": (queue(QueueState.PENDING), RowStatus.WAITING),
    "leased": (queue(QueueState.LEASED), RowStatus.WAITING),
    "failed": (queue(QueueState.FAILED, stage=Stage.FETCH, code="http_404", message="HTTP 404"), RowStatus.FAILED),
    "skipped": (queue(QueueState.SKIPPED, code="has_alt"), RowStatus.BY_HAND),
    "no picture": (replace(GROUP, suggestion=None, caption=None, image=None), RowStatus.BY_HAND),
}


@pytest.mark.parametrize(("group", "expected"), CASES.values(), ids=CASES)
def test_each_row_has_one_status_and_a_view(group, expected):
    row = row_of(group)
    assert row.status is expected
    view = row_view(row, 1, has_thumbnail=True)
    assert view.suggestion.heading == STATUS_LABELS[expected][0]
    assert view.suggestion.machine_draft is (expected is RowStatus.DRAFTED)
    assert row.needs_human is (expected not in {RowStatus.DECIDED, RowStatus.DRAFTED})


@pytest.mark.parametrize(
    ("group", "default", "with_pending"),
    [
        (GROUP, False, True),
        (suggestion(state=SuggestionState.APPROVED), True, True),
        (suggestion(state=SuggestionState.EDITED, origin=SuggestionOrigin.HUMAN), True, True),
        (suggestion(state=SuggestionState.REGRESSED), True, True),
        (suggestion(state=SuggestionState.REJECTED), False, False),
        (suggestion(state=SuggestionState.REJECTED, origin=SuggestionOrigin.HUMAN), False, False),
        (suggestion(state=SuggestionState.APPROVED, text=None), False, False),
        (suggestion(state=SuggestionState.APPROVED, text=" "), False, False),
        (replace(suggestion(state=SuggestionState.LIVE), alt="a red house"), False, False),
        (replace(GROUP, suggestion=None), False, False),
    ],
    ids="draft approved edited regressed rejected rejected-human no-text blank already-there none".split(),
)
def test_what_an_importer_may_set(group, default, with_pending):
    assert row_of(group).publishable is default
    assert row_of(group, include_pending=True).publishable is with_pending


def test_a_draft_for_a_picture_that_nobody_could_look_at_says_so():
    image = queue(QueueState.FAILED, stage=Stage.FETCH, code="http_404", message="HTTP 404").image
    row = row_of(replace(suggestion(reason=SuggestionReason.UNSEEN, needs_human=True), caption=None, image=image))
    assert (row.status, row.needs_human) == (RowStatus.DRAFTED, True)
    assert "No model has seen it. There is nothing at this address (HTTP 404)." in row.note


def test_who_wrote_the_text_and_how_sure_the_model_was():
    draft, edited, imported, nothing, link_text = (
        row_of(group)
        for group in (
            GROUP,
            suggestion(state=SuggestionState.EDITED),
            suggestion(origin=SuggestionOrigin.IMPORT),
            suggestion(text=None),
            suggestion(source=SuggestionSource.LINK),
        )
    )
    assert (draft.author, draft.confidence) == (Author.MACHINE, 0.834)
    assert (edited.author, edited.confidence) == (Author.HUMAN, None)
    assert (imported.author, nothing.author) == (Author.IMPORT, None)
    assert link_text.confidence is None  # the model is not where that text is from


@pytest.mark.parametrize("reason", SuggestionReason)
def test_a_draft_says_in_words_why_a_person_is_to_look(reason):
    given = {"text": "", "source": SuggestionSource.EMPTY} if reason is SuggestionReason.GROUP else {}
    row = row_of(suggestion(needs_human=True, reason=reason, **given))
    said = row_view(row, 1, has_thumbnail=False).suggestion.note
    assert said == row.note
    plain = row_of(GROUP).note
    without_text = {"abstained", "unusable_caption", "breaks_rules", "failed"}
    assert row.note.startswith(plain)
    assert (len(row.note) > len(plain)) is (reason not in without_text)
    assert row_view(row_of(GROUP), 1, has_thumbnail=False).suggestion.note == ""


def test_a_decision_from_another_place_is_shown_as_such():
    row = row_of(suggestion(state=SuggestionState.APPROVED, carried=True))
    assert (row.status, row.carried, row.publishable) == (RowStatus.DECIDED, True, True)
    assert row_view(row, 1, has_thumbnail=False).suggestion.carried
    assert not row_view(row_of(GROUP), 1, has_thumbnail=False).suggestion.carried


def test_a_picture_that_needs_no_text_is_decided():
    row = row_of(suggestion(state=SuggestionState.DECORATIVE, text=""))
    assert (row.status, row.needs_human, row.publishable) == (RowStatus.DECIDED, False, False)


def test_a_row_says_why_there_is_nothing_to_propose():
    nothing = {reason: row_of(suggestion(text=None, reason=reason)).note for reason in [None, *SuggestionReason]}
    assert "did not know" in nothing[None]
    assert "did not know" in nothing[SuggestionReason.ABSTAINED]
    assert 'alt=""' in nothing[SuggestionReason.REPEATS_PAGE]
    assert "break a rule" in nothing[SuggestionReason.BREAKS_RULES]
    assert "other pictures" in nothing[SuggestionReason.OTHER_PICTURES]


def test_a_language_that_is_not_known_is_not_shown():
    views = [row_view(row_of(replace(GROUP, language=tag)), 1, has_thumbnail=False) for tag in ("de", "und")]
    assert [view.language for view in views] == ["de", None]


def test_a_row_names_what_looks_like_it():
    view = row_view(
        row_of(GROUP), 1, has_thumbnail=True, alike=["http://a.test/i/copy.jpg?v=2", "data:,x"], alike_left=3
    )
    assert [(other.text, other.href) for other in view.look_alikes] == [
        ("copy.jpg", "http://a.test/i/copy.jpg?v=2"),
        ("picture inside the page", None),
    ]
    assert view.look_alikes_left == "3 more pictures"
    assert row_view(row_of(GROUP), 1, has_thumbnail=True).look_alikes == ()


def test_missing_empty_and_text_look_different():
    views = [row_view(row_of(replace(GROUP, alt=alt)), 1, has_thumbnail=False).alt for alt in (None, "", "A house")]
    assert [(view.state, view.label, view.text) for view in views] == [
        ("missing", "no alt attribute", None),
        ("empty", 'alt=""', None),
        ("text", "alt text", "A house"),
    ]
    drawing = row_view(row_of(replace(GROUP, element="svg", image=None)), 1, has_thumbnail=False)
    assert (drawing.alt.label, drawing.name, drawing.image) == ("no text alternative", "svg in the page", None)


def test_a_row_names_its_pages():
    view = row_view(row_of(GROUP), 7, has_thumbnail=True)
    assert view.places == "On 2 pages, 3 times in all, such as"
    assert (view.first_page.text, view.first_page.href) == ("Home", "http://a.test/")
    assert [page.text for page in view.more_pages] == ["http://a.test/b"]
    assert view.pages_left is None
    assert row_view(row_of(replace(GROUP, pages=1, occurrences=1)), 1, has_thumbnail=True).places == "On 1 page:"
    assert row_view(row_of(replace(GROUP, pages=50)), 1, has_thumbnail=True).pages_left == "48 more pages"
    assert (view.name, view.image.href) == ("red-house.jpg", IMAGE.fetch_url)
    assert view.thumbnail == f"thumbnails/{PICTURE.sha256}.webp"
    assert row_view(row_of(GROUP), 7, has_thumbnail=False).thumbnail is None


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//a.test/x",
        "/x",
        "http:",
        "http://",
        "http://[::1",
        "http://a.test/ x",
        "",
    ],
)
def test_only_web_addresses_become_links(address):
    assert not is_web_address(address)
    assert link(address).href is None
    assert link(address).text == address


@pytest.mark.parametrize("address", ["http://a.test", "https://a.test:8443/x?y=1#z", "https://ä.test/ü"])
def test_web_addresses_become_links(address):
    assert link(address, "Home").href == address


def test_names_of_images():
    assert image_name("http://a.test/i/red%20house.jpg?v=2") == "red house.jpg"
    assert image_name("http://a.test/") == "http://a.test/"
    assert image_name("data:,sha256=00") == "picture inside the page"
    assert image_name("http://[broken/") == "http://[broken/"


@given(st.text(max_size=600))
def test_long_texts_are_cut_and_say_so(text):
    shown = bounded(text)
    assert shown == text or (shown.startswith(text[:300]) and f"({len(text):,} characters)" in shown)


def test_row_ids_tell_images_and_contexts_apart():
    parts = itertools.product(
        (None, "http://a.test/1", "http://a.test/2"),
        ("a" * 16, "b" * 16),
        (None, "", "None", "null", "\ud800", "x"),
        Classification,
    )
    ids = [row_id(*some) for some in parts]
    assert len(ids) == len(set(ids)) == 3 * 2 * 6 * len(Classification)
    assert len({stem(one) for one in ids}) == 3 * 2 * 6


def test_what_was_seen_is_told_from_what_came_after():
    draft = SuggestionFacts("a", SuggestionState.PENDING, SuggestionOrigin.MODEL, SuggestionSource.CAPTION, False)
    changed = (None, draft, replace(draft, text="b"), replace(draft, state=SuggestionState.APPROVED))
    assert len({seen(one) for one in changed}) == 4
    assert seen(None) == seen(replace(draft, text=None))  # nothing is proposed, either way
    assert seen(draft) == seen(replace(draft, confidence=0.5))


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (1, 1000, "< 1 %"), (999, 1000, "> 99 %"), (9, 9, "100 %"), (1, 3, "33 %")],
)
def test_shares(part, whole, shown):
    assert share(part, whole) == shown


def test_times_and_numbers():
    assert [duration(seconds) for seconds in (0.4, 65, 7800)] == ["0 s", "1 min 5 s", "2 h 10 min"]
    assert date(datetime(2026, 3, 5, 14, 5, tzinfo=UTC)) == "5 March 2026, 14:05 UTC"
    assert [counted(1, "page"), counted(1200, "page"), counted(2, "row waits", "rows wait")] == [
        "1 page",
        "1,200 pages",
        "2 rows wait",
    ]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=7))
def test_a_chart_is_as_wide_as_its_parts_and_adds_up(values):
    chart = breakdown((f"k{n}", f"L{n}", "", value) for n, value in enumerate(values))
    assert chart.total == f"{sum(values):,}"
    assert sum(int(bar.value.replace(",", "")) for bar in chart.bars) == sum(values)
    assert sum(bar.width for bar in chart.bars) == pytest.approx(100 if sum(values) else 0, abs=0.1)
    for before, bar in zip(chart.bars, chart.bars[1:], strict=False):
        assert bar.start == pytest.approx(before.start + before.width, abs=0.01)


@given(st.tuples(*[st.integers(0, 60)] * 3), st.integers(1, 25))
def test_every_row_stands_on_one_page_in_its_section(numbers, rows_per_page):
    layout = Layout(dict(zip(Severity, numbers, strict=True)), rows_per_page)
    rows = [severity for severity, n in layout.rows.items() for _ in range(n)]
    views = [(severity, row_view(row_of(GROUP), n, has_thumbnail=False)) for n, severity in enumerate(rows, 1)]
    pages = {}
    for page in range(1, layout.pages + 1):
        pages[page_file(page)] = layout.view(page, views[(page - 1) * rows_per_page : page * rows_per_page])
    shown = [row.anchor for page in pages.values() for section in page.sections for row in section.rows]
    assert shown == [f"row-{n}" for n in range(1, len(rows) + 1)]
    for page in pages.values():
        for jump in page.pager.jumps:  # leads to the page on which the section begins
            file, _, anchor = jump.href.partition("#")
            [section] = [section for section in pages[file].sections if section.severity == anchor]
            assert not section.continued
        links = {page.pager.previous, page.pager.following, *(number.href for number in page.pager.numbers)} - {None}
        assert {href.partition("#")[0] for href in links} <= set(pages)
    assert pages["index.html"].pager.previous is None
    assert list(pages.values())[-1].pager.following is None


def numbers(failed, drafts):
    queue = dict.fromkeys(QueueState, 0) | {QueueState.FAILED: failed}
    return Counts(
        3, 0, 0, dict.fromkeys(Classification, 0), queue, (), dict.fromkeys(SuggestionState, 0), Drafts(drafts, 0)
    )


def test_what_people_want_as_it_stands_is_nothing_to_mend():
    totals = Totals()
    empty = replace(GROUP, alt="", classification=Classification.EMPTY)
    totals.add(row_of(replace(empty, suggestion=replace(DRAFT, text="", state=SuggestionState.LIVE))))
    assert (totals.to_mend, totals.settled_places) == (0, empty.occurrences)
    totals.add(row_of(replace(empty, suggestion=replace(DRAFT, text=""))))  # a machine's draft settles nothing
    totals.add(row_of(suggestion(text="", state=SuggestionState.DECORATIVE)))  # here the attribute is missing
    assert (totals.to_mend, totals.settled_places) == (2, empty.occurrences)


def test_first_steps_are_in_order_of_use():
    totals = Totals()
    for n in range(20):
        totals.add(row_of(replace(GROUP, occurrences=500 if n == 15 else 1)))
    totals.add(approved := row_of(suggestion(state=SuggestionState.APPROVED)))
    totals.publishable += approved.publishable
    totals.add(row_of(queue(QueueState.PENDING)))
    totals.add(row_of(suggestion(text=None)))
    found = steps(totals, CrawlStatus.INTERRUPTED, numbers(failed=2, drafts=20), rows_per_page=10, sheet="editors.xlsx")
    assert [step.title for step in found] == [
        "Finish the crawl",
        "Start with the 4 rows used most",
        "Check 20 machine drafts",
        "Put 1 text on the site",
        "Settle 1 row by hand",
        "Caption the rest",
        "See why 2 images failed",
    ]
    widest = found[1].links[0]  # those in one place are no head start
    assert (widest.text, widest.href) == ("red-house.jpg (500 places)", "images-002.html#row-16")
    assert (
        steps(Totals(), CrawlStatus.FINISHED, numbers(failed=0, drafts=0), rows_per_page=10, sheet="editors.xlsx") == ()
    )


def test_every_member_of_a_closed_set_has_words():
    assert set(CLASSIFICATION_LABELS) == set(Classification)
    assert set(SEVERITY_LABELS) == set(Severity)
    assert set(STATUS_LABELS) == set(RowStatus)
    assert set(SKIPPED) == {"has_alt", "decorative", "ignored", "vanished"}


def test_options_refuse_what_they_do_not_know():
    assert ReportOptions().rows_per_page == 200
    for bad in ({"rows_per_page": 0}, {"colour": "red"}, {"examples": -1}):
        with pytest.raises(ValidationError):
            ReportOptions(**bad)
    assert all(field.description for field in ReportOptions.model_fields.values())


@pytest.mark.parametrize(
    ("witnesses", "words"),
    [
        ((), "The page's own words, and nothing else says so."),
        ((Witness.FILE,), "The page's own words; the file's name says so, too."),
        (
            (Witness.CAPTION, Witness.TEXT, Witness.FILE),
            "the caption, the text beside and the file's name say so, too.",
        ),
        ((Witness.PICTURE,), "The page's own words; text in the picture says so, too."),
    ],
)
def test_who_else_says_a_text_of_the_page_is_told(witnesses, words):
    row = row_of(
        suggestion(
            source=SuggestionSource.LABEL,
            reason=SuggestionReason.FROM_PAGE,
            needs_human=True,
            confidence=0.4,
            witnesses=witnesses,
        )
    )
    assert words in row.note
    assert row.confidence == 0.4


def test_what_was_read_in_the_picture_says_so():
    read = suggestion(
        source=SuggestionSource.DIALOG, reason=SuggestionReason.READ, needs_human=True, witnesses=(Witness.FILE,)
    )
    assert "Read in the picture by a program; the file's name says so, too." in row_of(read).note
