"""What a sentence beside a picture names, in other languages than English: a noun with a name in quotation marks. Pure.

English has names without any ("the Open Layer dialog"), which is `page_texts`' own affair.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from core.text import collapse
from suggestions.word_lists import word_list

if TYPE_CHECKING:
    from core.records import Context

_MAX_NAME = 50  # characters
_QUOTES = (("„", "“"), ("„", "”"), ("»", "«"), ("«", "»"), ("“", "”"), ("‘", "’"), ("‚", "‘"), ('"', '"'), ("‹", "›"))


def phrases(context: Context, language: str) -> list[str]:
    """The last before the picture, the first behind it and in its caption: each as the page has it."""
    named = _named(language)
    if named is None:
        return []
    before = [found[0] for found in named.finditer(context.before or "")]
    behind = [named.search(text or "") for text in (context.label or context.after, context.figcaption)]
    texts = [*before[-1:], *(found[0] for found in behind if found is not None)]
    return [text[0].upper() + text[1:] for text in map(collapse, texts)]


@cache
def _named(language: str) -> re.Pattern[str] | None:
    nouns = word_list("page_texts")["nouns"].get(language)
    if nouns is None or language == "en":
        return None
    listed = "|".join(map(re.escape, sorted(nouns, key=len, reverse=True)))
    if language == "ja":
        return re.compile(rf"[「『][^「」『』]{{1,{_MAX_NAME}}}[」』]の?(?:{listed})")
    quoted = "|".join(
        rf"{opening}\s?[^{opening}{closing}\n]{{1,{_MAX_NAME}}}?\s?{closing}" for opening, closing in _QUOTES
    )
    return re.compile(rf"(?<!\w)(?:{listed})\s(?:{quoted})", re.I)
