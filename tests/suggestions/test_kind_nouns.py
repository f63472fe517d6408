"""Names get the noun of what kind of picture they stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import Context
from suggestions.evidence.kind_nouns import names_a_kind, with_noun
from suggestions.manner.learning import LEAST_TEXTS, learn
from tests.storefill import occurrence
from tests.suggestions.test_decide import decide, of_places
from tests.suggestions.test_own_texts import own


def group(kind: str | None = None, lang: str = "en", name: str = "x1.png", **facts: object):
    where = occurrence(name, lang=lang, **facts)
    analyses = {} if kind is None else {"kind": {"kind": kind, "chance": 0.9, "photograph": 0.0, "classes": []}}
    return replace(of_places(None, where), analyses=analyses)


@pytest.mark.parametrize(
    ("kind", "lang", "name", "text", "expected"),
    [
        ("icon", "en", "x.png", "Crop", "Crop icon"),
        ("icon", "de", "x.png", "Zuschneiden", "Symbol: Zuschneiden"),
        ("icon", "ja", "x.png", "切り抜き", "切り抜きのアイコン"),
        ("icon", "sv", "x.png", "Beskär", "Beskär icon"),
        ("icon", "en", "x.png", "Crop tab", "Crop tab icon"),
        ("icon", "en", "x.png", "Crop button", None),
        ("icon", "en", "x.png", "The logos of both", None),
        ("chart", "en", "x.png", "Two images", None),
        ("screenshot", "en", "x.png", "Export Video", "Export Video screenshot"),
        ("screenshot", "fr", "x.png", "Exporter la vidéo", "Capture d'écran : Exporter la vidéo"),
        ("screenshot", "en", "x.png", "Export Video dialog", None),
        ("screenshot", "de", "x.png", "Der Dialog „Ebenen“", None),
        ("chart", "en", "peaks-plot.png", "Found peaks", "Found peaks plot"),
        ("chart", "en", "peaks.png", "Found peaks", "Found peaks chart"),
        ("map", "en", "x.png", "Map of the river", None),
        ("icon", "en", "x.png", "The finished map of all the rivers in spring", None),
    ],
)
def test_nouns(kind, lang, name, text, expected):
    assert with_noun(text, kind, group(kind, lang, name)) == expected


def test_nouns_are_whole_words():
    assert names_a_kind("The icons of saints")
    assert not names_a_kind("Iconic mapping of monologues")


@pytest.mark.parametrize(
    ("kind", "facts", "text"),
    [
        ("icon", {}, "Crop tool icon"),
        (None, {"width": 16, "height": 16}, "Crop tool icon"),
        (None, {"width": 300, "height": 16}, "Crop tool"),
        (None, {}, "Crop tool"),
        ("photograph", {}, "Crop tool"),
        ("unknown", {}, "Crop tool"),
    ],
)
def test_drafts_have_it_where_the_kind_is_sure(kind, facts, text):
    where = Context(label="Crop blade")
    found = decide(group(kind, name="crop-blade.png", context=where, **facts)).text
    assert found == text.replace("tool", "blade")


def test_a_sentence_gets_none():
    where = Context(before="A blade cuts the picture to its size.")
    text = decide(group("icon", name="crop-blade.png", context=where)).text
    assert text is not None
    assert not text.endswith("size icon")


def test_a_site_that_does_not_name_kinds_is_not_taught_to():
    plain = [own(f"x{n}.png", f"Cut it to size {n}", "Page") for n in range(LEAST_TEXTS)]
    named = [own(f"y{n}.png", f"Crop icon {n}", "Page") for n in range(LEAST_TEXTS)]
    assert not learn(plain).names_kinds
    assert learn(plain[1:]).names_kinds
    assert learn([*plain, *named]).names_kinds
    here = group("icon", name="crop-blade.png", context=Context(label="Crop blade"))
    assert decide(here, manner=learn(plain)).text == "Crop blade"
    assert decide(here, manner=learn([*plain, *named])).text == "Crop blade icon"
