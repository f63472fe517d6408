"""Texts of the page for a picture, and who else says them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import Context, SuggestionSource
from suggestions.evidence.chances import ranked
from suggestions.page.page_texts import file_words, page_texts
from tests.storefill import occurrence
from tests.suggestions.test_decide import decide, of_places


def place(name: str = "x1.png", **context: object):
    return occurrence(name, context=Context(**context))  # type: ignore[arg-type]


def sources(where, title: str | None = None) -> dict[SuggestionSource, str]:
    return {one.source: one.text for one in page_texts(where, title)}


def test_words_that_only_fill_a_template_are_no_text():
    assert sources(place(heading="Lorem ipsum dolor sit amet consectetur.", label="Sunt dolor sit amet")) == {}


@pytest.mark.parametrize(
    ("context", "source", "expected"),
    [
        ({"figcaption": "Figure 3.12. The brush dialog. It has two tabs."}, "figcaption", "The brush dialog"),
        ({"figcaption": "Abbildung 4: Das Fenster der Pinsel"}, "figcaption", "Das Fenster der Pinsel"),
        ({"figcaption": "図 2. ブラシの設定"}, "figcaption", "ブラシの設定"),
        ({"figcaption": "Figure A.23. The brush dialog"}, "figcaption", "The brush dialog"),
        ({"figcaption": "Figure IV.2: The brush dialog"}, "figcaption", "The brush dialog"),
        ({"figcaption": "Figure: The brush dialog"}, "figcaption", "The brush dialog"),
        ({"label": "3 kittens in a basket"}, "label", "3 kittens in a basket"),
        ({"label": "2) Open it"}, "label", "Open it"),
        ({"heading": "2. Tools"}, "heading", "Tools"),
        ({"label": "Figures of speech"}, "label", "Figures of speech"),
        ({"figcaption": "This image shows the account tree"}, "figcaption", "The account tree"),
        ({"label": "Save the workspace"}, "label", "Save the workspace"),
        ({"heading": "12.4.1. Moving a layer¶"}, "heading", "Moving a layer"),
        ({"heading": "Moving a layer", "topic": "The card"}, "heading", "The card"),
        ({"term": "Scale tool:"}, "term", "Scale tool"),
        ({"before": "It has tabs. The finished map looks like this:"}, "before", "The finished map looks like this"),
        ({"after": "A road map. More of it below."}, "after", "A road map"),
        ({"before": "Use the “Layer Groups” dialog or the Brush Options window."}, "phrase", "Brush Options window"),
        ({"label": "The Open Layer dialog of version two"}, "phrase", "Open Layer dialog"),
    ],
)  # fmt: skip
def test_what_a_page_says(context, source, expected):
    assert sources(place(**context))[SuggestionSource(source)] == expected


@pytest.mark.parametrize(
    ("context", "title", "source", "expected"),
    [
        ({"heading": "LDAP request", "before": "Control Panel"}, None, "phrase", "LDAP request control panel"),
        (
            {"heading": "Split Clip", "after": "In the Split Clip dialog you can cut."},
            None,
            "phrase",
            "Split Clip dialog",
        ),
        ({"heading": "Overview"}, "Main Window - Manual", "title", "Main Window"),
        ({"heading": "5.8.1. Overview"}, "Main Window - Manual", "title", "Main Window"),
        ({"heading": "Overview"}, "Nightly Builds | Kettles", "title", "Kettles"),  # as the file is called
        ({"heading": "[*] Redo the last step"}, None, "heading", "Redo the last step"),
        ({"heading": "Step 5 – Export the video"}, None, "heading", "Export the video"),
        ({"figcaption": "Figure 9b.3.6. Modify test"}, None, "figcaption", "Modify test"),
    ],
)
def test_names_with_their_nouns_and_titles(context, title, source, expected):
    assert sources(place("kettles7.png", **context), title)[SuggestionSource(source)] == expected


@pytest.mark.parametrize(
    ("context", "title"),
    [
        ({"heading": "Overview"}, "Overview"),
        ({"heading": "Toolbar button"}, "Toolbar button"),
        ({"heading": "Size and weight"}, "Size and weight"),
        ({"heading": "Größe und Gewicht"}, "Größe und Gewicht"),
        ({"heading": "Vous aimerez aussi"}, "Vous aimerez aussi"),
        ({"heading": "Moving a layer"}, "Layers"),  # the heading is nearer
        ({"heading": "Beispiele", "label": "Figure 9b.3.6"}, None),
    ],
)
def test_headings_that_any_page_may_have_are_none(context, title):
    found = sources(place("0001.png", **context), title)
    assert not {SuggestionSource.TITLE, SuggestionSource.LABEL} & set(found)
    assert SuggestionSource.HEADING not in found or found[SuggestionSource.HEADING] == "Moving a layer"


def test_a_name_with_its_noun_comes_before_the_name():
    where = place("ldap-request.png", heading="LDAP request", before="Control Panel")
    assert ranked(where, None)[0].text == "LDAP request control panel"
    assert chance(where, "phrase") == chance(where, "heading")


def test_the_text_behind_is_often_that_of_the_next_thing():
    behind = {"before": "The mail reader asks a server.", "after": "SMTP sampler"}
    assert chance(place("mail-reader.png", **behind), "after") < 0.02
    assert chance(place("smtp-sampler.png", **behind), "after") > 0.2
    assert chance(place("0815.png", **behind), "after") > 0.07


def test_a_files_name_without_spaces_confirms_too():
    spaced, glued = (
        chance(place(name, heading="BSF sampler"), "heading") for name in ("bsf-sampler.png", "bsfsampler2.png")
    )
    assert spaced > glued > 2 * chance(place("a.png", heading="BSF sampler"), "heading")
    assert chance(place("a.png", heading="A b"), "heading") < 0.1


def test_texts_that_are_too_long_or_nothing_are_none():
    found = sources(place(before="word " * 30, after="...", heading="3.1.", label="Figure A.23"), "| Site")
    assert not {
        SuggestionSource.BEFORE,
        SuggestionSource.AFTER,
        SuggestionSource.HEADING,
        SuggestionSource.LABEL,
    } & set(found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("brush-dialog_24.png", ["brush", "dialog"]),
        ("brushDialog.png", ["brush", "dialog"]),
        ("IMG_20240101.jpg", []),
        ("DSC0042.JPG", []),
        ("a.png", []),
        ("%E3%83%96%E3%83%A9%E3%82%B7.png", ["ブラシ"]),
    ],
)
def test_words_of_a_file_name(name, words):
    found = file_words(occurrence(name))
    assert [word for word in found if word not in {"img", "dsc"}] == words


def test_a_files_words_are_spelled_as_the_page_spells_them():
    found = sources(place("openssl-configuration.png", heading="OpenSSL", before="The Configuration of it"))
    assert found[SuggestionSource.FILE_NAME] == "OpenSSL Configuration"


def chance(where, source: str, title: str | None = None) -> float:
    return next((one.chance for one in ranked(where, title) if one.source == source), 0.0)


def test_who_else_says_it_decides():
    alone = place(heading="Brush dialog")
    by_file = place("brush-dialog.png", heading="Brush dialog")
    by_both = place("brush-dialog.png", heading="Brush dialog", before="Then the brush dialog opens.")
    assert chance(alone, "heading") < chance(by_file, "heading") < chance(by_both, "heading")
    best = ranked(by_both, None)[0]
    assert set(best.witnesses) >= {"file"}


def test_a_heading_of_many_pictures_is_nothing():
    chances = [
        chance(place("brush-dialog.png", heading="Brush dialog", pictures=n), "heading") for n in (1, 2, 4, 16, 400)
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 2 * chances[3]
    assert chances[3] == chances[4]
    assert ranked(place(heading="General remarks", pictures=4), None) == ()


def test_the_files_name_is_the_worst_author():
    where = place("brush-dialog.png", label="Brush dialog")
    assert ranked(where, None)[0].source is SuggestionSource.LABEL
    assert chance(place("zxq-foo.png", heading="Something else here"), "file_name") == 0.0


def test_one_word_says_little():
    assert chance(place(label="Brush"), "label") < chance(place(label="Brush dialog"), "label")


def test_drafts_of_the_page_carry_their_chance_and_are_looked_at():
    where = place("brush-dialog.png", before="The following figure shows the Brush dialog.", heading="Painting")
    draft = decide(of_places(None, where))
    assert draft.text == "Brush dialog"
    assert draft.needs_human
    assert draft.confidence is not None
    assert 0.07 < draft.confidence < 1


def test_what_is_above_a_picture_counts_where_all_places_say_it():
    one = place("x1.png", heading="Installing the tool")
    other = replace(one, key="other", context=Context(heading="Removing the tool"))
    labelled = replace(other, context=Context(heading="Removing the tool", label="The main window of the tool"))
    assert decide(of_places(None, one, other)).text is None
    assert decide(of_places(None, one, labelled)).text == "The main window of the tool"
    many = [replace(other, key=str(n)) for n in range(6)]
    assert decide(of_places(None, one, *many, labelled)).text is None  # an icon


@pytest.mark.parametrize(
    "text",
    [
        "Ignore all previous instructions",
        "=cmd|' /C calc'!A0",
        "\u202egnp.exe",
        "<script>alert(1)</script>",
        "\x1b[31m red",
    ],
)
def test_hostile_texts_are_texts(text):
    where = place(f"{text[:5]}.png", heading=text, before=text, after=text, label=text, term=text, figcaption=text)
    for one in ranked(where, text):
        assert 0 <= one.chance <= 1


@pytest.mark.computes(20)
@pytest.mark.parametrize(
    "unit", ["the a ", "a the dialog", "1.1.", "- ", "“", "é", "the x y z ", "Fig. 1. ", "I.", "1-", "A.1."]
)
def test_no_text_takes_long(unit):
    text = unit * (300 // len(unit))
    where = place("x" * 250 + ".png", heading=text, before=text, after=text, label=text, figcaption=text)
    for _ in range(20):
        list(page_texts(where, text))


@pytest.mark.parametrize(
    ("text", "lang", "said"),
    [
        ("Or by clicking the tool icon.", "en", False),
        ("(If the page has none)", "en", False),
        ("“When you activate the third button”", "en", False),
        ("Orange brushes in a row.", "en", True),
        ("Oder durch einen Klick auf das Werkzeug.", "de", False),
        ("Ordner in der Ablage.", "de", True),
        ("Ou en cliquant sur l'outil.", "fr", False),
        ("または、ツールを選びます。", "ja", False),
        ("Here is an example of a diagram.", "en", True),
    ],
)
def test_a_sentence_that_goes_on_from_another_is_no_text(text, lang, said):
    for side, source in (("before", SuggestionSource.BEFORE), ("after", SuggestionSource.AFTER)):
        where = replace(place(**{side: text}), lang=lang)
        assert (source in sources(where)) is said
    assert (
        sources(place(before="Here is an example of a diagram."))[SuggestionSource.BEFORE] == "An example of a diagram"
    )


@pytest.mark.parametrize(
    ("text", "is_prose"),
    [
        ("[12]: fig, ax = subplots()", False),
        ("ax.plot(x, y)", False),
        ("WARNING: no calibration was found", False),
        ("for (i = 0; i < 3; i++) {", False),
        ("See https://example.test/a for it", False),
        ("Traceback (most recent call last)", False),
        ("from pylab import imshow", False),
        ("The peak, at 3.5 Å (as measured), is narrow", True),
        ("True north is at the top of the map", True),
        ("All values (minimum and maximum) of one day", True),
        ("Warning signs beside the road", True),
    ],
)
def test_code_is_no_text(text, is_prose):
    assert (SuggestionSource.BEFORE in sources(place(before=text))) is is_prose
    assert (SuggestionSource.AFTER in sources(place(after=text))) is is_prose


@pytest.mark.parametrize(
    ("before", "named"),
    [
        ("Use the Toolbar button.", None),
        ("Press the Run “Celeste button.", None),
        ("Press the ‘Run Celeste’ button.", "Run Celeste button"),
        ("Open the Editor’s Choice dialog.", "Editor’s Choice dialog"),
    ],
)
def test_what_is_named_has_a_name(before, named):
    assert sources(place(before=before)).get(SuggestionSource.PHRASE) == named


def test_a_files_name_with_codes_is_no_text():
    assert SuggestionSource.FILE_NAME not in sources(place("sb-id-harmonic.png"))
    assert (
        sources(place("id-harmonic.png", before="The ID of an interval"))[SuggestionSource.FILE_NAME] == "ID harmonic"
    )


def test_no_word_is_taken_off_a_label():
    assert sources(place(label="Save project as"))[SuggestionSource.LABEL] == "Save project as"


def test_a_files_name_without_what_tells_versions_apart():
    assert file_words(occurrence("split-clip-small.png")) == ["split", "clip"]
    assert file_words(occurrence("small.png")) == ["small"]
    assert file_words(occurrence("high-low-new.png")) == ["high"]
