"""Asking for the sitemaps of a site: those that robots.txt names, and those that they name in turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request

from core.identity.urls import absolute
from crawler.downloader import StoppedError
from crawler.inputs.sitemaps import MAX_SITEMAP_BYTES, read_sitemap
from crawler.middlewares.robots import redirect_target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.middlewares.robots import RobotsMiddleware
    from crawler.state import CrawlState

MAX_SITEMAPS = 10_000
MAX_SITEMAP_IMAGES = 500_000


class Sitemaps:
    """Asks for each sitemap once, and hands the pages that it names to `take_up`."""

    def __init__(self, state: CrawlState, take_up: Callable[[Iterable[str]], AsyncIterator[Any]]) -> None:
        self._scope, self._counts, self._met, self._images = state.scope, state.counts, state.met, state.sitemap_images
        self._take_up = take_up
        self._asked = 0

    async def named_by_robots(self, robots: RobotsMiddleware, origin: str) -> list[Request]:
        """Requests for the sitemaps that an origin's robots.txt names, or for the one in the usual place."""
        try:
            file = await robots.file_of(origin)
        except Exception as error:  # whatever keeps it from being read
            self._counts["sitemaps_failed"] += not isinstance(error, StoppedError)
            return []
        named = [absolute(file.url, link) for link in file.rules.sitemaps] or [urljoin(file.url, "/sitemap.xml")]
        return list(self._requests(link for link in named if link is not None))

    def _requests(self, urls: Iterable[str]) -> Iterator[Request]:
        for url in urls:
            if url in self._met or self._scope.offsite(url):
                continue
            self._met.add(url)
            if self._asked >= MAX_SITEMAPS:
                self._counts["sitemaps_left_out"] += 1
                continue
            self._asked += 1
            yield Request(
                url,
                callback=self._read,
                errback=self._failed,
                dont_filter=True,
                priority=1,
                meta={"dont_obey_robotstxt": True, "download_maxsize": MAX_SITEMAP_BYTES},
            )

    async def _read(self, response: Response) -> AsyncIterator[Any]:
        if 300 <= response.status < 400:
            for request in self._requests(filter(None, [redirect_target(response)])):
                yield request
            return
        if response.status != 200:
            busy = response.status == 429 or response.status >= 500
            self._counts["sitemaps_failed" if busy else "sitemaps_not_found"] += 1
            return
        sitemap = await asyncio.to_thread(read_sitemap, response.url, response.body)
        if sitemap is None:
            self._counts["sitemaps_unreadable"] += 1
            return
        self._counts["sitemaps"] += 1
        self._images.update(sitemap.images[: MAX_SITEMAP_IMAGES - len(self._images)])
        for request in self._requests(sitemap.sitemaps):
            yield request
        async for item in self._take_up(sitemap.pages):
            yield item

    def _failed(self, failure: Failure) -> None:
        self._counts["sitemaps_failed"] += not isinstance(failure.value, StoppedError)
