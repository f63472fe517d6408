"""The spider: says what becomes of each answer. The parser reads pages, the pipeline stores them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse, Response

from core.errors import CrawlError
from core.identity.urls import site_of
from core.records import PageFailed
from crawler.downloader import HostDownloader, StoppedError
from crawler.failures import code_of
from crawler.items import PageFetched, UnchangedPages
from crawler.middlewares.address_guard import RefusedError
from crawler.middlewares.certificates import UntrustedError
from crawler.middlewares.robots import RobotsMiddleware
from crawler.page.directives import IMAGE_USE, product_token
from crawler.page_requests import PageRequests
from crawler.proof import Proof
from crawler.reader_version import fingerprint
from crawler.recrawl import unchanged_pages
from crawler.redirects import LOGIN_FORM, NO_FAILURE, Redirects
from crawler.revalidate import page_version
from crawler.sitemap_requests import Sitemaps
from crawler.stand_ins import Answered, StandIns, is_challenged
from crawler.state import CrawlState
from crawler.style_sheets import StyleSheets
from crawler.walls import login_page
from store.crawls import GONE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

    from crawler.redirects import Moved

MAX_REFUSALS = 20  # hosts whose refusal is told in full


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


class SiteSpider(Spider):
    """Reads the pages of one site, found through links and sitemaps."""

    name = "site"

    def __init__(self, crawl_state: CrawlState, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawl_state = state = crawl_state  # Scrapy has a `state` of its own
        self._options, self._counts, self._frontier = state.options, state.counts, state.frontier
        self._token = product_token(state.options.user_agent)
        self._fingerprint = fingerprint(state.rules)
        self._requests = PageRequests(state, self.parse, self.page_failed)
        self._stand_ins = StandIns(state)
        self._proof = Proof(state, self._failed)
        self._redirects = state.redirects = Redirects(
            state, self._requests, self._failed, through_gate=self.through_gate, gate_failed=self.gate_failed
        )
        self._requests.ended = self._redirects.ended
        self._sitemaps = Sitemaps(state, self._requests.listed)
        self._sheets = StyleSheets(state, self._download)

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *args: Any, url: str = "", crawl_state: CrawlState | None = None, **kwargs: Any
    ) -> Self:
        """Make the spider; for `scrapy crawl site -a url=...`, with a state of its own."""
        if crawl_state is None:
            settings = crawler.settings
            fresh = settings.getbool("ALT_AUDIT_FRESH")
            crawl_state = CrawlState(url.split(), settings["ALT_AUDIT_DATABASE"], fresh=fresh)
        spider = super().from_crawler(crawler, *args, crawl_state=crawl_state, **kwargs)
        crawler.signals.connect(spider.nothing_left, signal=signals.spider_idle)
        return spider

    def nothing_left(self) -> None:
        """All that was met is done with."""
        if self.crawler.engine is not None and not self.crawl_state.limit_reached():
            self._proof.ask(self.crawler.engine)

    async def start(self) -> AsyncIterator[Any]:
        limited = self._options.limit_pages is not None or self._options.max_depth is not None
        if self.crawl_state.known_pages and not limited:
            self._requests.unchanged = await unchanged_pages(
                self.crawl_state, self.settings, self.robots, self._least_delay_s
            )
        async for item in self._requests.refill():
            if isinstance(item, UnchangedPages):
                # Yielded from here, it would not wake Scrapy when it is stored: that looks every 5 s if all is done.
                await self.crawl_state.storage.add(item)
            else:
                yield item
        if self._options.sitemaps:
            for origin in dict.fromkeys(urljoin(seed, "/") for seed in self.crawl_state.start_urls):
                for request in await self._sitemaps.named_by_robots(self.robots, origin):
                    yield request

    async def _download(self, request: Request) -> Response:
        assert self.crawler.engine is not None
        return await self.crawler.engine.download_async(request)

    @property
    def robots(self) -> RobotsMiddleware:
        """What knows the robots.txt files, once the crawl has begun."""
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        assert robots is not None
        return robots

    def _least_delay_s(self, host: str) -> float:
        """Seconds between two requests to a host, as we or its robots.txt want it."""
        engine = self.crawler.engine
        asked = engine.downloader.least_delay_s(host) if engine and isinstance(engine.downloader, HostDownloader) else 0
        return max(self._options.delay_s, asked)

    async def parse(self, response: Response, queued_url: str) -> AsyncIterator[Any]:
        if self.crawl_state.limit_reached():
            return
        try:
            async for result in self._results(response, queued_url, response.meta["depth_of_page"]):
                yield result
        finally:
            self._frontier.ended()
        if self.crawl_state.limit_reached():
            self.stop_asking()
            raise CloseSpider("page_limit")
        async for item in self._requests.refill():
            yield item

    async def _results(self, response: Response, queued_url: str, depth: int) -> AsyncIterator[Any]:
        if 300 <= response.status < 400 and response.status != 304:
            for result in self._redirects.redirected(response, queued_url, depth):
                yield result
        elif response.status >= 400 or response.status in {202, 304}:  # Scrapy's requests are not conditional
            why = "challenge" if is_challenged(response) else f"http_{response.status}"
            for result in self._failed(queued_url, depth, why, response.status):
                yield result
        elif not isinstance(response, HtmlResponse):
            for result in self._failed(queued_url, depth, "not_html", response.status):
                yield result
        else:
            async for result in self._read(response, queued_url, depth):
                yield result

    def stop_asking(self) -> None:
        """Send no further request; those under way are waited for."""
        engine = self.crawler.engine
        if engine is not None and isinstance(engine.downloader, HostDownloader):
            engine.downloader.stop()

    async def _read(self, response: HtmlResponse, url: str, depth: int) -> AsyncIterator[Any]:
        content_type = _header(response, "Content-Type")
        tags = [tag.decode("latin-1") for tag in response.headers.getlist("X-Robots-Tag")]
        refresh = _header(response, "Refresh")
        link = b", ".join(response.headers.getlist("Link")).decode("latin-1") or None
        referrer = b", ".join(response.headers.getlist("Referrer-Policy")).decode("latin-1") or None
        told = (content_type or "", *tags, *(header for header in (refresh, link, referrer) if header))
        version = page_version(
            _header(response, "ETag"),
            _header(response, "Last-Modified"),
            content=("\n".join(told), response.body),
            reader=self._fingerprint,
        )
        flags = [flag for flag in response.flags if flag.startswith("render")]
        self._counts.update(flags)
        if flags:
            version = replace(version, etag=None, last_modified=None)
        before = self.crawl_state.known_pages.pop(url, None)
        if before is not None and before.body_sha256 == version.body_sha256:
            unchanged = self._requests.unchanged_page(before, depth, version)
            yield unchanged
            for item in self._redirects.ended(url, LOGIN_FORM if login_page(response.body) is not None else None):
                yield item
            for item in self._requests.take_up(unchanged.queued):
                yield item
            return
        self._counts["pages"] += 1  # before it is read, so that a limit holds for pages that are being read
        try:
            if not await self._sheets.ready(url, response.body):
                # Read again by the next crawl, which may find what this one had to do without.
                version = replace(version, etag=None, last_modified=None, body_sha256=None)
            page = await self.crawl_state.reader.read(
                url, response.body, content_type, tags, self._token, refresh, link, referrer
            )
        except CrawlError:
            raise CloseSpider("reader_killed") from None
        except Exception:
            self.logger.exception("cannot read %s", url)
            self._counts["pages"] -= 1
            for result in self._failed(url, depth, "unreadable", response.status):
                yield result
            return
        answer = Answered(url, depth)
        none_of = self._stand_ins.none_of(answer, response, page)
        for other, code in none_of.items():
            self._take_back(other, counted=other != answer)
            for result in self._failed(other.url, other.depth, code, response.status):
                yield result
        if answer in none_of:
            return
        self._counts.update(f"pages_cut/{reason}" for reason in page.cut)
        self._counts.update(f"skipped/{kind}" for kind in page.unfollowed)
        if page.built_by_script and not flags:
            self._counts["marked/built_by_script"] += 1
        self._counts.update(f"marked/{directive}" for directive in page.robots if directive in IMAGE_USE)
        if page.canonical is not None:
            self.crawl_state.scope.traps.vary(url, page.canonical, page.title)
        new = self._requests.links.followed(page, depth)
        yield PageFetched(url, depth, response.status, new, version)
        self.crawl_state.tell()
        for item in self._redirects.ended(url, LOGIN_FORM if page.login is not None else None):
            yield item
        for item in self._requests.take_up(new):
            yield item

    def _take_back(self, page: Answered, *, counted: bool) -> None:
        """Count a page as not read after all; `counted`: for its site, too."""
        self._counts["pages"] -= 1
        owners = self.crawl_state.owners
        if counted and owners is not None:
            owners.counts[owners.of(page.url).crawl_id]["pages"] -= 1

    async def through_gate(self, response: Response, page: Moved, target: str) -> AsyncIterator[Any]:
        """A page led to another host, which sends the visitor back, or is where the site has moved to."""
        try:
            if 300 <= response.status < 400:
                for result in self._redirects.gate(response, page):
                    yield result
            elif not self._redirects.adopts(page, target):
                for result in self._redirects.not_adopted(page, target, response.status):
                    yield result
            else:
                # Another page may have led there before, when it was off the site and so not asked for.
                is_new = self.crawl_state.scope.offsite(target)
                for result in self._redirects.adopt(page, target):
                    yield result
                if self.crawl_state.met.add(target) or is_new:
                    self.crawl_state.pages_known += 1
                    async for result in self._results(response, target, page.depth):
                        yield result
        finally:
            self._frontier.ended()
        async for item in self._requests.refill():
            yield item

    async def gate_failed(self, failure: Failure) -> AsyncIterator[Any]:
        """What a page led to on another host cannot be had."""
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        page: Moved = request.cb_kwargs["page"]
        async for item in self._not_had(failure, page.url, page.depth):
            yield item

    async def page_failed(self, failure: Failure) -> AsyncIterator[Any]:
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        async for item in self._not_had(failure, request.cb_kwargs["queued_url"], request.meta["depth_of_page"]):
            yield item

    async def _not_had(self, failure: Failure, url: str, depth: int) -> AsyncIterator[Any]:
        if isinstance(failure.value, StoppedError):
            return  # it stays in the frontier
        asked = failure.request.url  # type: ignore[attr-defined]  # set by Scrapy
        if isinstance(failure.value, (RefusedError, UntrustedError)) and len(self.crawl_state.refusals) < MAX_REFUSALS:
            self.crawl_state.refusals.setdefault(site_of(asked), str(failure.value))
        for item in self._failed(url, depth, code_of(failure.value)):
            yield item
        self._frontier.ended()
        async for item in self._requests.refill():
            yield item

    def _failed(self, url: str, depth: int, code: str, status: int | None = None) -> Iterator[Any]:
        """Note a page that cannot be read. Unless it is gone, it still leads to where it led when it was read last."""
        if url in self.crawl_state.starts:
            self.crawl_state.failures[url] = code
        skipped = code in NO_FAILURE
        self._counts[f"{'skipped' if skipped else 'failed'}/{code}"] += 1
        self.crawl_state.tell()
        new: tuple[tuple[str, int], ...] = ()
        if code not in GONE:
            new = self._requests.links.followed(self.crawl_state.storage.links_before(url), depth)
        yield PageFailed(url, depth, code, status, new, skipped)
        yield from self._redirects.ended(url, code, status)
        yield from self._requests.take_up(new)
