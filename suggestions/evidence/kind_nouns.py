"""A text with the noun of what kind of picture it is: "Crop icon", "Export Video screenshot". Pure.

A name alone is the edit that readers want most often: of 119 drafts of four sites 63 lacked nothing but the noun.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from suggestions.evidence.kinds import kind_of
from suggestions.page.page_texts import file_words
from suggestions.word_lists import word_list, worded

if TYPE_CHECKING:
    from store.suggestions import ContextGroup

_ICON_PX = 32  # the longest side as declared
_MOST_WORDS = 6  # of a name; longer texts say themselves what they are
_KINDS = frozenset({"icon", "screenshot", "chart", "diagram", "map"})


def noun_kind(group: ContextGroup) -> str | None:
    """The kind whose noun a text for the picture needs; None where that is not sure."""
    kind = kind_of(group)
    if kind is None and all(0 < max(one.width or 0, one.height or 0) <= _ICON_PX for one in group.occurrences):
        kind = "icon"
    return kind if kind in _KINDS else None


def with_noun(text: str, kind: str, group: ContextGroup) -> str | None:
    """The text with the noun of the kind, in the language of the places; None where it has one, or is a sentence."""
    words = text.split()
    if not words or len(words) > _MOST_WORDS or (_is_of_icon(text) if kind == "icon" else names_a_kind(text)):
        return None
    named = set(file_words(group.occurrences[0]))
    if kind == "chart" and "plot" in named:
        return worded("plot", group.language, name=text)
    return worded(kind, group.language, name=text)


def names_a_kind(text: str) -> bool:
    """Whether a text says what kind of picture or part of a program it is of."""
    return _nouns().search(text) is not None


def _is_of_icon(text: str) -> bool:
    """Whether a text says that it is of an icon: what its name is of, a tab or a tool, is another thing."""
    return _icons().search(text) is not None


@cache
def _icons() -> re.Pattern[str]:
    return _words({word for words in word_list("common")["icons"].values() for word in words})


@cache
def _nouns() -> re.Pattern[str]:
    lists = (word_list("page_texts")["nouns"], word_list("common")["kinds"], word_list("common")["pictures"])
    return _words({noun for one in lists for words in one.values() for noun in words})


def _words(nouns: set[str]) -> re.Pattern[str]:
    """Any of the nouns, or its plural in s."""
    longest = sorted(nouns, key=len, reverse=True)
    spaced = "|".join(re.escape(noun) for noun in longest if noun[0] < "\u3000")
    joined = "|".join(re.escape(noun) for noun in longest if noun[0] >= "\u3000") or "(?!)"
    return re.compile(rf"(?<!\w)(?:{spaced})s?(?!\w)|{joined}", re.I)
