"""Storing what the crawl saw: batches by way of the reading process, the crawl's rows, the frontier's next pages."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from core.records import CrawlStatus
from crawler.items import PageItem, SitemapLinks, UnchangedPages
from crawler.ownership import Owners, sites_by_host
from crawler.reader_version import fingerprint
from store.counts import SITEMAPS_UNREAD
from store.crawls import finish_crawl, record_networks, sitemaps_before
from store.engine import reading, writing
from store.frontier import count_queued, met, next_queued, queue_pages, queued
from store.known_pages import known_pages, links_of, places_of, variants_of
from store.losses import count_left, pages_left
from store.migrate import open_store
from store.models import Crawl
from store.page_images import images_not_shown
from store.site_lock import crawling
from store.variants import CANONICALISED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from crawler.ownership import SiteCrawl
    from crawler.state import CrawlState
    from store.known_pages import StoredLinks

EXAMPLES = 20  # images of sitemaps that no page shows, kept with the crawl
MAX_BATCH_LINKS = 5000  # of sitemaps
MAX_BATCH_IMAGES = 25_000  # read, and kept by the reader until they are stored
FLUSH_AFTER_S = 2.0  # a slow site's pages wait no longer than this for their batch to fill


class Storage:
    """Owns the crawl's row and frontier from the first request to the last."""

    def __init__(self, state: CrawlState) -> None:
        self._state = state
        self._engine: Engine
        self._on_failure: Callable[[], None]
        self._pages: list[PageItem] = []
        self._links: list[tuple[str, int]] = []
        self._lock = asyncio.Lock()
        self._flushed_at = self._started_at = 0.0  # once the store is open
        self._all_stored = self._finished = False
        self._held = ExitStack()  # the site, for as long as it is crawled
        self._networks: list[str] | None = None  # as recorded

    def open(self, on_failure: Callable[[], None]) -> None:
        """Open the store, begin or resume the crawl of each site, and tell the state what is known of it.

        `on_failure` is called once, when something could not be stored; `CrawlState.error` says why. Raises UsageError
        when it is not clear which site is meant, and CrawlError while it is crawled already.
        """
        state = self._state
        self._on_failure = on_failure
        self._flushed_at = self._started_at = time.monotonic()
        self._engine = open_store(state.database, create=True)
        with writing(self._engine) as session:
            sites = sites_by_host(session, state.start_urls, name=state.site_name, apart=state.listed)
        self._held.enter_context(crawling(self._engine, sites.values()))
        with writing(self._engine) as session:
            owners = Owners(session, sites, state.start_urls, fresh=state.fresh)
            for crawl in owners.crawls:
                if not crawl.resumed:
                    queue_pages(session, crawl.crawl_id, crawl.site.id, [(url, 0) for url in crawl.seeds])
                owners.claim(crawl, queued(session, crawl.crawl_id))
                state.frontier.waiting += count_queued(session, crawl.crawl_id)
                for url in met(session, crawl.crawl_id):
                    state.meet(url)
                state.scope.traps.admit_variants(variants_of(session, crawl.site.id))
                state.pages_before += count_left(session, crawl.site.id, crawl.crawl_id)
                if state.options.revalidate and not state.fresh:
                    known = known_pages(session, crawl.site.id, crawl.crawl_id, fingerprint(state.rules))
                    state.known_pages.update((page.url, page) for page in known)
        state.pages_known = state.frontier.waiting
        state.owners = owners

    @property
    def _owners(self) -> Owners:
        assert self._state.owners is not None
        return self._state.owners

    def links_before(self, url: str) -> StoredLinks:
        """Where a page led when it was read last."""
        with reading(self._engine) as session:
            return links_of(session, self._owners.of(url).site.id, url)

    def places_before(self, url: str) -> int:
        """How many images stood on a page when it was read last."""
        with reading(self._engine) as session:
            return places_of(session, self._owners.of(url).site.id, url)

    def pages_left(self) -> list[tuple[str, int]]:
        """(url, depth) of the pages that were read before, and that this crawl has stored nothing of."""
        with reading(self._engine) as session:
            return [
                page for crawl in self._owners.crawls for page in pages_left(session, crawl.site.id, crawl.crawl_id)
            ]

    async def waiting_pages(self, number: int, besides: Collection[str]) -> list[tuple[str, int]]:
        """(url, depth) of the next pages in the frontier, once it holds all that the spider has met."""
        await self._flush()
        return await asyncio.to_thread(self._next_queued, number, besides)

    def _next_queued(self, number: int, besides: Collection[str]) -> list[tuple[str, int]]:
        with reading(self._engine) as session:
            return next_queued(session, [crawl.crawl_id for crawl in self._owners.crawls], number, besides)

    async def add(self, item: PageItem | UnchangedPages | SitemapLinks) -> None:
        """Take up what the spider saw; it is stored when the batch is full, or has waited long enough."""
        if isinstance(item, SitemapLinks):
            self._links += item.queued
        else:
            for page in item.pages if isinstance(item, UnchangedPages) else (item,):
                self._owners.meet(page)
                self._pages.append(page)
        full = (
            len(self._pages) >= self._state.options.batch_pages
            or len(self._links) >= MAX_BATCH_LINKS
            or self._state.reader.images >= MAX_BATCH_IMAGES
        )
        if full or time.monotonic() - self._flushed_at > FLUSH_AFTER_S:
            await self._flush()

    async def _flush(self) -> None:
        """Write the batch. After a failure nothing more is written: what was not stored is fetched again."""
        async with self._lock:
            pages, self._pages = self._pages, []
            links, self._links = self._links, []
            self._flushed_at = time.monotonic()
            if self._state.error is not None or not (pages or links):
                return
            try:
                self._record_networks()
                await self._state.reader.store(self._owners.sorted_out(pages, links))
                self._state.frontier.stored(page.url for page in pages)
            except Exception as error:
                self._state.error = error
                self._on_failure()

    def _record_networks(self) -> None:
        """Before the first image is there to be fetched; a further start URL may open more later on."""
        opened = self._state.guard.opened
        if opened != self._networks:
            with writing(self._engine) as session:
                for crawl in self._owners.crawls:
                    record_networks(session, crawl.crawl_id, opened)
            self._networks = opened

    async def close(self) -> None:
        """Store what is left, and end the reading process."""
        if self._state.redirects is not None and self._state.error is None:
            for page in self._state.redirects.left():
                await self.add(page)
        await self._flush()
        self._all_stored = True
        self._state.reader.close()

    def end(self) -> None:
        """Store what is left when the reactor was stopped before the spider was closed, as a second Ctrl-C does."""
        state = self._state
        if state.error is not None or state.owners is None or self._finished:
            return
        try:
            if not self._all_stored:
                state.reader.store_now(self._owners.sorted_out(self._pages, self._links))
        except Exception as error:
            state.error = error
        self.finish("shutdown")

    def finish(self, reason: str) -> None:
        """Write how the crawl ended, by Scrapy's reason, and close the store."""
        self._finished = True
        if self._state.error is not None or self._state.owners is None:
            self._held.close()
            return
        try:
            with writing(self._engine) as session:
                self._finish_crawls(session, reason)
        except Exception as error:
            self._state.error = error
        finally:
            self._held.close()
            self._engine.dispose()

    def _finish_crawls(self, session: Session, reason: str) -> None:
        state = self._state
        stats: dict[str, Any] = {"elapsed_s": round(time.monotonic() - self._started_at, 2)}
        if reason == "finished" and state.sitemap_images:
            unshown = images_not_shown(session, state.sitemap_images)
            state.counts["sitemap_images"] = len(state.sitemap_images)
            state.counts["sitemap_images_not_on_pages"] = len(unshown)
            stats["examples_not_on_pages"] = unshown[:EXAMPLES]
        crawls = self._owners.crawls
        for crawl in crawls:
            counts = state.counts if len(crawls) == 1 else self._owners.counts[crawl.crawl_id]
            unread = {url: code for url, code in state.sitemaps_unread.items() if self._owners.of(url) is crawl}
            missed = self._sitemaps_missed(session, crawl)
            if missed:
                counts["sitemaps_missed"] = missed
            sitemaps_unknown = (
                bool(missed or state.counts["sitemaps_failed"] or state.counts["sitemaps_cut"])
                and not state.options.accept_loss
            )
            fall = finish_crawl(
                session,
                crawl.crawl_id,
                state=_status(reason, counts["pages"]),
                stats=dict(counts) | stats | ({SITEMAPS_UNREAD: unread} if unread else {}),
                whole_site=reason == "finished" and not self._bounded() and not self._left_out(sitemaps_unknown),
                comparable=reason == "finished",
                accept_loss=state.options.accept_loss,
                offsite=state.scope.offsite,
                asked=state.asked,
                expected=lambda url, depth: not state.listed and state.scope.outside(url, depth) is None,
            )
            if variants := session.get_one(Crawl, crawl.crawl_id).stats.get(CANONICALISED, 0):
                state.counts[CANONICALISED] += variants
            if fall is not None:
                state.falls[crawl.crawl_id] = fall

    def _sitemaps_missed(self, session: Session, crawl: SiteCrawl) -> int:
        """How many sitemaps that named pages to the crawls before did not to this one, and are not said to be gone.

        A site that never had one may answer with a page each time: that says nothing.
        """
        counts = self._state.counts
        doubtful = counts["sitemaps_unreadable"] + counts["sitemaps_refused"] + counts["sitemaps_empty"]
        if not doubtful:
            return 0
        before = sitemaps_before(session, crawl.site.id, crawl.crawl_id)
        return max(0, min(doubtful, before - (counts["sitemaps"] - counts["sitemaps_empty"])))

    def _bounded(self) -> bool:
        """Whether the crawl was to read a part of the site."""
        options = self._state.options
        return bool(options.max_depth is not None or options.include or options.exclude)

    def _left_out(self, sitemaps_unknown: bool) -> bool:
        """Whether the crawl may have left out pages that are still there."""
        counts = self._state.counts
        # Which addresses a trap's limit leaves out depends on the order in which they were met.
        return bool(counts["skipped/query_trap"] or counts["failed/retry_later"] or sitemaps_unknown)


def _status(reason: str, pages: int) -> CrawlStatus:
    if reason not in {"finished", "page_limit"}:
        return CrawlStatus.INTERRUPTED
    return CrawlStatus.FINISHED if pages else CrawlStatus.FAILED
