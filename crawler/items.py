"""What the spider hands to the pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from core.records import PageFailed, PageUnchanged, PageVersion


@dataclass(frozen=True, slots=True)
class PageFetched:
    """A page that the reading process has read; it keeps the facts until the page is stored."""

    url: str  # as it was queued
    depth: int  # links from the start page
    status: int  # HTTP status
    queued: tuple[tuple[str, int], ...]  # (url, depth) found here and not met before in this crawl
    version: PageVersion


PageItem = PageFetched | PageUnchanged | PageFailed


@dataclass(frozen=True, slots=True)
class UnchangedPages:
    """Pages that were done with together, without a request of their own."""

    pages: tuple[PageUnchanged, ...]


@dataclass(frozen=True, slots=True)
class SitemapLinks:
    """(url, depth) pairs for the frontier that were found elsewhere than on a page."""

    queued: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What the spider needs to know of a page that was read."""

    links: tuple[str, ...]
    nofollow: tuple[str, ...]  # of the links
    cut: tuple[str, ...]
    unfollowed: tuple[str, ...]
    built_by_script: bool
    robots: tuple[str, ...]  # the directives that apply to us
    images: int  # places with one
    title: str | None
    canonical: str | None  # the address that the page names as its own, where that is another
    login: str | None = None  # the signature of a page that is hardly more than a login
