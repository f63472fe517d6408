"""Reading sitemaps (sitemaps.org protocol): index or list of pages, images, plain text, feeds; plain or gzipped."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml.etree import LxmlError, QName, iterparse
from w3lib.encoding import read_bom

from core.identity.urls import absolute, canonical_image_url, page_url

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_SITEMAP_BYTES = 52_428_800  # unpacked, by the protocol
MAX_GZIPS = 2  # some servers pack a packed file once more
GZIP_MAGIC = b"\x1f\x8b"
MARKUP_STARTS_BY = 1000  # bytes
_INDEX = "sitemapindex"
_ROOTS = frozenset({_INDEX, "urlset", "rss", "RDF", "feed"})
_TEXT_LINE = re.compile(r"https?://\S+\Z", re.I)


@dataclass(frozen=True, slots=True)
class SitemapFacts:
    """What a sitemap names, each in order and once."""

    sitemaps: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    images: tuple[str, ...] = ()  # canonical


@dataclass(slots=True)
class _Found:
    sitemaps: dict[str, None] = field(default_factory=dict)
    pages: dict[str, None] = field(default_factory=dict)
    images: dict[str, None] = field(default_factory=dict)


def read_sitemap(url: str, body: bytes, max_bytes: int = MAX_SITEMAP_BYTES) -> SitemapFacts | None:
    """The links of a sitemap; None when it is none, cut short, or larger than `max_bytes` once unpacked.

    RSS and Atom feeds, and lists of addresses in plain text, are sitemaps by the protocol, too. Takes seconds for
    the largest ones.
    """
    try:
        unpacked = _unpacked(body, max_bytes)
        if unpacked is None:
            return None
        found = _xml(url, unpacked) if b"<" in unpacked[:MARKUP_STARTS_BY] else _text(unpacked)
    except (LxmlError, zlib.error, ValueError):
        return None
    return SitemapFacts(tuple(found.sitemaps), tuple(found.pages), tuple(found.images)) if found else None


def _unpacked(body: bytes, max_bytes: int) -> bytes | None:
    for _ in range(MAX_GZIPS):
        if not body.startswith(GZIP_MAGIC):
            break
        unpacker = zlib.decompressobj(wbits=31)
        body = unpacker.decompress(body, max_bytes + 1)
        if not unpacker.eof:  # larger than allowed, or cut short
            return None
    return body if len(body) <= max_bytes else None


def _text(body: bytes) -> _Found | None:
    encoding, mark = read_bom(body)
    lines = body[len(mark or b"") :].decode(encoding or "utf-8", "replace").split()
    if not lines or not all(_TEXT_LINE.match(line) for line in lines):
        return None
    found = _Found()
    for line in lines:
        _add(found.pages, line, line)
    return found


def _xml(url: str, body: bytes) -> _Found | None:
    """One pass that keeps no tree: a sitemap is up to 50 MB long."""
    found = _Found()
    root = None
    events = iterparse(
        io.BytesIO(body),
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    for event, element in events:
        if event == "start":
            if root is None:
                root = _name(element)
                if root not in _ROOTS:
                    return None
            continue
        _take(found, url, root, element)
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    return found if root is not None else None


def _take(found: _Found, url: str, root: str | None, element: _Element) -> None:
    name = _name(element)
    parent = element.getparent()
    within = _name(parent) if parent is not None else None
    if name == "loc":
        target = {"sitemap": found.sitemaps, "url": found.pages, "image": found.images}.get(within or "")
        if target is found.pages and root == _INDEX:
            target = None
        if target is not None:
            _add(target, url, element.text, image=target is found.images)
    elif name == "link" and within in {"item", "entry"} and element.get("rel", "alternate") == "alternate":
        _add(found.pages, url, element.get("href") or element.text)


def _name(element: _Element) -> str:
    return QName(element).localname if isinstance(element.tag, str) else ""


def _add(target: dict[str, None], base: str, reference: str | None, *, image: bool = False) -> None:
    link = absolute(base, reference) if reference and reference.strip() else None
    if link is not None and not link.startswith("data:"):
        target[canonical_image_url(link) if image else page_url(link)] = None
