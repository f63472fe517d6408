"""The pipeline: has what the spider saw stored, in batches."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from scrapy import signals

from core.records import CrawlStatus, PageVisit
from crawler.frontier import Frontier
from crawler.ownership import Owners, sites_by_host
from crawler.reader import Reader
from crawler.reader_version import fingerprint
from crawler.revalidate import Visits
from crawler.sitemap_requests import Links
from store.crawls import finish_crawl, known_pages, links_of, record_networks
from store.engine import reading, writing
from store.frontier import count_queued, met, next_queued, queue_pages, queued
from store.migrate import open_store
from store.pages import images_not_shown
from store.site_lock import crawling

if TYPE_CHECKING:
    from collections.abc import Collection

    from scrapy.crawler import Crawler

    from crawler.spider import SiteSpider

EXAMPLES = 20  # images of sitemaps that no page shows, kept with the crawl
MAX_BATCH_LINKS = 5000  # of sitemaps
MAX_BATCH_IMAGES = 25_000  # read, and kept by the reader until they are stored
FLUSH_AFTER_S = 2.0  # a slow site's pages wait no longer than this for their batch to fill


class StorePipeline:
    """Owns the crawl's row and frontier from the first request to the last."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._visits: list[PageVisit] = []
        self._links: list[tuple[str, int]] = []
        self._lock = asyncio.Lock()
        self._flushed_at = self._started_at = time.monotonic()
        self._closing: asyncio.Future[None] | None = None
        self._all_stored = self._closed = False
        self.error: BaseException | None = None
        self._held = ExitStack()  # the site, for as long as it is crawled
        self._networks: list[str] | None = None  # as recorded
        self.owners: Owners | None = None  # once the store is open

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.spider_closed, signal=signals.spider_closed)
        return pipeline

    @property
    def _spider(self) -> SiteSpider:
        return self._crawler.spider  # type: ignore[return-value]

    def open_spider(self) -> None:
        spider = self._spider
        database = self._crawler.settings["ALT_AUDIT_DATABASE"]
        self._engine = open_store(database, create=True)
        if spider.reader is None:
            spider.reader = Reader(database, spider.rules)
        self._reader = spider.reader
        spider.keep = self.process_item
        fresh = self._crawler.settings.getbool("ALT_AUDIT_FRESH")
        with writing(self._engine) as session:
            sites = sites_by_host(session, spider.seeds, name=spider.site_name, apart=spider.listed)
        self._held.enter_context(crawling(self._engine, sites.values()))
        with writing(self._engine) as session:
            owners = Owners(session, sites, spider.seeds, fresh=fresh)
            waiting = 0
            for crawl in owners.crawls:
                if not crawl.resumed:
                    queue_pages(session, crawl.crawl_id, crawl.site.id, [(seed, 0) for seed in crawl.seeds])
                owners.claim(crawl, queued(session, crawl.crawl_id))
                waiting += count_queued(session, crawl.crawl_id)
                trusted = spider.options.revalidate and not fresh
                reader = fingerprint(spider.rules)
                known = known_pages(session, crawl.site.id, crawl.crawl_id, reader) if trusted else ()
                spider.resume(met(session, crawl.crawl_id), known)
        at_once = self._crawler.settings.getint("CONCURRENT_REQUESTS")
        spider.frontier = Frontier(self._waiting_pages, waiting=waiting, at_once=at_once)
        self.owners = owners
        spider.links_before = self._links_before

    def _links_before(self, url: str) -> tuple[list[str], list[str]]:
        with reading(self._engine) as session:
            return links_of(session, self._owned.of(url).site.id, url)

    @property
    def _owned(self) -> Owners:
        assert self.owners is not None
        return self.owners

    async def _waiting_pages(self, number: int, besides: Collection[str]) -> list[tuple[str, int]]:
        """(url, depth) of the next pages in the frontier, once it holds all that the spider has met."""
        await self._flush()
        return await asyncio.to_thread(self._next_queued, number, besides)

    def _next_queued(self, number: int, besides: Collection[str]) -> list[tuple[str, int]]:
        with reading(self._engine) as session:
            return next_queued(session, [crawl.crawl_id for crawl in self._owned.crawls], number, besides)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, PageVisit | Visits):
            for visit in item.visits if isinstance(item, Visits) else (item,):
                self._owned.meet(visit)
                self._visits.append(visit)
        elif isinstance(item, Links):
            self._links += item.queued
        full = (
            len(self._visits) >= self._spider.options.batch_pages
            or len(self._links) >= MAX_BATCH_LINKS
            or self._reader.images >= MAX_BATCH_IMAGES
        )
        if full or time.monotonic() - self._flushed_at > FLUSH_AFTER_S:
            await self._flush()
        return item

    async def _flush(self) -> None:
        """Write the batch. After a failure nothing more is written: what was not stored is fetched again."""
        async with self._lock:
            visits, self._visits = self._visits, []
            links, self._links = self._links, []
            self._flushed_at = time.monotonic()
            if self.error is not None or not (visits or links):
                return
            try:
                self._record_networks()
                await self._reader.store(self._owned.sorted_out(visits, links))
                self._spider.frontier.stored(visit.url for visit in visits)
            except Exception as error:
                self.error = error
                assert self._crawler.engine is not None
                closing = self._crawler.engine.close_spider_async(reason="store_failed")
                self._closing = asyncio.ensure_future(closing)

    def _record_networks(self) -> None:
        """Before the first image is there to be fetched; a further start URL may open more later on."""
        opened = self._spider.guard.opened
        if opened != self._networks:
            with writing(self._engine) as session:
                for crawl in self._owned.crawls:
                    record_networks(session, crawl.crawl_id, opened)
            self._networks = opened

    async def close_spider(self) -> None:
        await self._flush()
        self._all_stored = True
        self._reader.close()

    def end(self) -> None:
        """Store what is left when the reactor was stopped before the spider was closed, as a second Ctrl-C does."""
        if self.error is not None or self.owners is None or self._closed:
            return
        try:
            if not self._all_stored:
                self._reader.store_now(self._owned.sorted_out(self._visits, self._links))
        except Exception as error:
            self.error = error
        self.spider_closed("shutdown")

    def spider_closed(self, reason: str) -> None:
        self._closed = True
        if self.error is not None or self.owners is None:
            self._held.close()
            return
        spider = self._spider
        finished = reason in {"finished", "page_limit"}
        options = spider.options
        # Which addresses a trap's limit leaves out depends on the order in which they were met.
        trapped = spider.counts["skipped/query_trap"] or spider.counts["failed/retry_later"]
        unknown = trapped or spider.counts["sitemaps_failed"]  # which pages only a sitemap names
        limited = options.max_depth is not None or options.include or options.exclude or unknown
        stats: dict[str, Any] = {"elapsed_s": round(time.monotonic() - self._started_at, 2)}
        crawls = self._owned.crawls
        try:
            with writing(self._engine) as session:
                if reason == "finished" and spider.sitemaps.images:
                    unshown = images_not_shown(session, spider.sitemaps.images)
                    spider.counts["sitemap_images"] = len(spider.sitemaps.images)
                    spider.counts["sitemap_images_not_on_pages"] = len(unshown)
                    stats["examples_not_on_pages"] = unshown[:EXAMPLES]
                for crawl in crawls:
                    counts = spider.counts if len(crawls) == 1 else self._owned.counts[crawl.crawl_id]
                    finish_crawl(
                        session,
                        crawl.crawl_id,
                        state=_status(finished=finished, pages=counts["pages"]),
                        stats=dict(counts) | stats,
                        whole_site=reason == "finished" and not limited,
                        offsite=spider.scope.offsite,
                    )
        except Exception as error:
            self.error = error
        finally:
            self._held.close()
            self._engine.dispose()


def _status(*, finished: bool, pages: int) -> CrawlStatus:
    if not finished:
        return CrawlStatus.INTERRUPTED
    return CrawlStatus.FINISHED if pages else CrawlStatus.FAILED
