"""Which occurrences of one image may share one alt text."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from core.identity.urls import page_url
from core.languages import primary_subtag
from core.text import comparable

if TYPE_CHECKING:
    from core.records import Occurrence

VERSION = 3  # of what goes into the key: 2 added the language, 3 the target of a link in one form


def context_key(occurrence: Occurrence) -> str:
    """What decides the text, as a short digest and a language: "2f1c9b0d4e5a6677-de".

    The same picture in the same role and language needs one text. What decides is whether the picture is a link
    or button and where that leads, its figcaption, and the product it belongs to. The heading above it does not:
    a logo stands under another one on every page, and would need a text a page. An occurrence without an image
    address is told apart by its markup. Places whose language is not known share a text ("und").
    """
    context = occurrence.context
    functional = occurrence.functional
    parts = (
        functional or "image",
        page_url(context.link_url) if functional and context.link_url else None,
        comparable(context.figcaption or ""),
        comparable(context.product or ""),
        occurrence.html if occurrence.image_url is None else None,
    )
    digest = hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:16]
    return f"{digest}-{primary_subtag(occurrence.lang)}"
