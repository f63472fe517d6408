"""Where a page leads: its links, the frames that it shows, and the pages that belong to it."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from core.identity.urls import MAX_URL_CHARS, absolute, page_url
from crawler.page.dom import href, parent
from crawler.page.sources import shows_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turbohtml import Element

    from crawler.page.document import Document

MAX_REFRESH_CHARS = 2000
# A page for the caches of search engines, with the same content again: each of its places would count twice.
AMPHTML = "amphtml"

MAX_LINK_HEADER_CHARS = 10_000
_HEADER_LINK = re.compile(r"<(?P<target>[^<>]*)>(?P<parameters>[^<>,]*)")
_HEADER_RELATION = re.compile(r";\s*rel\s*=\s*\"?([^\";]*)", re.I)

_LEADING = ("a", "area", "iframe", "frame", "amp-iframe", "object", "embed", "link")
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_REFRESH = re.compile(r"\s*[\d.]+\s*(?:[;,]|\s)\s*(?:url\s*=\s*|(?!url\s*=))(?P<quote>[\"']?)(?P<url>[^\"']+)", re.I)


def links(document: Document) -> Iterator[str]:
    """The addresses that a page leads to, in document order, those of refreshes last."""
    targets = (_target(element) for element in document.root.iter_elements(_LEADING))
    for target in dict.fromkeys(chain(targets, _refreshes(document.root))):
        link = document.absolute(target) if target is not None else None
        if link is not None and not link.startswith("data:"):
            yield page_url(link)


def nofollowed(document: Document) -> tuple[str, ...]:
    """The addresses that a page leads to with rel=nofollow alone."""
    if "nofollow" not in document.lowered:
        return ()
    where: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for element in document.root.iter_elements(("a", "area")):
        target = href(element)
        if target is not None:
            where["nofollow" in _relations(element)][target] = None
    found = (document.absolute(target) for target in where[True] if target not in where[False])
    return tuple(dict.fromkeys(page_url(link) for link in found if link is not None and not link.startswith("data:")))


def canonical(document: Document, url: str, header: str | None = None) -> str | None:
    """The address that a page at `url` names as its own, in its head or in a Link header (RFC 8288).

    As search engines read it: none where a page names several.
    """
    named = (link for link in document.root.iter_elements("link") if "canonical" in _relations(link))
    found = {document.absolute(link.attr("href") or "") for link in named if link.attr("href") and _is_in_head(link)}
    for link in _HEADER_LINK.finditer(header[:MAX_LINK_HEADER_CHARS]) if header else ():
        relation = _HEADER_RELATION.search(link["parameters"])
        if relation is not None and "canonical" in relation[1].lower().split():
            found.add(absolute(url, link["target"]))
    address = found.pop() if len(found) == 1 else None
    if address is None or address.startswith("data:") or len(address) > MAX_URL_CHARS:
        return None
    return page_url(address)


def _is_in_head(link: Element) -> bool:
    around = parent(link)
    return around is not None and around.tag == "head"


def left_out(document: Document, url: str) -> tuple[str, ...]:
    """What kinds of pages the page at `url` leads to that are not followed."""
    for link in document.root.iter_elements("link"):
        if AMPHTML in _relations(link) and document.absolute(link.attr("href") or "") not in {None, url}:
            return (AMPHTML,)
    return ()


def _target(element: Element) -> str | None:
    match element.tag:
        case "a" | "area":
            return href(element)
        case "iframe" | "frame" | "amp-iframe":
            # Without an address of its own, a lazy one waits for that.
            shown = element.attr("srcdoc") is not None or shows_picture(element)
            return None if shown else element.attr("src") or element.attr("data-src")
        case "object":
            return element.attr("data") if _media_type(element) in _PAGE_TYPES else None
        case "embed":
            return element.attr("src") if _media_type(element) in _PAGE_TYPES else None
    return element.attr("href") if _is_page_beside(element) else None


def _is_page_beside(link: Element) -> bool:
    """Whether a link element names the next or the previous page, or this one in another language."""
    relations = _relations(link)
    if "alternate" in relations:
        return bool(link.attr("hreflang")) and _media_type(link) in ("", *_PAGE_TYPES)
    return not relations.isdisjoint(("next", "prev"))


def _relations(link: Element) -> frozenset[str]:
    return frozenset((link.attr("rel") or "").lower().split())


def _media_type(element: Element) -> str:
    return (element.attr("type") or "").partition(";")[0].strip().lower()


def _refreshes(root: Element) -> Iterator[str]:
    """Where meta elements send the visitor (HTML standard, refresh)."""
    for meta in root.iter_elements("meta"):
        if (meta.attr("http-equiv") or "").strip().lower() == "refresh":
            target = refresh_target(meta.attr("content") or "")
            if target is not None:
                yield target


def refresh_target(content: str) -> str | None:
    """Where a refresh sends the visitor, as a meta element or a header says it; None when to the page itself."""
    refresh = _REFRESH.match(content[:MAX_REFRESH_CHARS])
    return refresh["url"] if refresh else None


def refreshed(url: str, header: str | None) -> tuple[str, ...]:
    """The link that a Refresh header on a page is: browsers obey it as they do a meta element."""
    target = refresh_target(header) if header else None
    link = absolute(url, target) if target is not None else None
    return () if link is None or link.startswith("data:") else (page_url(link),)
