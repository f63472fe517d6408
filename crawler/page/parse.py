"""From the bytes of a page to the facts of an audit. Pure: knows nothing of crawling, and never raises.

The tree is built once and walked once.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from turbohtml import Namespace

from core.identity.occurrence_key import image_identity, occurrence_key
from core.identity.urls import addresses_of_page, page_url
from core.records import ALT_ELEMENTS, ImageKind, Occurrence, PageFacts
from core.start_tag import start_tag
from core.text import shorten, storable
from crawler.page import accname
from crawler.page.document import Document
from crawler.page.encoding import decode
from crawler.page.images import find_images, see_hosts
from crawler.page.language import Languages
from crawler.page.links import canonical, left_out, links, nofollowed
from crawler.page.referrer import ReferrerPolicies
from crawler.page.scripted import is_built_by_script
from crawler.page.sources import Sources, pixels
from crawler.page.surroundings import Surroundings, bounded_text
from crawler.page.xhtml import as_html, is_xhtml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from turbohtml import Element

    from crawler.page.images import Found
    from crawler.page.style_sheet import StyleSheet

MAX_ATTRIBUTE_CHARS = 2000
MAX_ROBOTS_CHARS = 500
MAX_DRAWING_PARTS = 50  # that tell an inline drawing from another

_DRAWING_ATTRIBUTES = ("d", "href", "xlink:href", "points", "viewbox", "transform")
_MEDIA_ID = re.compile(r"(?<!\S)wp-image-(\d{1,15})(?!\S)")
# Any crawler may be named in a meta element; what makes it one for crawlers is that it holds nothing else.
_CRAWLER = re.compile(r"[\w-]+\Z")
_DIRECTIVES = re.compile(
    r"(?:(?:all|none|(?:no)?(?:index|follow|archive|snippet|imageindex|ai|imageai|translate))\s*(?:,\s*|\Z))+\Z", re.I
)

_TEXTS = ("alt", "title", "aria-label", "aria-labelledby")
_NO_SHEETS: Mapping[str, StyleSheet] = {}


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
    images, too_many = find_images(document, sources)
    policies = ReferrerPolicies(document, referrer)
    for one in images:
        one.referrer = policies.of(one.image)
    if hide_texts:
        _hide_texts(images)
    title = next((node for node in root.iter_elements("title") if node.namespace is Namespace.HTML), None)
    named = canonical(document, url, link)
    if named is not None:
        see_hosts(url, named, images)
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


def _hide_texts(images: Iterable[Found]) -> None:
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


def _occurrences(document: Document, found: list[Found], languages: Languages) -> Iterator[Occurrence]:
    seen: Counter[str] = Counter()
    surroundings = Surroundings(document)
    under = Counter((one.heading, one.topic) for one in found)
    for one in found:
        identity = _identity(one)
        seen[identity] += 1
        key = occurrence_key(identity, seen[identity])
        yield _occurrence(document, surroundings, languages, one, key, under[one.heading, one.topic])


def _identity(one: Found) -> str:
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


def _href(one: Found) -> str | None:
    return _bounded(one.image.attr("href")) if one.kind is ImageKind.AREA else None


def _occurrence(
    document: Document, surroundings: Surroundings, languages: Languages, one: Found, key: str, pictures: int
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


def _hidden(document: Document, surroundings: Surroundings, one: Found) -> str | None:
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
