"""What titles of pages say: how the site is called, and what the page that a link leads to is about. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from core.text import collapse, comparable

if TYPE_CHECKING:
    from collections.abc import Sequence

_BETWEEN = re.compile(r"\s+[|–—·•»-]\s+|\s*\|\s*|:\s+")
_WORD = re.compile(r"[^\W_]+")
_MAX_NAME = 70  # characters: a longer title is a sentence


def site_name(page_titles: Sequence[str]) -> str | None:
    """What most page titles begin or end with alike ("Contact – Cat & Comet")."""
    ends: Counter[str] = Counter()
    for title in page_titles:
        parts = parts_of(title)
        ends.update({parts[0], parts[-1]})
    for name, number in ends.most_common(1):
        if number > 1 and number * 2 > len(page_titles):
            return name
    return None


def name_of_target(title: str, page_titles: Sequence[str], slug: str | None) -> str | None:
    """What a page is called by its title, the part that the address names too, else the first that is not the site's.

    None where the title is that of the page with the link, as on sites that have one for all.
    """
    if any(comparable(title) == comparable(each) for each in page_titles):
        return None
    name = site_name((*page_titles, title))
    parts = [part for part in parts_of(title) if part and part != name]
    if not parts:
        return None
    named = _words(slug or "")
    best = max(parts, key=lambda part: len(named & _words(part)))
    return best if len(best) <= _MAX_NAME else None


def parts_of(title: str) -> list[str]:
    """The pieces of a title between the marks that sites put before and behind their names."""
    return _BETWEEN.split(collapse(title))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
