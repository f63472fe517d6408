"""Sizes in the names of files: which picture it is a size of, where the page shows that it is one.

`stud-2x4.jpg` may be a piece of timber, `cat-300x200.jpg` a size that the site has made of `cat.jpg`. A name alone does
not tell; so such an address stands for itself unless what is around it speaks for a size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from core.identity.image_schemes import image_sizes

_WORDPRESS = re.compile(r"(?:^|[\s\"])(?:wp-(?:image-\d|block-image|post-image|caption)|attachment-[\w-])")
_SIZE_CLASS = re.compile(r"(?:^|[\s\"])(?:size|attachment)-(?!full(?:[\s\"]|$))[\w-]")


@dataclass(frozen=True, slots=True)
class Sized:
    """An address that may be that of a size."""

    url: str  # canonical, as it is
    original: str  # the picture that it would be a size of
    width: int | None  # pixels that the name speaks of
    height: int | None

    def measures(self, width: int | None, height: int | None) -> bool:
        """Whether the name speaks of just these pixels."""
        return None not in (width, height) and (self.width, self.height) == (width, height)

    def is_proportional_to(self, other: Sized) -> bool:
        """Whether both can be the same picture, uncut: sides in one ratio, but for rounding."""
        if self.width is None or self.height is None or other.width is None or other.height is None:
            return False
        sides = max(self.width, self.height, other.width, other.height)
        return abs(self.width * other.height - self.height * other.width) <= sides


@lru_cache(maxsize=65536)
def sized(url: str) -> Sized | None:
    """What a canonical address says of a size; None where it says nothing."""
    address, mark, query = url.partition("?")
    for row in image_sizes():
        found = row.mark.search(address)
        if found is None or not row.path.search(urlsplit(address).path):
            continue
        named = found.groupdict()
        width, height = (int(named[side]) if named.get(side) else None for side in ("w", "h"))
        original = address[: found.start()] + address[found.end() :] + mark + query
        return Sized(url, original, width, height)
    return None


def place_url(url: str) -> str:
    """The address by which a place is known: the same whether or not a page has shown that it is that of a size."""
    found = sized(url)
    return found.original if found is not None else url


def is_made_by_wordpress(classes: str) -> bool:
    """Whether classes say which size of an upload WordPress put here: not the upload itself."""
    return _SIZE_CLASS.search(classes) is not None and _WORDPRESS.search(classes) is not None
