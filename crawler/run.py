"""One crawl, from start URLs to rows, in a process that has not run one before (Twisted's reactor runs once)."""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from scrapy.crawler import AsyncCrawlerProcess

from core.errors import CrawlError
from core.identity.urls import site_of
from crawler.failures import advice
from crawler.middlewares.auth import check_auth_origin
from crawler.middlewares.render.chromium import launch_options
from crawler.pipeline import StorePipeline
from crawler.reader import Reader
from crawler.settings import scrapy_settings
from crawler.spider import SiteSpider
from rules.options import RuleOptions
from store.address import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapy.crawler import Crawler

    from crawler.options import CrawlOptions
    from crawler.ownership import SiteCrawl
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
    progress: Callable[[int, int], None] | None = None,
) -> CrawlSummary:
    """Crawl a site, or the pages of a list, into the store.

    The start URLs are of one site: of the one called `site` if that is given, else of the one that has their hosts.
    Of a list each host is its own site, unless `site` is given.

    `listed`: the seeds come from a file, not from the operator, so they open no network and are sent no credentials.
    `progress` is called with (pages read, pages known). The first Ctrl-C lets requests under way finish and
    returns with `interrupted` set; a second one gives up on them. Raises UsageError when pages should be rendered
    and no browser starts, or credentials have no origin to go to, CrawlError when no page could be read, and whatever
    the store raised when it failed.
    """
    check_auth_origin(options, listed=listed)
    settings = scrapy_settings(options, database, fresh=fresh) | {"LOG_INSTALL_ROOT_HANDLER": False}
    if options.render:
        settings["PLAYWRIGHT_LAUNCH_OPTIONS"] = launch_options(options.chromium)
    parse_url(database)  # the reader could not say what is wrong with it
    reader = Reader(database, rules)  # first: it takes as long to start as Scrapy does
    process = _Process(settings)
    if logging.getLogger().level > logging.INFO:
        # Scrapy has just set it to DEBUG. What goes wrong with a page is counted, with a reason, in our summary.
        logging.getLogger("scrapy").setLevel(logging.CRITICAL)
    crawler = process.create_crawler(SiteSpider)
    task = process.crawl(
        crawler,
        seeds=list(seeds),
        options=options,
        rules=rules,
        reader=reader,
        progress=progress,
        listed=listed,
        site_name=site,
    )
    previous = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        process.start()
    finally:
        pipeline = _pipeline(crawler)
        if pipeline is not None:
            pipeline.end()
        reader.close()
        # Twisted leaves its own handlers behind, which would swallow a Ctrl-C of the next stage.
        signal.signal(signal.SIGINT, previous[0])
        signal.signal(signal.SIGTERM, previous[1])
    if task.done() and not task.cancelled():
        error = task.exception()
        if error is not None:
            raise error
    spider = crawler.spider
    assert isinstance(spider, SiteSpider)
    if pipeline is None or pipeline.owners is None:
        raise CrawlError("the crawl did not start; run it again with --verbose to see why")
    if pipeline.error is not None:
        raise pipeline.error
    reason = crawler.stats.get_value("finish_reason")
    limited, interrupted = reason == "page_limit", reason not in {"finished", "page_limit"}
    crawls = pipeline.owners.crawls
    resumed = any(crawl.resumed for crawl in crawls)
    if not interrupted and spider.counts["pages"] == 0 and not resumed:
        raise CrawlError(_nothing_read(spider))
    return CrawlSummary(
        crawls,
        resumed,
        interrupted,
        spider.guard.opened,
        limited,
        dict(spider.counts),
        list(spider.refusals.values()),
    )


def _pipeline(crawler: Crawler) -> StorePipeline | None:
    """The crawl's pipeline; None when the crawl ended before it had one."""
    try:
        return crawler.get_item_pipeline(StorePipeline)
    except RuntimeError:  # Scrapy's, before there is an engine
        return None


def _nothing_read(spider: SiteSpider) -> str:
    lines = [
        f"{url}: {refusal + '.' if (refusal := spider.refusals.get(site_of(url))) else advice(code)}"
        for url, code in islice(spider.failures.items(), MAX_FAILURES)
    ]
    if len(spider.failures) > MAX_FAILURES:
        lines.append(f"... and {len(spider.failures) - MAX_FAILURES} more")
    # Without a failure of its own, a start URL was redirected: in a circle, or to a file that is no page.
    return "\n".join(lines) or (
        f"{spider.seeds[0]}: It redirects, but to no page. Open it in a browser and start from where you land."
    )
