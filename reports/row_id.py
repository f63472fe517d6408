"""How a row is named, and what a person who decides on it has seen: both the same in every store and every run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from core.records import SuggestionState

if TYPE_CHECKING:
    from core.records import Classification
    from store.report_records import SuggestionFacts
    from store.site_pages import SitePlace

_IMAGE_CHARS = 12
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def row_id(image_url: str | None, context_key: str, alt: str | None, classification: Classification) -> str:
    """The name of a row: "75118a1c14c2-43330724a383021f-en-9f86d081m".

    Digest of the image's address, context key, digest of the alt text that stands there, first letter of the
    classification. A row of another text is another row; what rules think of a text may change, so `stem` tells
    rows of one text whatever its classification.
    """
    return f"{image_part(image_url)}-{context_key}-{_digest(json.dumps(alt))[:8]}{classification[0]}"


def row_of_place(place: SitePlace) -> str:
    """The name of the row that a place belongs to."""
    return row_id(place.image_url, place.context_key, place.alt, place.classification)


def image_part(image_url: str | None) -> str:
    """What the names of all rows of an image begin with; None: of pictures without an address."""
    return _digest(image_url or "")[:_IMAGE_CHARS]


def image_of(name: str) -> str:
    """The part of a row's name that says which image it is of."""
    return name[:_IMAGE_CHARS]


def context_of(name: str) -> str:
    """The context key in a row's name."""
    return name[_IMAGE_CHARS + 1 :].rpartition("-")[0]


def stem(name: str) -> str:
    """The part of a row's name that says which image, context and text it is about."""
    return name[:-1]


def seen(suggestion: SuggestionFacts | None) -> str:
    """What was proposed and decided when a row was written, as eight letters: whether it is still so is told by them.

    A text of its own would not do, since spreadsheets change cells that nobody has touched. Neither would digits, of
    which they make numbers: 00012345, 12e45678.
    """
    parts = (suggestion.text, suggestion.state) if suggestion is not None else (None, SuggestionState.PENDING)
    return _digest(json.dumps(parts))[:8].translate(_LETTERS)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
