from __future__ import annotations

import pytest

from core.identity.context_key import context_key
from core.languages import UNDETERMINED, primary_subtag, variety
from rules.text.scripts import foreign_script
from rules.words import words_for
from tests.storefill import occurrence


@pytest.mark.parametrize(
    ("tag", "primary"),
    [
        ("de", "de"), ("de-AT", "de"), ("DE_at", "de"), (" en-GB ", "en"), ("fil-PH", "fil"), ("fi", "fi"),
        ("zh-Hant-TW", "zh"), (None, UNDETERMINED), ("", UNDETERMINED), ("x-klingon", UNDETERMINED),
        ("{{ lang }}", UNDETERMINED), ("de;en", UNDETERMINED), ("und", UNDETERMINED),
    ],
)  # fmt: skip
def test_primary_subtag(tag, primary):
    assert primary_subtag(tag) == primary


def test_a_german_and_an_english_place_share_no_text():
    keys = {lang: context_key(occurrence(lang=lang)) for lang in ("en", "en-GB", "de", "fil", "fi", None)}
    assert len(set(keys.values())) == 5
    assert keys["en"] == keys["en-GB"]
    assert [key.partition("-")[2] for key in keys.values()] == ["en", "en", "de", "fil", "fi", "und"]


def test_rules_tell_languages_apart_by_the_same_helper():
    assert words_for("DE_at") is words_for("de")
    assert words_for("fil") is words_for(None)
    assert foreign_script("Большая собака", "de_AT")
    assert not foreign_script("Большая собака", "rut")  # no language that is known to be written otherwise


@pytest.mark.parametrize(
    ("tag", "whole"),
    [("pt_BR", "pt-br"), (" zh-TW ", "zh-tw"), ("en", "en"), (None, UNDETERMINED), ("бг", UNDETERMINED)],
)
def test_the_variety_is_the_whole_tag(tag, whole):
    assert variety(tag) == whole
