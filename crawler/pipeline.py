"""The pipeline: Scrapy's side of storing what the spider saw."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import signals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.state import CrawlState


class StorePipeline:
    """Tells the crawl's storage when it begins and ends, and hands it what the spider saw."""

    def __init__(self, crawler: Crawler, state: CrawlState) -> None:
        self._crawler = crawler
        self._storage = state.storage
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        spider: Any = crawler.spider
        pipeline = cls(crawler, spider.crawl_state)
        crawler.signals.connect(pipeline.spider_closed, signal=signals.spider_closed)
        return pipeline

    def open_spider(self) -> None:
        self._storage.open(on_failure=self._stop)

    def _stop(self) -> None:
        assert self._crawler.engine is not None
        self._closing = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="store_failed"))

    async def process_item(self, item: Any) -> Any:
        await self._storage.add(item)
        return item

    async def close_spider(self) -> None:
        await self._storage.close()

    def spider_closed(self, reason: str) -> None:
        self._storage.finish(reason)
