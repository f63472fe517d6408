"""What is left to doubt is marked, with the reason; clean-up takes nothing that was meant."""

from __future__ import annotations

import pytest

from core.records import Context, SuggestionReason
from suggestions.captions.languages import is_spoken, language_of
from suggestions.evidence.chances import ranked
from suggestions.page.permalinks import without_mark
from tests.storefill import occurrence
from tests.suggestions.test_decide import compose, decide, of_places


@pytest.mark.parametrize(
    ("caption", "context", "name", "reason"),
    [
        ("a wooden stool", Context(heading="Stools and benches"), "a.jpg", None),
        ("a wooden stool", Context(surrounding="Our stool is made of oak."), "a.jpg", None),
        ("a wooden stool", Context(), "wooden_stool-02.jpg", None),
        ("a wooden stool", Context(), "woodenStool.jpg", None),
        ("a wooden stool", Context(heading="People at home"), "IMG_0042.jpg", SuggestionReason.UNCONFIRMED),
        ("two people in a room", Context(heading="Two people"), "people.jpg", SuggestionReason.UNCONFIRMED),
        ("two people sitting at a table", Context(heading="Table of contents"), "a.jpg", SuggestionReason.UNCONFIRMED),
        ("a table by a window", Context(heading="The table at the window"), "a.jpg", None),
        ("berries in a bowl", Context(heading="A berry dessert"), "a.jpg", None),
    ],
)
def test_a_model_alone_is_no_evidence(caption, context, name, reason):
    draft = decide(of_places(caption, occurrence(name, context=context)))
    assert draft.reason is reason


@pytest.mark.parametrize(
    ("titles", "reason"),
    [
        (("Stools – Cat & Comet", "Benches – Cat & Comet"), None),
        (("Cat & Comet – Stools", "Cat & Comet – Benches"), None),
        (("Stool Cat – Imprint", "Stool Cat – Contact"), SuggestionReason.UNCONFIRMED),
        (("Stool Cat | Contact",), SuggestionReason.UNCONFIRMED),
    ],
)
def test_the_name_of_the_site_is_no_witness(titles, reason):
    assert compose("a wooden stool", titles=titles).reason is reason


@pytest.mark.parametrize(
    "caption",
    [
        "a bar chart of stool sales",
        "a diagram of a stool",
        "the logo of the stool company",
        "a screenshot of a stool shop",
        "a map of the stool museum",
        "an old map with a stool on it",
        "table of stool prices",
        "a sign above a stool that says open",
        'a stool with "Anna" on it',
    ],
)
def test_kinds_of_which_models_make_things_up_are_marked(caption):
    assert compose(caption, Context(heading="Stools")).reason is SuggestionReason.KIND


@pytest.mark.parametrize(
    ("lang", "caption", "spoken", "text"),
    [
        ("ja", "木のテーブルの上に白い花瓶がある。", "ja", "木のテーブルの上に白い花瓶がある"),
        ("ja", "木のテーブルの上に白い花瓶がある。", "en", "木のテーブルの上に白い花瓶がある"),
        ("zh", "桌子上的白色花瓶", "en", "桌子上的白色花瓶"),
        ("th", "แจกันสีขาวบนโต๊ะไม้", "th", "แจกันสีขาวบนโต๊ะไม้"),
        ("ja", "花", "ja", None),
        ("zh", "花瓶花瓶花瓶花瓶花瓶花瓶", "zh", None),
        ("en", "木のテーブルの上に白い花瓶がある。", "en", None),
        (
            "fr",
            "un homme et son fils avec des fleurs dans les bras",
            "en",
            "Un homme et son fils avec des fleurs dans les bras",
        ),
        ("fr", "A vase with flowers is on the table", "fr", None),
    ],
)
def test_languages_are_told_by_what_is_written(lang, caption, spoken, text):
    draft = decide(of_places(caption, occurrence(lang=lang, context=Context()), spoken=spoken))
    assert draft.text == text


@pytest.mark.parametrize(
    "caption",
    [
        "Un chat et son maître",
        "Le père et son fils",
        "Ein Mann in einer Gasse",
        "Una lady en un baile",
        "Zwei Boys am See",
    ],
)
def test_only_english_is_said_in_neutral_words(caption):
    """Whatever a model says that it speaks."""
    draft = decide(of_places(caption, occurrence(context=Context()), spoken="en"))
    assert draft.text == caption


def test_a_page_that_declares_no_language_may_show_another():
    context = Context(heading="Die Vase auf dem Tisch", surrounding="Hier steht eine Vase, die nicht für Blumen ist.")
    draft = decide(of_places("a vase on the table with flowers", occurrence(context=context), spoken="en"))
    assert (draft.text, draft.reason) == ("A vase on the table with flowers", SuggestionReason.OTHER_LANGUAGE)


def test_so_says_a_guess():
    place = occurrence(context=Context(heading="Vas och bord"), lang_guessed="sv")
    draft = decide(of_places("a vase on a table", place, spoken="en"))
    assert draft.reason is SuggestionReason.OTHER_LANGUAGE


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The vase is on the table with flowers", "en"),
        ("Die Vase steht auf dem Tisch und ist nicht leer", "de"),
        ("Ваза на столе", "ru"),
        ("ラーメン店の入口", "ja"),
        ("Vase, table, flowers", "und"),
        ("", "und"),
    ],
)
def test_the_language_of_a_text(text, language):
    assert language_of(text) == language
    assert is_spoken(text, language)


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("A desk with the lamp switched on.", "A desk with the lamp switched on"),
        ("a car with its headlights on", "A car with its headlights on"),
        ("This is where the picture comes from.", "This is where the picture comes from"),
        ("a cat sitting on", "A cat sitting"),
        ("a wool hat with a pom pom lying on a shelf DSC04711.JPG", "A wool hat with a pom pom lying on a shelf"),
        ("a shelf of jars (IMG_2231.jpeg)", "A shelf of jars"),
        ("iPad on a stand beside a plant", "iPad on a stand beside a plant"),
        ("icon of a paintbrush", "A paintbrush"),
        ("three ducks that are swimming in a pond", "Three ducks swimming in a pond"),
    ],
)
def test_clean_up_takes_nothing_that_was_meant(caption, text):
    assert compose(caption).text == text


@pytest.mark.parametrize(
    ("lang", "caption", "text"),
    [
        ("de", "Das Foto zeigt einen alten blauen Stuhl auf einem Hof.", "Ein alter blauer Stuhl auf einem Hof"),
        (
            "de",
            "Das Bild zeigt den Hafen und einen Kran, der einen Container hebt.",
            "Der Hafen und ein Kran, der einen Container hebt",
        ),
        ("de", "Das Bild zeigt eine Frau mit einem Hut.", "Eine Frau mit einem Hut"),
        ("de", "Das Bild zeigt Tische ohne Stühle", "Tische ohne Stühle"),
        ("de", "Auf dem Bild sind drei Boote zu sehen.", "Drei Boote"),
        ("de", "Zu sehen ist ein Leuchtturm bei Nacht", "Ein Leuchtturm bei Nacht"),
        ("nl", "Op de foto is een rode boot te zien.", "Een rode boot"),
        ("nl", "Op de foto zie je een rode boot.", "Een rode boot"),
        ("fr", "On voit un phare blanc au bord de la mer.", "Un phare blanc au bord de la mer"),
        ("pl", "Na zdjęciu widać latarnię morską.", "Latarnię morską"),
        ("ja", "この写真には、白い灯台と海が写っています。", "白い灯台と海"),
        ("ja", "海辺に立つ白い灯台の写真", "海辺に立つ白い灯台"),
        ("zh", "图片显示一座海边的白色灯塔。", "一座海边的白色灯塔"),
    ],
)
def test_what_models_say_around_it_is_no_part_in_any_language(lang, caption, text):
    draft = decide(of_places(caption, occurrence(lang=lang, context=Context())))
    assert draft.text == text


def test_what_has_lost_its_subject_is_no_text():
    assert compose("araffe on the beach with a kite").text is None
    assert compose("arafed man on the beach").text == "Person on the beach"


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("icon of a stool", SuggestionReason.KIND),
        ("people at a table with a stool beside it", None),
        (
            "a stool beside a very long table of dark oak, with jars of jam, bread, three cups and a tall vase of"
            " white flowers in front of an open window",
            SuggestionReason.SHORTENED,
        ),
    ],
)
def test_the_reason_is_the_right_one(caption, reason):
    assert compose(caption, Context(heading="Stools and tables")).reason is reason


def test_a_sentence_that_a_model_had_no_tokens_for_is_left_out_and_marked():
    draft = compose("A stool stands by a door. The door is green. On the", Context(heading="Stools"))
    assert (draft.text, draft.reason) == ("A stool stands by a door. The door is green", SuggestionReason.SHORTENED)


@pytest.mark.parametrize(
    ("product", "caption", "text"),
    [
        ("Model 9", "USB-C cable with a braided sleeve", "Model 9: USB-C cable with a braided sleeve"),
        ("Model 9", "Lego bricks in a box", "Model 9: Lego bricks in a box"),
        ("Model 9", "Two bricks in a box", "Model 9: two bricks in a box"),
    ],
)
def test_behind_a_products_name_only_small_words_are_written_small(product, caption, text):
    assert compose(caption, Context(product=product)).text == text


@pytest.mark.parametrize(
    ("caption", "topic", "text"),
    [
        ("a man in a blue apron", "Tom van Dijk", "Tom van Dijk in a blue apron"),
        ("a smiling woman wearing a hat", "Dr. Ines Peña", "Dr. Ines Peña smiling, wearing a hat"),
        ("a man in a blue apron", "Our Mission", "A person in a blue apron"),
        ("a man in a blue apron", "The bakery", "A person in a blue apron"),
        ("a man in a blue apron", None, "A person in a blue apron"),
        ("a man in a blue apron", "", "A person in a blue apron"),
        ("two men in blue aprons", "Tom van Dijk", "Two people in blue aprons"),
        ("a loaf of bread", "Tom van Dijk", "A loaf of bread"),
    ],
)
def test_a_portrait_in_a_card_has_the_name_of_the_card(caption, topic, text):
    draft = compose(caption, Context(heading="Ann Lee", topic=topic))
    assert (draft.text, draft.reason) == (text, SuggestionReason.UNCONFIRMED)


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("The move tool¶", "The move tool"),
        ("The move tool #", "The move tool"),
        ("# The move tool", "The move tool"),
        ("§ The move tool", "The move tool"),
        ("The move tool Link to this heading", "The move tool"),
        ("The move tool🔗", "The move tool"),
        ("The move tool Copy link", "The move tool"),
        ("Das Werkzeug Link zu dieser Überschrift", "Das Werkzeug"),
        ("Programming in C#", "Programming in C#"),
        ("Issue #42 is closed", "Issue #42 is closed"),
        ("How to copy a permalink today", "How to copy a permalink today"),
    ],
)
def test_marks_of_headings_are_no_text(heading, text):
    assert without_mark(heading) == text
    assert compose(None, Context(heading=heading)).text == text


def test_a_sentence_before_a_picture_gives_no_name_a_noun():
    said = {"Press the button.": None, "Tool button": "Channel tool button"}
    for before, text in said.items():
        texts = [one.text for one in ranked(occurrence("a.jpg", context=Context(before=before)), "Channel")]
        assert [one for one in texts if "button" in one] == ([text] if text else [])
