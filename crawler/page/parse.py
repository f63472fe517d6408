"""From the bytes of a page to the facts of an audit. Pure: knows nothing of crawling, and never raises.

The tree is built once and walked once.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from turbohtml import Namespace

from core.identity.occurrence_key import image_identity, occurrence_key
from core.identity.urls import MAX_URL_CHARS, addresses_of_page, canonical_image_url, page_url, requested
from core.records import ALT_ELEMENTS, IMG_ELEMENTS, ImageKind, Occurrence, PageFacts
from core.start_tag import start_tag
from core.text import shorten, storable
from crawler.page import accname
from crawler.page.document import Document
from crawler.page.dom import next_element, parse_html, previous_element
from crawler.page.encoding import decode
from crawler.page.headings import HEADINGS, Headings
from crawler.page.language import Languages
from crawler.page.lazy import is_stand_in
from crawler.page.links import canonical, left_out, links, nofollowed
from crawler.page.referrer import ReferrerPolicies
from crawler.page.scripted import is_built_by_script
from crawler.page.sizes import originals
from crawler.page.sources import Source, Sources, pixels
from crawler.page.surroundings import Surroundings, bounded_text
from crawler.page.xhtml import as_html, is_xhtml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from turbohtml import Element

    from crawler.page.style_sheet import StyleSheet

MAX_ATTRIBUTE_CHARS = 2000
MAX_ROBOTS_CHARS = 500
MAX_DATA_URI_CHARS = 1_000_000
MAX_DRAWING_PARTS = 50  # that tell an inline drawing from another
# Of one page. The longest galleries and emoji tables have some thousand; 16 MB of markup have room for a million, which
# would take a minute and a gigabyte to read.
MAX_IMAGES = 25_000
MAX_NOSCRIPT_CHARS = 500_000  # of escaped markup, in which images are looked for

_SHOWING = IMG_ELEMENTS | {"svg", "area", "object", "embed", "input", "video", "iframe", "frame"}
# What stands in these is shown only where they themselves cannot be.
_WITH_FALLBACK = (ImageKind.OBJECT, ImageKind.POSTER)
_DRAWING_ATTRIBUTES = ("d", "href", "xlink:href", "points", "viewbox", "transform")
# Any crawler may be named in a meta element; what makes it one for crawlers is that it holds nothing else.
_MEDIA_ID = re.compile(r"(?<!\S)wp-image-(\d{1,15})(?!\S)")
_CRAWLER = re.compile(r"[\w-]+\Z")
_DIRECTIVES = re.compile(
    r"(?:(?:all|none|(?:no)?(?:index|follow|archive|snippet|imageindex|ai|imageai|translate))\s*(?:,\s*|\Z))+\Z", re.I
)

# A part of the page, or of a drawing that holds several pictures: none of them is the file.
_PART = re.compile(r"^\s*#|\.svgz?(?:\?[^#]*)?#[^\s#]", re.I)
_TEXTS = ("alt", "title", "aria-label", "aria-labelledby")
_NO_SHEETS: Mapping[str, StyleSheet] = {}


@dataclass(slots=True)
class _Found:
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


def parse_page(
    url: str,
    body: bytes,
    content_type: str | None = None,
    sheets: Mapping[str, StyleSheet] = _NO_SHEETS,
    *,
    link: str | None = None,
    referrer: str | None = None,
    hide_texts: bool = False,
) -> PageFacts:
    """Read a page.

    `url` is the address after redirects, `content_type` the HTTP header, `sheets` the style sheets in files of their
    own that are known, by address, `link` and `referrer` the values of the headers Link and Referrer-Policy. With
    `hide_texts` every image is read as if it had no alt text, title or label. Any bytes give facts: what cannot be read
    is not there, and `cut` says why.
    """
    text = decode(body, content_type)
    if is_xhtml(content_type):
        text = as_html(text)
    document = Document(url, text)
    root = document.root
    sources = Sources(document, sheets)
    images, too_many = _images(document, sources)
    policies = ReferrerPolicies(document, referrer)
    for one in images:
        one.referrer = policies.of(one.image)
    if hide_texts:
        _hide_texts(images)
    title = next((node for node in root.iter_elements("title") if node.namespace is Namespace.HTML), None)
    named = canonical(document, url, link)
    if named is not None:
        _see_hosts(url, named, images)
    languages = Languages(document, url)
    occurrences = tuple(_occurrences(document, images, languages))
    cut = {
        "formatting": document.formatting_cut,
        "frames": document.frames_cut,
        "css": sources.cascade.cut,
        "images": too_many,
    }
    own = named if named != page_url(url) else None
    # What the page says to be a variant of is read, too. That of www. beside the bare host is the same page again.
    followed = [own] if own is not None and url not in addresses_of_page(own) else []
    leads_to = tuple(dict.fromkeys((*links(document), *followed)))
    shown = sum(one.kind is not ImageKind.SVG and one.place not in document.in_noscript for one in images)
    return PageFacts(
        url=url,
        title=bounded_text(title) if title is not None else None,
        lang=languages.declared,
        robots=_robots(root),
        links=leads_to,
        nofollow=nofollowed(document),
        occurrences=occurrences,
        canonical=own,
        cut=tuple(reason for reason, applies in cut.items() if applies),
        unfollowed=left_out(document, url),
        built_by_script=is_built_by_script(document, links=len(leads_to), images=shown),
    )


def _hide_texts(images: Iterable[_Found]) -> None:
    """Take off what people wrote for these images; what is empty says that the image needs no text, and stays."""
    for one in images:
        for name in _TEXTS:
            if (one.image.attr(name) or "").strip():
                del one.image.attrs[name]


def _robots(root: Element) -> tuple[str, ...]:
    """What meta elements ask of crawlers: a line for each, with the crawler's name in front unless it is for all."""
    lines = []
    for meta in root.iter_elements("meta"):
        name, content = (meta.attr("name") or "").strip().lower(), shorten(meta.attr("content") or "", MAX_ROBOTS_CHARS)
        if name == "robots" and content:
            lines.append(content.lower())
        elif _CRAWLER.match(name) and _DIRECTIVES.match(content):
            lines.append(f"{name}: {content.lower()}")
    return tuple(dict.fromkeys(lines))


def _images(document: Document, sources: Sources) -> tuple[list[_Found], bool]:
    """The images of a page in document order, and whether there are more."""
    found: list[_Found] = []
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
                _Found(image, element, ImageKind.IMG, sources.of(image, ImageKind.IMG), len(headings))
                for image in _images_in(markup[:MAX_NOSCRIPT_CHARS])
            ]
            continue
        kind = sources.kind(element) if element not in fallback else None
        if kind is None:
            continue
        if kind in _WITH_FALLBACK or (kind is ImageKind.IMG and element.tag != "img"):
            fallback.update(element.iter_elements())
        found.append(_Found(element, element, kind, sources.of(element, kind), len(headings)))
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


def _merge_twins(document: Document, found: list[_Found]) -> None:
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


def _waiting_beside(noscript: Element, by_element: dict[Element, _Found]) -> _Found | None:
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


def _settle(document: Document, one: _Found) -> None:
    """Make the addresses of an image's source absolute; without one that can be fetched, it has none."""
    source = one.source
    fetch_url = requested(document.base, source.largest) if source.largest else None
    own_url = document.absolute(source.src) if source.src and not _PART.search(source.src) else None
    if own_url is not None and fetch_url is not None and len(fetch_url) <= MAX_DATA_URI_CHARS:
        one.image_url, one.fetch_url = canonical_image_url(own_url), fetch_url
        if len(own_url) <= MAX_URL_CHARS and not own_url.startswith("data:"):
            one.address = own_url


def _see_sizes(document: Document, found: list[_Found]) -> None:
    """Let sizes of one picture be one image, where the page shows that they are."""
    of = originals(document, ((one.image, one.image_url) for one in found if one.image_url is not None))
    for one in found if of else ():
        original = of.get(one.image_url or "")
        if original is not None:
            one.image_url = one.original = original


def _see_hosts(url: str, named: str, found: list[_Found]) -> None:
    """Let an image with and without www., over http and https be one, where the page says which is the site."""
    site = urljoin(named, "/")
    others = addresses_of_page(site)[1:]
    if url.startswith((site, *others)):
        for one in found:
            if one.image_url is not None and one.image_url.startswith(others):
                one.image_url = one.original = site + one.image_url.split("/", 3)[3]


def _occurrences(document: Document, found: list[_Found], languages: Languages) -> Iterator[Occurrence]:
    seen: Counter[str] = Counter()
    surroundings = Surroundings(document)
    under = Counter((one.heading, one.topic) for one in found)
    for one in found:
        identity = _identity(one)
        seen[identity] += 1
        key = occurrence_key(identity, seen[identity])
        yield _occurrence(document, surroundings, languages, one, key, under[one.heading, one.topic])


def _identity(one: _Found) -> str:
    """What tells an image from others on its page, whatever texts it has."""
    image = one.image
    kind = image.tag.lower() if one.kind is ImageKind.ROLE else one.kind.value
    if one.image_url is not None or one.kind is ImageKind.AREA:
        return image_identity(one.kind, image.tag.lower(), one.image_url, _href(one))
    if one.kind is ImageKind.SVG:
        drawn = (part for part in image.iter_elements(include_self=True) if part.tag not in {"title", "desc"})
        parts = islice(drawn, MAX_DRAWING_PARTS)
        drawing = [part.tag.lower() + (part.attr(name) or "")[:200] for part in parts for name in _DRAWING_ATTRIBUTES]
        return f"{kind}|{'|'.join(drawing)}"
    told = (one.source.src, image.attr("id"), image.attr("class"))
    return f"{kind}|{'|'.join((value or '')[:MAX_ATTRIBUTE_CHARS] for value in told)}"


def _href(one: _Found) -> str | None:
    return _bounded(one.image.attr("href")) if one.kind is ImageKind.AREA else None


def _occurrence(
    document: Document, surroundings: Surroundings, languages: Languages, one: _Found, key: str, pictures: int
) -> Occurrence:
    image, place, src = one.image, one.place, one.source.src
    name = _bounded(accname.accessible_name(image, document.ids(place)))
    lang, lang_guessed = languages.of(place)
    around = surroundings.interactive(place)
    return Occurrence(
        kind=one.kind,
        key=key,
        element=image.tag,
        selector=document.selector(place) + ("" if image is place else " > img"),
        html=_start_tag(image),
        src=storable(src[:MAX_ATTRIBUTE_CHARS]) if src is not None else None,
        image_url=one.image_url,
        address=one.address,
        picture=one.original,
        href=_href(one),
        fetch_url=one.fetch_url,
        fetch_width=one.source.width if one.fetch_url is not None else None,
        alt=_bounded(image.attr("alt")) if image.tag in ALT_ELEMENTS else None,
        accessible_name=name,
        lang=lang,
        lang_guessed=lang_guessed,
        role=accname.effective_role(image),
        conflict=accname.conflict(image),
        title=_bounded(image.attr("title")),
        width=pixels(image, "width"),
        height=pixels(image, "height"),
        hidden=_hidden(document, surroundings, one),
        interactive=around.kind if around else None,
        sole_content=around is not None and not around.named,
        referrer=one.referrer,
        line=document.line(place),
        media_id=_media_id(image),
        product_ids=surroundings.product_ids(place, one.image_url),
        context=surroundings.context(place, one.heading, one.topic, around, pictures=pictures, image_url=one.image_url),
    )


def _media_id(image: Element) -> str | None:
    found = _MEDIA_ID.search(image.attr("class") or "")
    return found[1] if found is not None else None


def _hidden(document: Document, surroundings: Surroundings, one: _Found) -> str | None:
    reason = accname.hidden_reason(one.place)
    if reason is None and one.image is not one.place:
        reason = accname.hidden_reason(one.image)
    if reason is None and document.without_frames(one.place):
        return "in noframes"
    if reason is None and surroundings.in_named_image(one.place):
        return "part of an image that has a name"
    return reason


def _bounded(value: str | None) -> str | None:
    return storable(value)[:MAX_ATTRIBUTE_CHARS] if value is not None else None


def _start_tag(image: Element) -> str:
    names = (name for name in image.attrs if name != accname.HIDDEN_SINCE)
    return start_tag(image.tag, ((name, image.attr(name) or "") for name in names))
