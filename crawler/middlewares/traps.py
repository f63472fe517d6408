"""Requests that were made before it was known what their addresses are: one more variant of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.urls.traps import Traps


class VariantError(IgnoreRequest):
    """As many variants of the page have been read as are worth it."""


class TrapMiddleware:
    """Lets no page be fetched of which the crawl has read variants enough: links to more are not followed, either."""

    def __init__(self, traps: Traps) -> None:
        self._traps = traps

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TrapMiddleware:
        spider: Any = crawler.spider
        return cls(spider.crawl_state.scope.traps)

    def process_request(self, request: Request) -> None:
        """Raise VariantError for one more variant. Start URLs are read."""
        depth = request.meta.get("depth_of_page")
        if depth and "queued_url" in request.cb_kwargs and self._traps.is_one_more_variant(request.url):
            raise VariantError(f"{request.url} is one more variant of a page")
