"""The images of a page: where they stand, and at which addresses. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from core.identity.urls import MAX_URL_CHARS, addresses_of_page, canonical_image_url, requested
from core.records import IMG_ELEMENTS, ImageKind
from crawler.page.dom import next_element, parse_html, previous_element
from crawler.page.headings import HEADINGS, Headings
from crawler.page.lazy import is_stand_in
from crawler.page.sizes import originals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turbohtml import Element

    from crawler.page.document import Document
    from crawler.page.sources import Source, Sources

MAX_DATA_URI_CHARS = 1_000_000
# Of one page. The longest galleries and emoji tables have some thousand; 16 MB of markup have room for a million, which
# would take a minute and a gigabyte to read.
MAX_IMAGES = 25_000
MAX_NOSCRIPT_CHARS = 500_000  # of escaped markup, in which images are looked for

_SHOWING = IMG_ELEMENTS | {"svg", "area", "object", "embed", "input", "video", "iframe", "frame"}
# What stands in these is shown only where they themselves cannot be.
_WITH_FALLBACK = (ImageKind.OBJECT, ImageKind.POSTER)
# A part of the page, or of a drawing that holds several pictures: none of them is the file.
_PART = re.compile(r"^\s*#|\.svgz?(?:\?[^#]*)?#[^\s#]", re.I)


@dataclass(slots=True)
class Found:
    """An image found on the page."""

    image: Element  # holds the attributes
    place: Element  # stands in the page: the same element, but for an image that a noscript holds as text
    kind: ImageKind
    source: Source
    headings: int  # before it
    heading: str | None = None  # the nearest one of them
    topic: str | None = None  # the one that is about it, where that is another one; '': none is
    image_url: str | None = None
    address: str | None = None  # that image_url was made from
    original: str | None = None  # image_url, where the page shows that the address is another one of it
    fetch_url: str | None = None
    referrer: str | None = None

    @property
    def picture(self) -> str | None:
        """What tells pictures of one page apart: in a file on disk, relative addresses are what they are."""
        return self.image_url or (self.source.src or "").strip() or None


def find_images(document: Document, sources: Sources) -> tuple[list[Found], bool]:
    """The images of a page in document order, and whether there are more."""
    found: list[Found] = []
    fallback: set[Element] = set()
    headings = Headings()
    escaped_cut = False
    for element in _interesting(document, sources):
        if len(found) > MAX_IMAGES:
            break
        if element.tag in HEADINGS:
            headings.meet(element)
        if element.tag == "noscript":
            markup = _escaped_markup(element, document)
            escaped_cut = escaped_cut or len(markup) > MAX_NOSCRIPT_CHARS
            found += [
                Found(image, element, ImageKind.IMG, sources.of(image, ImageKind.IMG), len(headings))
                for image in _images_in(markup[:MAX_NOSCRIPT_CHARS])
            ]
            continue
        kind = sources.kind(element) if element not in fallback else None
        if kind is None:
            continue
        if kind in _WITH_FALLBACK or (kind is ImageKind.IMG and element.tag != "img"):
            fallback.update(element.iter_elements())
        found.append(Found(element, element, kind, sources.of(element, kind), len(headings)))
    too_many = len(found) > MAX_IMAGES
    del found[MAX_IMAGES:]
    _merge_twins(document, found)
    headings.count_images(one.place for one in found)
    for one in found:
        one.heading, one.topic = headings.before(one.headings), headings.topic(one.place, one.headings)
    return found, too_many or escaped_cut


def _interesting(document: Document, sources: Sources) -> Iterable[Element]:
    """All that can be an image, and the headings between them, in document order."""
    others = set(sources.cascade.elements())
    marks = sources.marks()
    if marks:
        others.update(document.select(",".join(f"[{name}]" for name in marks)))
    tags = _SHOWING | HEADINGS | {"noscript"}
    if not others:
        return document.root.iter_elements(tags)
    elements = document.root.iter_elements(tags.union(element.tag for element in others), include_self=True)
    return (element for element in elements if element.tag in tags or element in others)


def _escaped_markup(noscript: Element, document: Document) -> str:
    """The markup that a noscript holds as text, as pages have it that were escaped once too often."""
    text = noscript.text if "&" in document.lowered else ""
    return text if "<img" in text.lower() else ""


def _images_in(markup: str) -> list[Element]:
    root = parse_html(markup)[0].root if markup else None
    return list(root.iter_elements("img")) if root is not None else []


def _merge_twins(document: Document, found: list[Found]) -> None:
    """Settle the addresses, and take out images in a noscript that the page shows with scripts too.

    Such a twin stands beside an image that waits for a script, or shows a picture that the page shows elsewhere.
    A waiting image that does not say which picture it waits for shows its twin's.
    """
    by_element = {one.image: one for one in found}
    twins = set()
    noscripts = []
    for one in found:
        noscript = one.place if one.place.tag == "noscript" else document.in_noscript.get(one.place)
        if noscript is None:
            continue
        noscripts.append(one)
        waiting = _waiting_beside(noscript, by_element)
        if waiting is None:
            continue
        twins.add(one.image)
        if not waiting.source.src or is_stand_in(waiting.source.src):
            waiting.source = one.source
    for one in found:
        _settle(document, one)
    _see_sizes(document, found)
    inside = {one.image for one in noscripts}
    shown = {one.picture for one in found if one.image not in inside}
    for one in noscripts:
        if one.picture is None or one.picture in shown:
            twins.add(one.image)
        shown.add(one.picture)
    if twins:
        found[:] = [one for one in found if one.image not in twins]


def _waiting_beside(noscript: Element, by_element: dict[Element, Found]) -> Found | None:
    """The image before or behind a noscript that shows a stand-in until a script has run."""
    for beside in (previous_element(noscript), next_element(noscript)):
        if beside is None or beside.tag not in {"img", "picture"}:
            continue
        image = next(beside.iter_elements("img", include_self=True), None)
        if image is None or image not in by_element:
            continue
        src = image.attr("src")
        shows_other = src is not None and by_element[image].source.src != src
        if src is None or is_stand_in(src) or shows_other:
            return by_element[image]
    return None


def _settle(document: Document, one: Found) -> None:
    """Make the addresses of an image's source absolute; without one that can be fetched, it has none."""
    source = one.source
    fetch_url = requested(document.base, source.largest) if source.largest else None
    own_url = document.absolute(source.src) if source.src and not _PART.search(source.src) else None
    if own_url is not None and fetch_url is not None and len(fetch_url) <= MAX_DATA_URI_CHARS:
        one.image_url, one.fetch_url = canonical_image_url(own_url), fetch_url
        if len(own_url) <= MAX_URL_CHARS and not own_url.startswith("data:"):
            one.address = own_url


def _see_sizes(document: Document, found: list[Found]) -> None:
    """Let sizes of one picture be one image, where the page shows that they are."""
    of = originals(document, ((one.image, one.image_url) for one in found if one.image_url is not None))
    for one in found if of else ():
        original = of.get(one.image_url or "")
        if original is not None:
            one.image_url = one.original = original


def see_hosts(url: str, named: str, found: list[Found]) -> None:
    """Let an image with and without www., over http and https be one, where the page says which is the site."""
    site = urljoin(named, "/")
    others = addresses_of_page(site)[1:]
    if url.startswith((site, *others)):
        for one in found:
            if one.image_url is not None and one.image_url.startswith(others):
                one.image_url = one.original = site + one.image_url.split("/", 3)[3]
