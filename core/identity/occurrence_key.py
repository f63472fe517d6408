"""Which place on a page an occurrence is: the same at the next crawl while the place keeps its image."""

from __future__ import annotations

import hashlib

from core.identity.image_sizes import place_url
from core.records import ImageKind


def image_identity(kind: ImageKind, element: str, image_url: str | None, href: str | None) -> str:
    """What tells a place with an image address, or an area, from others on its page, whatever texts it has.

    `element` is the tag name, `image_url` canonical; `href` is that of an area as it is written. What the page shows of
    an image's sizes changes nothing here, so that a place stays the same when it shows more of that.
    """
    image_url = place_url(image_url) if image_url is not None else None
    name = element if kind is ImageKind.ROLE else kind.value
    return f"{name}|{image_url}|{href}" if kind is ImageKind.AREA else f"{name}|{image_url}"


def occurrence_key(identity: str, nth: int) -> str:
    """The key of the `nth` occurrence with this identity on its page, in document order, from 1."""
    return hashlib.sha256(f"{identity}|{nth}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
