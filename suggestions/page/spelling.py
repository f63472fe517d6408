"""Words of an address as people write them: as the page does, or as they are always written. Pure."""

from __future__ import annotations

import re
from functools import cache

from suggestions.word_lists import word_list

_MODEL = re.compile(r"[a-z]{1,2}\d{1,4}[a-z]?")  # "s24", "px400"
_WORD = re.compile(r"[^\W_]+")


def as_written(words: str) -> str:
    """Words of an address with the capitals that some always have."""
    known = _known()
    lists = word_list("spelling")["words"]
    of_a_name = any(word in lists["named"] for word in words.lower().split())

    def spelled(match: re.Match[str]) -> str:
        word = match[0]
        if word in known or _MODEL.fullmatch(word):
            return known.get(word, word.upper())
        return (
            word[:1].upper() + word[1:]
            if of_a_name and word.islower() and (len(word) > 2 or word[-1].isdecimal())
            else word
        )

    return _WORD.sub(spelled, words)


def as_on_page(words: str, page: str) -> str | None:
    """The same words, two or more, as the page has them, if it has them at all and in one way only."""
    parts = [re.escape(word) for word in _WORD.findall(words)]
    if not 2 <= len(parts) <= 12:
        return None
    joined = r"[^.\w]{1,3}".join(parts)
    pattern = re.compile(rf"(?<![^\W_]){joined}(?![^\W_])", re.I)
    found = {match[0] for match in pattern.finditer(page)}
    return found.pop() if len(found) == 1 else None


@cache
def _known() -> dict[str, str]:
    return {word.lower(): word for word in word_list("spelling")["words"]["written"]}
