"""Whether a page shows that an address with a size in its name is that of a size of another picture.

Evidence comes from what people and systems write for another purpose: candidates of one img are one picture, WordPress
says in a class which upload an img shows, a thumbnail leads to its large form, and a system that makes a size says its
pixels in width and height.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import chain, combinations, islice
from typing import TYPE_CHECKING

from core.identity.image_sizes import Sized, is_made_by_wordpress, sized
from core.identity.urls import canonical_image_url
from crawler.page.dom import ancestors
from crawler.page.sources import offered, pixels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from turbohtml import Element

    from crawler.page.document import Document

_AROUND = 3  # elements around an image that may speak of it: link, figure, and one more
_UPLOAD = re.compile(r"(?:^|\s)wp-image-(\d{1,12})(?:\s|$)")


def originals(document: Document, images: Iterable[tuple[Element, str]]) -> dict[str, str]:
    """Of canonical addresses on a page those that are shown to be of a size, with the picture that it is a size of.

    `images` are elements with the address that each shows.
    """
    named = [(image, found) for image, url in images if (found := sized(url)) is not None]
    if not named:
        return {}
    uploads: defaultdict[str, dict[str, Sized]] = defaultdict(dict)
    sure, measured = dict[str, Sized](), dict[str, Sized]()
    for image, found in named:
        upload = _UPLOAD.search(image.attr("class") or "")
        if upload is not None:
            uploads[upload[1]][found.url] = found
        if _has_size_class(image) or _has_siblings(document, image, found) or _leads_to(document, image, found):
            sure[found.url] = found
        elif found.measures(pixels(image, "width"), pixels(image, "height")):
            measured[found.url] = found
    for same in uploads.values():
        sure |= {one.url: one for pair in combinations(same.values(), 2) for one in pair if _alike(*pair)}
    sure |= _uncut(measured, {one.original for one in sure.values()})
    return {url: found.original for url, found in sure.items()}


def _alike(one: Sized, other: Sized) -> bool:
    return one.original == other.original


def _uncut(measured: dict[str, Sized], known: set[str]) -> dict[str, Sized]:
    """Those of one name and one shape. Banners have their pixels in name and markup, too, each of its own design."""
    groups: defaultdict[str, list[Sized]] = defaultdict(list)
    for found in measured.values():
        groups[found.original].append(found)
    return {
        one.url: one
        for original, group in groups.items()
        if original in known or all(one.is_proportional_to(group[0]) for one in group)
        for one in group
    }


def _has_size_class(image: Element) -> bool:
    """Whether WordPress says on the image or its figure which size of an upload it put here."""
    around = islice(chain((image,), ancestors(image)), _AROUND)
    return is_made_by_wordpress(" ".join(element.attr("class") or "" for element in around))


def _has_siblings(document: Document, image: Element, found: Sized) -> bool:
    for url in _canonical(document, (candidate.url for candidate in offered(image))):
        other = sized(url)
        if url == found.original or (other is not None and url != found.url and _alike(found, other)):
            return True
    return False


def _leads_to(document: Document, image: Element, found: Sized) -> bool:
    """Whether the image is a link to the picture that it would be a size of."""
    links = (element.attr("href") for element in islice(ancestors(image), _AROUND) if element.tag == "a")
    return found.original in _canonical(document, (link for link in links if link))


def _canonical(document: Document, addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        url = document.absolute(address)
        if url is not None:
            yield canonical_image_url(url)
