"""Retry-After (RFC 9110, 10.2.3): a site that says when to come again is heard."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest

from core.net.retry_after import BUSY, retry_after_s
from crawler.downloader import HostDownloader

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response

MAX_WAIT_S = 120.0  # pages with a longer Retry-After are given up
MAX_REFUSED = 10  # after so many of them in a row the crawl is left for another day
ASKED_TO_WAIT = "asked_to_wait"  # why the crawl was closed then


class RetryLaterError(IgnoreRequest):
    """The site asks for a longer wait than a crawl has patience for."""


class RetryAfterMiddleware(RetryMiddleware):
    """Scrapy's retries, which come after the pause that the answer asks for. The whole host is left alone for it."""

    _refused = 0  # in a row

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """Pause after a 429 or a 503. Raises RetryLaterError when that would take too long."""
        if response.status not in BUSY or request.meta.get("dont_retry", False):
            self._refused = 0
            return super().process_response(request, response)
        header = response.headers.get("Retry-After")
        wait_s = retry_after_s(header.decode("latin-1")) if header else None
        if wait_s is None and response.status == 429:
            wait_s = 2.0 ** request.meta.get("retry_times", 0)
        if wait_s is not None and wait_s > MAX_WAIT_S:
            self._give_up()
            raise RetryLaterError(f"{urlsplit(request.url).netloc} asks to wait {wait_s:.0f} s")
        if wait_s:
            assert self.crawler.engine is not None
            downloader = self.crawler.engine.downloader
            assert isinstance(downloader, HostDownloader)
            downloader.pause(request, wait_s)
        return super().process_response(request, response)

    def _give_up(self) -> None:
        self._refused += 1
        if self._refused == MAX_REFUSED and self.crawler.engine is not None:
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=ASKED_TO_WAIT))
