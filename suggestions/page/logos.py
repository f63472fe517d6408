"""Whose logo a picture is, as its file is called: "Apple logo" for logo-apple.svg and logos/apple_white.svg. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from suggestions.page.page_texts import file_words, spellings
from suggestions.word_lists import word_list, worded

if TYPE_CHECKING:
    from core.records import Occurrence

_IN_FOLDER = re.compile(r"/(?:[\w-]+-)?logos?/[^/]+$", re.I)
_SIZE = re.compile(r"\d*x\d*")  # "2x" of apple@2x.png
_MOST_WORDS = 3  # of a name
_INITIALS = 3  # letters at most: "ibm", "sap"


def logo_of(place: Occurrence, page_title: str | None, language: str) -> str | None:
    """A text for the logo of somebody whom the name of its file says; None for any other picture."""
    known, words = word_list("logos")["words"], file_words(place)
    is_logo = any(word in known["logo"] for word in words) or _IN_FOLDER.search(place.image_url or "") is not None
    beside = (*known["logo"], *known["beside"])
    named = [word for word in words if word not in beside and not _SIZE.fullmatch(word)]
    if not is_logo or not 0 < len(named) <= _MOST_WORDS or not all(map(str.isalpha, named)):
        return None
    spelled = spellings(place, page_title)
    alone = named[0] if len(named) == 1 else ""
    if alone and len(alone) <= _INITIALS:
        return worded("logo", language, name=spelled.get(alone, alone.upper()))
    return worded("logo", language, name=" ".join(spelled.get(word, word.capitalize()) for word in named))
