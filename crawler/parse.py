"""From the bytes of a page to the facts of an audit. Pure: knows nothing of crawling, and never raises.

The tree is built once and walked once.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup
from lxml.etree import XPath
from lxml.html import Element

from core.records import ImageKind, Occurrence, PageFacts
from core.text import shorten, storable
from core.urls import absolute, canonical_image_url, page_url
from crawler import names, sources
from crawler.document import Document, as_xml, decode
from crawler.surroundings import Surroundings, ancestors, bounded_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

MAX_ATTRIBUTE_CHARS = 2000
MAX_HTML_CHARS = 400
MAX_LANG_CHARS = 35  # the longest well-formed language tag in common use
MAX_DATA_URI_CHARS = 1_000_000

_KINDS = {
    "img": ImageKind.IMG,
    "input": ImageKind.INPUT,
    "area": ImageKind.AREA,
    "svg": ImageKind.SVG,
    "object": ImageKind.OBJECT,
}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_IMAGE_ROLES = frozenset({"img", "image", "graphics-document", "graphics-symbol"})
_IMAGE_TYPES = re.compile(r"image/", re.I)
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_.-]*\Z", re.I)  # of an attribute that lxml lets one set
_IMAGE_FILES = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)(?:[?#]|$)", re.I)
# One pass in document order over all that can be an image, and the headings between them.
_INTERESTING = XPath(
    "//*[self::img or self::svg or self::area or self::object or self::input or self::noscript or @role"
    " or self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]"
)
_LINKS = XPath("//a/@href | //area/@href")
# lxml's own list of attributes takes time that grows with the square of their number.
_FIRST_ATTRIBUTES = XPath("@*[position() <= 30]")


def parse_page(url: str, body: bytes, content_type: str | None = None) -> PageFacts:
    """Read a page.

    `url` is the address after redirects, `content_type` the HTTP header. Any bytes give facts: what cannot
    be read is not there.
    """
    document = Document(url, decode(body, content_type))
    root = document.root
    canonical = next((link.get("href") for link in root.iter("link") if "canonical" in _rel(link)), None)
    title = next((node for node in root.iter("title") if _parent_tag(node) != "svg"), None)
    lang = next((node.get("lang") for node in root.iter("html")), None)
    return PageFacts(
        url=url,
        title=bounded_text(title) if title is not None else None,
        lang=shorten(lang, MAX_LANG_CHARS) if lang else None,
        canonical=absolute(document.base, canonical) if canonical else None,
        robots=_robots(root),
        links=tuple(dict.fromkeys(_links(document))),
        occurrences=tuple(_occurrences(document)),
    )


def _rel(link: HtmlElement) -> list[str]:
    return (link.get("rel") or "").lower().split()


def _robots(root: HtmlElement) -> tuple[str, ...]:
    """What `meta name=robots` asks of every crawler."""
    contents = (meta.get("content") or "" for meta in root.iter("meta") if (meta.get("name") or "").lower() == "robots")
    directives = (directive.strip().lower() for content in contents for directive in content.split(","))
    return tuple(dict.fromkeys(directive[:100] for directive in directives if directive))


def _parent_tag(node: HtmlElement) -> str | None:
    parent = node.getparent()
    return str(parent.tag) if parent is not None else None


def _links(document: Document) -> Iterator[str]:
    for href in _LINKS(document.root):
        link = absolute(document.base, str(href))
        if link is not None and not link.startswith("data:"):
            yield page_url(link)


def _occurrences(document: Document) -> Iterator[Occurrence]:
    heading: str | None = None
    seen: Counter[str] = Counter()
    shown: set[str] = set()
    surroundings = Surroundings(document)
    for element in _INTERESTING(document.root):
        if element.tag in _HEADINGS:
            heading = bounded_text(element) or heading
        if element.tag == "noscript":
            found = _noscript_images(document, element, shown)
        elif _is_image(element):
            found = [(element, element)]
        else:
            continue
        for image, place in found:
            occurrence = _occurrence(document, surroundings, image, place, heading, seen)
            if occurrence.image_url is not None:
                shown.add(occurrence.image_url)
            yield occurrence


def _is_image(element: HtmlElement) -> bool:
    tag = element.tag
    if tag == "input":
        return (element.get("type") or "").strip().lower() == "image"
    if tag == "area":
        return element.get("href") is not None
    if tag == "object":
        return bool(
            _IMAGE_TYPES.match((element.get("type") or "").strip())
            or (not element.get("type") and _IMAGE_FILES.search(element.get("data") or ""))
        )
    return tag in {"img", "svg"} or any(role in _IMAGE_ROLES for role in names.roles(element)[:1])


def _noscript_images(document: Document, place: HtmlElement, shown: set[str]) -> list[tuple[HtmlElement, HtmlElement]]:
    """Images that only stand inside a noscript; a lazy image's twin is the same occurrence and left out.

    The fragment may be escaped, cut or nested wrongly, which is what BeautifulSoup is for.
    """
    markup = document.noscript.get(place, "")
    soup = BeautifulSoup(markup.replace("&lt;", "<").replace("&gt;", ">"), "lxml") if markup else None
    found = []
    for tag in soup.find_all("img") if soup is not None else []:
        attributes = {name: _attribute(value) for name, value in tag.attrs.items() if _PLAIN_NAME.match(name)}
        image = Element("img", attributes)
        src = sources.image_source(image)
        absolute_src = absolute(document.base, src) if src else None
        if absolute_src is not None and canonical_image_url(absolute_src) not in shown:
            found.append((image, place))
    return found


def _attribute(value: str | list[str]) -> str:
    return as_xml(value if isinstance(value, str) else " ".join(value))


def _occurrence(
    document: Document,
    surroundings: Surroundings,
    image: HtmlElement,
    place: HtmlElement,
    heading: str | None,
    seen: Counter[str],
) -> Occurrence:
    """`image` holds the attributes, `place` stands in the page: the same element, but inside a noscript."""
    around = surroundings.interactive(place)
    src = _source(image)
    fetch_url = _fetch_url(document, image, src)
    own_url = absolute(document.base, src) if src else None
    image_url = canonical_image_url(own_url) if own_url and fetch_url else None
    selector = document.selector(place) + ("" if image is place else " > img")
    html = _start_tag(image)
    tag = str(image.tag)
    identity = f"{tag}|{image_url or html}"
    seen[identity] += 1
    return Occurrence(
        kind=_KINDS.get(tag, ImageKind.ROLE),
        key=hashlib.sha256(f"{identity}|{seen[identity]}".encode()).hexdigest()[:24],
        element=tag,
        selector=selector,
        html=html,
        src=storable(src[:MAX_ATTRIBUTE_CHARS]) if src is not None else None,
        image_url=image_url,
        fetch_url=fetch_url,
        alt=_bounded(image.get("alt")) if tag in {"img", "input", "area"} else None,
        accessible_name=_bounded(names.accessible_name(image, document.by_id)),
        lang=_language(place),
        role=names.effective_role(image),
        conflict=names.conflict(image),
        title=_bounded(image.get("title")),
        width=_pixels(image, "width"),
        height=_pixels(image, "height"),
        hidden=names.hidden_reason(place) or (names.hidden_reason(image) if image is not place else None),
        interactive=around.kind if around else None,
        sole_content=around is not None and not around.named,
        context=surroundings.context(place, heading, around),
    )


def _language(element: HtmlElement) -> str | None:
    """The language of an element's texts, after the nearest lang attribute; an empty one says: unknown."""
    for node in chain((element,), ancestors(element)):
        lang = node.get("lang")
        if lang is not None:
            return shorten(lang, MAX_LANG_CHARS) or None
    return None


def _bounded(value: str | None) -> str | None:
    return storable(value)[:MAX_ATTRIBUTE_CHARS] if value is not None else None


def _source(image: HtmlElement) -> str | None:
    if image.tag == "img":
        return sources.image_source(image)
    if image.tag == "object":
        return image.get("data")
    return image.get("src") if image.tag == "input" else None


def _fetch_url(document: Document, image: HtmlElement, src: str | None) -> str | None:
    if not src:
        return None
    url = sources.largest(document.base, image, src) if image.tag == "img" else absolute(document.base, src)
    return url if url is not None and len(url) <= MAX_DATA_URI_CHARS else None


def _pixels(image: HtmlElement, name: str) -> int | None:
    """A size in CSS pixels from the attribute or the inline style; None for percentages and the like."""
    attribute = re.match(r"\s*(\d{1,6})(?:\.\d+)?(?:px)?\s*$", image.get(name) or "")
    style = re.search(rf"(?:^|[;\s]){name}\s*:\s*(\d{{1,6}})(?:\.\d+)?px", image.get("style") or "", re.I)
    found = style or attribute
    return int(found[1]) if found else None


def _start_tag(image: HtmlElement) -> str:
    attributes = "".join(f' {value.attrname}="{storable(value[:120])}"' for value in _FIRST_ATTRIBUTES(image))
    return f"<{image.tag!s}{attributes}>"[:MAX_HTML_CHARS]
