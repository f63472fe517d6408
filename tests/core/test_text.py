"""Cleaning and comparing texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import collapse, comparable, shorten, shown, shown_line, storable

# Any code point, lone surrogates among them: pages hold them as character references and in broken UTF-16.
any_text = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("\x9b2J", "\ufffd2J"),
        ("photo\u202egpj.exe\u2069", "photo\ufffdgpj.exe\ufffd"),
        ("over\rwritten\r\nnext\ttab", "over\ufffdwritten\nnext\ttab"),
        ("half \ud83d", "half \ufffd"),
        ("\u05e9\u05dc\u05d5\u05dd\u200f, wor\u200dld", "\u05e9\u05dc\u05d5\u05dd\u200f, wor\u200dld"),
    ],
)
def test_what_would_steer_a_terminal_is_not_shown(text, cleaned):
    assert shown(text) == cleaned
    assert "\n" not in shown_line(text)


@settings(deadline=None)
@given(any_text)
def test_storable_text_can_be_stored(text: str) -> None:
    stored = storable(text)
    stored.encode("utf-8")
    assert "\0" not in stored
    assert len(stored) == len(text)
    assert storable(stored) == stored


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\0b", "a\ufffdb"),
        ("\ud83d", "\ufffd"),
        ("line\nbreak\ttab\r", "line\nbreak\ttab\r"),
        ("äöü 猫 🐈", "äöü 猫 🐈"),
    ],
)
def test_storable(text: str, expected: str) -> None:
    assert storable(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \n\t b  ", "a b"),
        ("a\u00a0b", "a b"),
        ("\ufeffa\u200bb\u00adc\u2060", "a b c"),
        (" \u200b\u00a0 ", ""),
    ],
)
def test_collapse(text: str, expected: str) -> None:
    assert collapse(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("a red fox", 9, "a red fox", id="fits exactly"),
        pytest.param("a red fox runs", 9, "a red fox", id="ends at a word"),
        pytest.param("a red foxes", 9, "a red", id="cut back to a word"),
        pytest.param("a red, foxes", 9, "a red", id="no comma at the end"),
        pytest.param("a incomprehensibilities", 12, "a incomprehe", id="no word ends in the last half"),
        pytest.param("猫" * 20, 5, "猫" * 5, id="no spaces at all"),
        pytest.param("  spaced   out  ", 10, "spaced out", id="collapsed first"),
        pytest.param("abc", 0, "", id="nothing allowed"),
    ],
)
def test_shorten(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@settings(deadline=None)
@given(any_text, st.integers(0, 60))
def test_shorten_keeps_to_the_limit_and_to_the_beginning(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert shown_line(text).startswith(short)


@settings(deadline=None)
@given(any_text)
def test_comparable_twice_changes_nothing(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Red Fox.", "  red\nfox"),
        ("STRASSE", "straße"),
        ("ﬁne", "fine"),
        ("“Cat”", "cat"),
        ("Cafe\u0301", "café"),
    ],
)
def test_the_same(one: str, two: str) -> None:
    assert comparable(one) == comparable(two)


@pytest.mark.parametrize(
    ("one", "two"), [("cat", "cats"), ("red fox", "redfox"), ("3.5", "35"), ("cafe", "café"), ("5 €", "5 $")]
)
def test_not_the_same(one: str, two: str) -> None:
    assert comparable(one) != comparable(two)
