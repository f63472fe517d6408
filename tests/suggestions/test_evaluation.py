"""Measures against figures worked out by hand; which texts are asked about; what an evaluation tells."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.evaluation import BEFORE, DRAFT, FIGURE_CAPTION, FILE_NAME, HEADING
from core.records import Context, SuggestionReason, SuggestionSource
from core.tokens import token_f1, tokens
from reports.evaluation.as_text import markdown, terminal_lines
from reports.evaluation.texts import figure
from store.evaluation import DraftedPlace, GoodAlt
from suggestions.evaluation.measures import Cider, as_good
from suggestions.evaluation.questions import MAX_PICTURES, MAX_PLACES, choose
from suggestions.evaluation.score import evaluate
from tests.storefill import occurrence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Brush dialog.", ["the", "brush", "dialog"]),
        ("don't", ["don", "t"]),
        ("snake_case-name", ["snake", "case", "name"]),
        ("ブラシの設定", ["ブラ", "ラシ", "シの", "の設", "設定"]),
        ("GIMP の窓", ["gimp", "の窓"]),
        ("ใบ", ["ใบ"]),
        ("Größe ＡＢ", ["grösse", "ab"]),
        ("...", []),
        ("", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("a red kettle", "a red kettle", 1.0),
        ("red kettle", "A red kettle.", 0.8),
        ("kettle kettle kettle", "a kettle", 2 * 1 / 5),  # a word counts as often as it stands there
        ("teapot", "kettle", 0.0),
        ("", "kettle", 0.0),
        ("...", "...", 0.0),
    ],
)
def test_token_f1(text, reference, expected):
    assert token_f1(text, reference) == pytest.approx(expected)


def test_cider():
    references = ["a red kettle on a stove", "a blue boat on a lake", "the print dialog"]
    cider = Cider(references)
    assert cider.score(references[0], references[0]) == pytest.approx(10.0)
    assert cider.score("the print dialog", references[2]) == pytest.approx(7.5)  # it has no four words in a row
    assert cider.score("zebra", references[0]) == 0.0
    # One word: "kettle" is in one of three references. The words of the reference weigh ln 3 or, "a" and "on", ln 1.5.
    rare, common = math.log(3), math.log(1.5)
    weights = [2 / 6 * common, rare / 6, rare / 6, common / 6, rare / 6]
    assert cider.score("kettle", references[0]) == pytest.approx(10 / 4 * weights[2] / math.hypot(*weights))
    assert Cider(["x"]).score("x", "x") == 0.0  # what every text has says nothing


def test_as_good_by_either_figure():
    assert as_good(0.6, None)
    assert as_good(0.0, 0.8)
    assert not as_good(0.59, 0.79)
    assert not as_good(0.59, None)


def good(image: int, page: int = 1, alt: str = "", name: str = "") -> GoodAlt:
    url = f"http://shop.test/{name or f'p{image}.jpg'}"
    return GoodAlt(page, f"http://shop.test/{page}", image, url, f"k{image}-{page}", alt or f"Text {image}")


@pytest.mark.parametrize(("pictures", "asked"), [(99, 99), (100, 50), (300, 120)])
def test_half_of_many_stay_to_be_learned_from(pictures, asked):
    assert len(choose([good(n, page=n) for n in range(pictures)], limit=120).asked) == asked


def test_what_is_left_out_and_why():
    everywhere = [good(2, page) for page in range(MAX_PLACES + 1)]
    shared = [good(10 + n, alt="The same ") for n in range(MAX_PICTURES + 1)]
    named = [
        good(3, alt="Print dialog", name="print-dialog.png"),
        good(4, alt="print_dialog.png", name="print_dialog.png"),
    ]
    chosen = choose([good(1), *everywhere, *shared, *named], 100)
    assert [one.image_id for one in chosen.asked] == [1]
    assert chosen.left_out == {"everywhere": 1, "shared_text": len(shared), "file_name": 2, "not_sampled": 0}


def test_whole_pages_are_picked_and_a_text_that_still_stands_elsewhere_is_none():
    places = [good(100 * page + n, page) for page in range(1, 9) for n in range(3)]
    chosen = choose(places, 7)
    assert len(chosen.asked) == 9
    assert len({one.page_id for one in chosen.asked}) == 3
    assert chosen.left_out["not_sampled"] == 15
    assert choose(list(reversed(places)), 7).asked != ()
    assert {one.page_id for one in choose(list(reversed(places)), 7).asked} == {one.page_id for one in chosen.asked}
    left = next(page for page in range(1, 9) if page not in {one.page_id for one in chosen.asked})
    again = choose([*places, replace(chosen.asked[0], page_id=left, page_url=f"http://shop.test/{left}")], 7)
    assert again.left_out["text_elsewhere"] == 1
    assert chosen.asked[0].image_id not in {one.image_id for one in again.asked}


def drafted(name: str, text: str | None, context: Context | None = None, **changes: object) -> DraftedPlace:
    place = occurrence(name, context=context or Context())
    source = SuggestionSource.HEADING if text else SuggestionSource.NONE
    reason = SuggestionReason.FROM_PAGE if text else SuggestionReason.ABSTAINED
    known = DraftedPlace("http://shop.test/", "Shop", place, "en", 1, None, None, text, source, reason, True, None)
    return replace(known, **changes)  # type: ignore[arg-type]


def evaluated(*places: tuple[DraftedPlace, str], **options: object):
    alts = {(place.page_url, place.occurrence.key): alt for place, alt in places}
    return evaluate("shop.test", [place for place, _ in places], alts, left_out={}, **options)  # type: ignore[arg-type]


def lines(evaluation, table: int = 0):
    return {line.name: line for line in evaluation.tables[table].lines}


def test_contenders_and_silence():
    context = Context(heading="Our kettles", figcaption="Kettle on a stove")
    evaluation = evaluated(
        (drafted("redKettle_2.jpg", "Our kettles", context), "A red kettle"), (drafted("b.jpg", None), "A blue boat")
    )
    found = lines(evaluation)
    assert [case.said[FILE_NAME].text for case in evaluation.cases] == ["Red Kettle 2", "B"]
    assert (found[DRAFT].pictures, found[DRAFT].spoken) == (2, 1)
    assert (found[DRAFT].f1, found[DRAFT].f1_spoken) == (0.0, 0.0)
    assert found[FILE_NAME].f1 == pytest.approx((4 / 6 + 0) / 2)
    assert found[HEADING].spoken == found[FIGURE_CAPTION].spoken == 1
    assert found[FIGURE_CAPTION].f1_spoken == pytest.approx(4 / 7)
    assert found[DRAFT].similarity is None
    assert BEFORE not in found


@pytest.mark.parametrize(
    ("alt", "context", "title", "shown"),
    [
        ("The Brush dialog", Context(figcaption="Figure 3.1. The “Brush” dialog"), None, "figure caption"),
        ("The Brush dialog", Context(figcaption="Figure 3.1. The Brush dialog"), None, "figure caption"),
        ("The Brush dialog", Context(figcaption="図 2: the brush dialog."), None, "figure caption"),
        ("Brush dialog", Context(figcaption="An old picture of the brush dialog"), None, None),
        ("Brush dialog", Context(heading="4.2 Brush dialog"), None, "heading"),
        ("Brush dialog", Context(), "Brush dialog", "title of the page"),
        ("Brush dialog", Context(surrounding="The brush dialog"), "Dialogs", None),
        ("Kettle", Context(product="kettle"), None, "product"),
        ("?", Context(heading="Really?"), None, None),
    ],
)
def test_a_text_that_the_page_shows_anyway_is_told_apart(alt, context, title, shown):
    evaluation = evaluated((drafted("a.jpg", "X y", context, page_title=title), alt))
    assert evaluation.cases[0].shown == shown
    assert evaluation.tables[0].title == (
        "Texts that the page shows anyway" if shown else "Texts that the page does not show"
    )


def test_the_surest_come_first_and_the_earlier_drafts_stand_beside():
    places = [
        (drafted(f"{n}.jpg", "Wrong" if n > 4 else f"Text {n}", confidence=1 - n / 10), f"Text {n}") for n in range(10)
    ]
    ready = drafted("r.jpg", "Nothing alike", reason=None, needs_human=False), "A text"
    before = {("http://shop.test/", places[0][0].occurrence.key): "Text"}
    evaluation = evaluated(*places, ready, before=before)
    assert evaluation.risks[0].pictures == 1
    assert evaluation.risks[0].f1 == 0.0  # the one that seemed ready
    assert evaluation.risks[-1].pictures == 11
    assert lines(evaluation)[BEFORE].pictures == 1
    assert lines(evaluation)[BEFORE].f1 == pytest.approx(2 / 3)
    assert {line.name: line.spoken for line in evaluation.tables[2].lines} == {"from_page": 10, "ready": 1}


def test_drafts_are_told_by_kind_where_an_analyser_has_looked():
    title = "Drafts by the kind of picture"
    seen = [(drafted(f"{n}.jpg", "X y", kind=kind), "A text") for n, kind in enumerate(("chart", "map", "chart", None))]
    [table] = [table for table in evaluated(*seen).tables if table.title == title]
    assert [(line.name, line.pictures) for line in table.lines] == [("chart", 2), ("map", 1)]
    assert title not in {table.title for table in evaluated(seen[-1]).tables}


def test_similarity_is_asked_once_and_only_of_texts():
    asked = []

    def similarity(pairs):
        asked.append(list(pairs))
        return [0.9 if text == "Our kettles" else None for text, _, _ in pairs]

    evaluation = evaluated(
        (drafted("b.jpg", None), "A boat"),
        (drafted("a.jpg", "Our kettles", Context(heading="Our kettles")), "Kettles"),
        similarity=similarity,
        similarity_model="test",
    )
    assert len(asked) == 1
    assert ("Our kettles", "Kettles", "en") in asked[0]
    assert all(text for text, _, _ in asked[0])
    assert evaluation.cases[1].said[DRAFT].similarity == 0.9
    assert evaluation.cases[1].said[DRAFT].as_good
    assert evaluation.cases[0].said[DRAFT].similarity == 0.0


def test_places_that_are_gone_are_told():
    place = drafted("a.jpg", "X")
    alts = {(place.page_url, place.occurrence.key): "X", ("http://shop.test/gone", "k"): "Y"}
    evaluation = evaluate("shop.test", [place], alts, left_out={"file_name": 1})
    assert evaluation.left_out == {"file_name": 1, "gone": 1}
    assert any("Left out: 1 picture, it stands there no more" in line for line in terminal_lines(evaluation))


def test_a_terminal_of_80_columns_holds_it_and_markdown_shows_texts_as_they_are():
    hostile = "[click](javascript:alert(1)) | <b>x</b> \x1b[31m `y`\nz"
    evaluation = evaluated(*((drafted(f"{n}.jpg", hostile), f"Text {n}") for n in range(12)))
    tables = [line for line in terminal_lines(evaluation) if not line.endswith(".")]
    assert max(map(len, tables)) <= 80
    written = "\n".join(markdown(evaluation))
    assert "\x1b" not in written
    assert "](" not in written
    assert "<b>" not in written
    row = next(line for line in written.splitlines() if line.startswith("| Text 0 "))
    assert row.replace("\\|", "").count("|") == 7


def test_figures_as_the_field_writes_them():
    assert [figure(value) for value in (0.476, 1.0, 10.0, 0.0, -0.05, None)] == [
        ".48",
        "1.00",
        "10.00",
        ".00",
        "-.05",
        "-",
    ]


def test_nothing_at_all():
    evaluation = evaluate("shop.test", [], {}, left_out={})
    assert evaluation.cases == ()
    assert evaluation.risks == ()
    assert list(terminal_lines(evaluation))
    assert list(markdown(evaluation))
