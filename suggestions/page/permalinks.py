"""Headings without the mark that generators of documentation put behind them, a link to the heading itself. Pure."""

from __future__ import annotations

import re
from functools import cache

from suggestions.word_lists import word_list


def without_mark(heading: str) -> str:
    """A heading as a reader sees it: "Installation" of "Installation¶" and "Installation Link to this heading"."""
    return _marks().sub("", heading)


@cache
def _marks() -> re.Pattern[str]:
    phrases = "|".join(map(re.escape, word_list("permalinks")["marks"]["phrases"]))
    signs = "[" + re.escape(word_list("permalinks")["marks"]["signs"]) + "]"
    return re.compile(rf"^(?:{signs}|#(?= )) ?| ?(?:{signs}|(?<= )#|(?<!\w)(?:{phrases}))$", re.I)
