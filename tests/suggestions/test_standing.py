"""A text that stands there is mended rather than replaced, and left alone where it only repeats the page."""

from __future__ import annotations

import pytest

from core.records import Context, SuggestionReason, SuggestionSource
from tests.storefill import occurrence
from tests.suggestions.test_decide import decide, of_places


def place(alt: str | None, lang: str = "en", **context: object):
    return occurrence("x1.jpg", alt=alt, accessible_name=alt, lang=lang, context=Context(**context))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alt", "lang", "text"),
    [
        ("Image of a red kettle", "en", "A red kettle"),
        ("photo of tea and biscuits", "en", "Tea and biscuits"),
        ("Bild von einem roten Kessel", "de", "Einem roten Kessel"),
        ("Photo d'une bouilloire rouge", "fr", "Bouilloire rouge"),
        ("A red fox photo", "en", "A red fox"),
        ("Red fox photo", "en", "Red fox"),
        ("Fish &amp; chips", "en", "Fish & chips"),
        ("A <b>red</b> kettle", "en", "A red kettle"),
    ],
)
def test_mechanical_faults_are_mended(alt, lang, text):
    draft = decide(of_places("a brown dog", place(alt, lang), spoken="en"))
    assert (draft.text, draft.source, draft.needs_human) == (text, SuggestionSource.STANDING, lang == "de")


def test_what_ends_as_a_file_may_be_the_name_of_one():
    draft = decide(of_places(None, place("Sunset over the lake.jpg")))
    assert (draft.text, draft.reason) == ("Sunset over the lake", SuggestionReason.REVIEW)


def test_one_word_is_looked_at():
    draft = decide(of_places(None, place("Image of tea")))
    assert (draft.text, draft.reason) == ("Tea", SuggestionReason.REVIEW)


@pytest.mark.parametrize(
    ("name", "alt"),
    [
        ("Hugin_redo.png", "Hugin redo.png"),
        ("120px-Redo_arrow.png", "Redo arrow.png"),
        ("redo-arrow.png", "“Redo arrow”"),
        ("22px-Redo_arrow.svg.png", "Redo arrow.svg"),
        ("output_14_1.png", "../../_images/output_14_1.png"),
    ],
)
def test_a_files_name_is_no_persons_text(name, alt):
    """As wikis fill it in."""
    where = occurrence(name, alt=alt, accessible_name=alt, lang="en", context=Context())
    assert decide(of_places("a green arrow on a button", where)).source is not SuggestionSource.STANDING


@pytest.mark.parametrize(
    "alt", ["image", "IMG_2041.jpg", "photo", "untitled", "my_new_hero_final", "0001", "<img>", "&nbsp;", ""]
)
def test_a_text_that_says_nothing_is_not_mended(alt):
    assert decide(of_places("a brown dog in the snow", place(alt))).source is SuggestionSource.CAPTION


@pytest.mark.parametrize(
    ("name", "alt", "text"),
    [
        ("Google Logo", "...", "Google Logo"),
        ("the red kettle on a stove", None, "The red kettle on a stove"),
        ("x1", None, "A brown dog in the snow"),  # the file's name
        ("image", None, "A brown dog in the snow"),
        ("Click here to enlarge image", None, "A brown dog in the snow"),
        ("Bild vergrößern", None, "A brown dog in the snow"),
        ("“…”", "...", "A brown dog in the snow"),
    ],
)
def test_what_an_aria_label_or_title_calls_it_comes_first(name, alt, text):
    where = occurrence("x1.jpg", alt=alt, accessible_name=name, lang="en", context=Context())
    draft = decide(of_places("a brown dog in the snow", where))
    assert (draft.text, draft.source is SuggestionSource.NAMED) == (text, text != "A brown dog in the snow")


def test_a_link_beside_its_own_words_is_not_told_that_it_may_be_silent():
    where = occurrence(
        "x1.jpg", alt=None, interactive="link", sole_content=True,
        context=Context(link_url="http://a.test/x1.jpg", figcaption="A red kettle", label="A red kettle"),
    )  # fmt: skip
    draft = decide(of_places(None, where))
    assert (draft.text, draft.reason) == (None, SuggestionReason.BREAKS_RULES)


def test_places_with_different_texts_have_none_to_mend():
    places = (place("Image of a red kettle"), place("Image of an old pot"))
    assert decide(of_places("a brown dog in the snow", *places)).source is SuggestionSource.CAPTION


@pytest.mark.parametrize(
    ("context", "text", "source"),
    [({"figcaption": "The brush dialog"}, None, "none"), ({"passage": "The brush dialog"}, "", "empty")],
)
def test_what_only_repeats_the_page_gets_no_other_text(context, text, source):
    """A model's guess in the place of a good text that stands below the picture as well would be worse than both."""
    found = decide(of_places("a person in front of a building", place("The brush dialog", **context)))
    assert (found.text, found.source, found.reason) == (text, source, SuggestionReason.REPEATS_PAGE)


def test_a_missing_text_is_drafted_as_ever():
    found = decide(of_places("a brown dog in the snow", place(None, figcaption="The brush dialog")))
    assert found.text == "A brown dog in the snow"


@pytest.mark.computes(10)
@pytest.mark.parametrize("unit", ["image of ", "<", "<b", "&amp;", "“", ".jpg", "photo "])
def test_no_text_takes_long(unit):
    decide(of_places(None, place(unit * (2000 // len(unit)))))
