"""CLD3, which tells languages apart by their letters in a row."""

from __future__ import annotations

from functools import cache

import gcld3

from core.text import storable

MAX_CHARS = 600
ENOUGH_LETTERS = 20  # with fewer, one in four guesses is wrong
SURE = 0.9


@cache
def identifier() -> gcld3.NNetLanguageIdentifier:
    """The only one: it takes a while to make."""
    return gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=MAX_CHARS)


def subtag(name: str) -> str:
    """The primary subtag of a language that CLD3 names."""
    primary = name.partition("-")[0]  # of `ru-Latn`
    return "he" if primary == "iw" else primary


def detected(text: str) -> str | None:
    """The language that a text of some length is surely in; None where it may be another one."""
    if sum(map(str.isalpha, text[:MAX_CHARS])) <= ENOUGH_LETTERS:
        return None
    found = identifier().FindLanguage(text=storable(text[:MAX_CHARS]))
    return subtag(found.language) if found.is_reliable and found.probability >= SURE else None
