"""One crawl, from start URLs to rows, in a process that has not run one before (Twisted's reactor runs once)."""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from scrapy.crawler import AsyncCrawlerProcess

from core.chromium import launch_options
from core.errors import CrawlError
from core.identity.urls import site_of
from crawler.failures import advice
from crawler.middlewares.auth import check_auth_origin
from crawler.settings import scrapy_settings
from crawler.spider import SiteSpider
from crawler.state import CrawlState
from rules.rule_options import RuleOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.crawl_options import CrawlOptions
    from crawler.ownership import SiteCrawl
    from store.losses import Fall
    from store.sites import Site

_DEFAULT_RULES = RuleOptions()


MAX_FAILURES = 20  # start pages named in an error


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """How a crawl ended."""

    crawls: tuple[SiteCrawl, ...]  # of each site; one, unless a list names pages of several
    resumed: bool
    interrupted: bool
    networks: list[str]  # CIDR notation; not public, and open because start URLs name them
    limited: bool  # it ended at the limit of pages
    counts: dict[str, int]  # pages, failed/<code>, skipped/<reason>, sitemaps
    refusals: list[str]  # why hosts were not connected to, and what would change it
    failed_starts: list[str]  # start URLs that could not be read, each with what happened
    unread: tuple[SiteCrawl, ...]  # of `crawls`: start URLs named the site, and no page of it could be read
    sitemaps_unread: dict[str, str]  # sitemap -> code; the first of those that are not read, or not whole
    moved: dict[str, str]  # start URL that was read before -> where on another host, now the site's, it leads for good
    falls: list[tuple[str, Fall]]  # (site, how far) where too few pages were read to take any for gone

    @property
    def site(self) -> Site:
        """The site of the first start URL."""
        return self.crawls[0].site

    @property
    def crawl_id(self) -> int:
        """The crawl of the first start URL."""
        return self.crawls[0].crawl_id


class _Process(AsyncCrawlerProcess):
    async def stop(self) -> None:
        """End all crawls, when what is under way has ended; Scrapy would wait for what has not begun, too."""
        for crawler in self.crawlers:
            if isinstance(crawler.spider, SiteSpider):
                crawler.spider.stop_asking()
        await super().stop()


def crawl_site(
    seeds: Sequence[str],
    database: str,
    options: CrawlOptions,
    rules: RuleOptions = _DEFAULT_RULES,
    *,
    fresh: bool = False,
    listed: bool = False,
    site: str | None = None,
    hide_texts: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> CrawlSummary:
    """Crawl a site, or the pages of a list, into the store.

    The start URLs are of the site called `site` if that is given, else of the one that has their hosts; those of
    another registered domain are of a site of their own. Of a list each host is its own site, unless `site` is given.

    `listed`: the seeds come from a file, not from the operator, so they open no network and are sent no credentials.
    `hide_texts`: every image is read as if nobody had written a text for it; for an evaluation of drafts.
    `progress` is called with (pages read, pages known). The first Ctrl-C lets requests under way finish and
    returns with `interrupted` set; a second one gives up on them. Raises UsageError when pages should be rendered
    and no browser starts, or credentials have no origin to go to, CrawlError when no page could be read, and whatever
    the store raised when it failed.
    """
    check_auth_origin(options, seeds, listed=listed)
    settings = scrapy_settings(options, database, fresh=fresh) | {"LOG_INSTALL_ROOT_HANDLER": False}
    if options.render:
        settings["PLAYWRIGHT_LAUNCH_OPTIONS"] = launch_options(options.chromium)
    # First, since the process that reads pages takes as long to start as Scrapy does.
    state = CrawlState(
        seeds,
        database,
        options,
        rules,
        fresh=fresh,
        listed=listed,
        site_name=site,
        hide_texts=hide_texts,
        progress=progress,
    )
    process = _Process(settings)
    if logging.getLogger().level > logging.INFO:
        # Scrapy has just set it to DEBUG. What goes wrong with a page is counted, with a reason, in our summary.
        logging.getLogger("scrapy").setLevel(logging.CRITICAL)
    crawler = process.create_crawler(SiteSpider)
    task = process.crawl(crawler, crawl_state=state)
    previous = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        process.start()
    finally:
        state.close()
        # Twisted leaves its own handlers behind, which would swallow a Ctrl-C of the next stage.
        signal.signal(signal.SIGINT, previous[0])
        signal.signal(signal.SIGTERM, previous[1])
    if task.done() and not task.cancelled():
        error = task.exception()
        if error is not None:
            raise error
    return _summary(state, crawler.stats.get_value("finish_reason") if crawler.stats else None)


def _summary(state: CrawlState, reason: str | None) -> CrawlSummary:
    """How the crawl ended, `reason` being Scrapy's. Raises what kept it from being stored, or from reading a page."""
    if state.owners is None:
        raise CrawlError("the crawl did not start; run it again with --verbose to see why")
    if state.error is not None:
        raise state.error
    limited, interrupted = reason == "page_limit", reason not in {"finished", "page_limit"}
    crawls = state.owners.crawls
    resumed = any(crawl.resumed for crawl in crawls)
    failed = [] if state.listed else _failed_starts(state)
    if not interrupted and state.counts["pages"] == 0 and not resumed:
        # Without a failure of its own, a start URL was redirected: in a circle, or to a file that is no page.
        circles = (
            f"{state.start_urls[0]}: It redirects, but to no page. Open it in a browser and start from where you land."
        )
        raise CrawlError("\n".join(_failed_starts(state)) or circles)
    unread = (
        ()
        if interrupted or state.listed
        else tuple(crawl for crawl in crawls if not crawl.resumed and not state.owners.counts[crawl.crawl_id]["pages"])
    )
    return CrawlSummary(
        crawls,
        resumed,
        interrupted,
        state.guard.opened,
        limited,
        dict(state.counts),
        list(state.refusals.values()),
        failed,
        unread,
        dict(state.sitemaps_unread),
        dict(state.moved),
        [(crawl.site.name, fall) for crawl in crawls if (fall := state.falls.get(crawl.crawl_id))],
    )


def _failed_starts(state: CrawlState) -> list[str]:
    lines = [
        f"{url}: {refusal + '.' if (refusal := state.refusals.get(site_of(url))) else advice(code)}"
        for url, code in islice(state.failures.items(), MAX_FAILURES)
    ]
    if len(state.failures) > MAX_FAILURES:
        lines.append(f"... and {len(state.failures) - MAX_FAILURES} more")
    return lines
