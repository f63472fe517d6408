"""Reading sitemaps: index or list of pages, plain or gzipped (sitemaps.org protocol)."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass

from lxml.etree import LxmlError
from scrapy.utils.sitemap import Sitemap

from core.urls import absolute, page_url

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Links:
    """(url, depth) pairs for the frontier that were found elsewhere than on a page."""

    queued: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SitemapFacts:
    """What a sitemap names: further sitemaps, or pages."""

    sitemaps: tuple[str, ...]
    pages: tuple[str, ...]


def read_sitemap(url: str, body: bytes, max_bytes: int) -> SitemapFacts | None:
    """The links of a sitemap; None when it is none, or larger than `max_bytes` once unpacked."""
    try:
        if body.startswith(GZIP_MAGIC):
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                body = file.read(max_bytes + 1)
        if len(body) > max_bytes:
            return None
        sitemap = Sitemap(body)
        links = [absolute(url, entry["loc"]) for entry in sitemap if entry.get("loc")]
    except (LxmlError, OSError, EOFError, zlib.error, StopIteration):
        return None
    found = tuple(page_url(link) for link in links if link is not None and not link.startswith("data:"))
    if sitemap.type == "sitemapindex":
        return SitemapFacts(found, ())
    return SitemapFacts((), found) if sitemap.type == "urlset" else None
