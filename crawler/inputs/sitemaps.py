"""Reading sitemaps (sitemaps.org protocol): index or list of pages, images, plain text, feeds; plain or gzipped.

They are read as generators write them, not only as the protocol has them. What is mended in the bytes is in
`sitemap_bytes.py`; what comes of that is read by lxml's recovering parser.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml.etree import XMLPullParser, XMLSyntaxError

from core.identity.urls import absolute, canonical_image_url, page_url
from crawler.inputs.sitemap_bytes import documents, repaired, unpacked, utf8

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

MAX_SITEMAP_BYTES = 52_428_800  # unpacked, by the protocol
MAX_PART = 10_000  # addresses that are handed over at once
_INDEX = "sitemapindex"
_PAGE_LISTS = frozenset({"urlset", _INDEX})
_TEXT_LINE = re.compile(r"https?://\S+\Z", re.I)
_ENTITY = re.compile(r"&(?:[a-z][a-z\d]*|#\d+|#x[\da-f]+);", re.I)
_HAS_SCHEME = re.compile(r"[a-z][a-z\d+.-]*:", re.I)
# Of an index all that ends like XML; of a list of pages, what calls itself a sitemap.
_FILE_IN_INDEX = re.compile(r"\.(?:xml|txt|gz)\Z", re.I)
_FILE_IN_LIST = re.compile(r"sitemap[^/]*\.xml(?:\.gz)?\Z", re.I)


class Trouble(StrEnum):
    """Why a sitemap, or some of it, is not read; stage `sitemap` of core/failures.toml explains each."""

    NO_SITEMAP = "no_sitemap"
    EMPTY = "empty"
    DAMAGED = "damaged"
    CUT_SHORT = "cut_short"
    TOO_LARGE = "too_large"
    NO_ADDRESS = "no_address"
    ELSEWHERE = "elsewhere"
    REDIRECTS = "redirects"
    TOO_MANY = "too_many"


class SitemapError(Exception):
    """Nothing of it can be read; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class SitemapFacts:
    """What a sitemap names, each in order and once."""

    sitemaps: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    images: tuple[str, ...] = ()  # canonical
    no_addresses: int = 0  # entries that are left out, since they name nothing on the web
    trouble: Trouble | None = None  # why what follows is missing


@dataclass(slots=True)
class _Found:
    sitemaps: dict[str, None] = field(default_factory=dict)
    pages: dict[str, None] = field(default_factory=dict)
    images: dict[str, None] = field(default_factory=dict)
    no_addresses: int = 0

    def is_full(self) -> bool:
        return len(self.sitemaps) + len(self.pages) + len(self.images) >= MAX_PART

    def facts(self, trouble: Trouble | None = None) -> SitemapFacts:
        return SitemapFacts(tuple(self.sitemaps), tuple(self.pages), tuple(self.images), self.no_addresses, trouble)


def read_sitemap(url: str, body: bytes, max_bytes: int = MAX_SITEMAP_BYTES) -> SitemapFacts | None:
    """All that a sitemap names; None when it is none.

    RSS and Atom feeds, and lists of addresses in plain text, are sitemaps by the protocol, too. Takes seconds for
    the largest ones.
    """
    found, trouble = _Found(), None
    try:
        for part in sitemap_parts(url, body, max_bytes):
            found.sitemaps.update(dict.fromkeys(part.sitemaps))
            found.pages.update(dict.fromkeys(part.pages))
            found.images.update(dict.fromkeys(part.images))
            found.no_addresses += part.no_addresses
            trouble = part.trouble
    except SitemapError:
        return None
    return found.facts(trouble)


def sitemap_parts(url: str, body: bytes, max_bytes: int = MAX_SITEMAP_BYTES) -> Iterator[SitemapFacts]:
    """What a sitemap names, some thousand addresses at a time, so that one of a million takes no more memory.

    A part may name again what one before it has named. The last one, which is always there, says whether the rest of
    the file is missing. Raises SitemapError before the first one when the file is no sitemap.
    """
    content, trouble = unpacked(body, max_bytes)
    if content is None:
        raise SitemapError(Trouble.DAMAGED)
    if not content.strip(b"\0 \t\r\n"):
        raise SitemapError(Trouble.TOO_LARGE if trouble == Trouble.TOO_LARGE else Trouble.EMPTY)
    text, declares_entities = utf8(content)
    del content
    roots = documents(text)
    found = _Found()
    if not roots:
        _read_lines(found, text, cut=trouble is not None)
        yield found.facts(Trouble(trouble) if trouble else None)
        return
    for document in roots:
        if not document.ends:
            trouble = trouble or Trouble.CUT_SHORT
        reading = _Reading(found, url, document.root, declares_entities)
        for chunk in repaired(text, document):
            reading.feed(chunk)
            if found.is_full():
                yield found.facts()
                reading.found = found = _Found()
    yield found.facts(Trouble(trouble) if trouble else None)


def _read_lines(found: _Found, text: bytes, *, cut: bool) -> None:
    """A sitemap in plain text: one address a line; lines that begin with # say nothing."""
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if cut and len(lines) > 1:
        lines.pop()
    if not lines or not _TEXT_LINE.match(lines[0]):
        raise SitemapError(Trouble.NO_SITEMAP)
    for line in lines:
        link = absolute(line, line) if _TEXT_LINE.match(line) else None
        if link is None:
            found.no_addresses += 1
        else:
            found.pages[page_url(link)] = None


class _Reading:
    """One document, read in one pass that keeps no tree: a sitemap is up to 50 MB long."""

    def __init__(self, found: _Found, url: str, root: str, declares_entities: bool) -> None:
        self.found, self._url, self._root = found, url, root
        # What a document declares for itself is never expanded: an address with such a name in it is left out.
        self._unknown_names = declares_entities
        host = urlsplit(url).hostname or ""
        self._own_host = re.compile(rf"(?:www\.)?{re.escape(host.removeprefix('www.'))}(?:[:/?]|\Z)|www\.", re.I)
        self._parser: XMLPullParser | None = XMLPullParser(
            events=("end",), encoding="utf-8", recover=True, resolve_entities=False, no_network=True,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        # In a root of our own, so that a tag that is closed twice does not end the document.
        self.feed(b"<sitemap-file>")

    def feed(self, chunk: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.feed(chunk)
        except XMLSyntaxError:  # past mending; what was read before is good
            self._parser = None
            return
        for _, element in self._parser.read_events():
            self._take(element)
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]

    def _take(self, element: _Element) -> None:
        name = _name(element)
        parent = element.getparent()
        within = _name(parent) if parent is not None else ""
        if name == "loc":
            self._take_loc(within, element.text)
        elif name == "link" and within in {"item", "entry"} and element.get("rel", "alternate") == "alternate":
            self._add(self.found.pages, element.get("href") or element.text)
        elif name == "link" and within == "url" and element.get("hreflang") is not None:
            self._add(self.found.pages, element.get("href"))

    def _take_loc(self, within: str, text: str | None) -> None:
        if within == "image":
            self._add(self.found.images, text, image=True)
        elif within == "sitemap":
            self._add(self.found.sitemaps, text)
        elif within == "url" or within in _PAGE_LISTS:
            path = (text or "").partition("?")[0].rstrip()
            is_file = (_FILE_IN_INDEX if self._root == _INDEX else _FILE_IN_LIST).search(path)
            self._add(self.found.sitemaps if is_file else self.found.pages, text)

    def _add(self, target: dict[str, None], reference: str | None, *, image: bool = False) -> None:
        link = self._address(reference or "")
        if link is None:
            self.found.no_addresses += 1
        elif image:
            target[canonical_image_url(link)] = None
        else:
            target[page_url(link)] = None

    def _address(self, text: str) -> str | None:
        """The address that an entry means, which may be escaped once too often or lack its scheme."""
        # Only what ends with a semicolon: of `?a=1&copy=2` nothing is to become a sign.
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text).strip()
        if not text or (self._unknown_names and _ENTITY.search(text)):
            return None
        if not _HAS_SCHEME.match(text) and self._own_host.match(text):
            text = f"{urlsplit(self._url).scheme}://{text}"
        link = absolute(self._url, text)
        return None if link is None or link.startswith("data:") else link


def _name(element: _Element) -> str:
    """The name without its prefix, which may be bound to anything or to nothing; in small letters."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
