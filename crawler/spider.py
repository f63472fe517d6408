"""The spider: says what becomes of each answer. The parser reads pages, the pipeline stores them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse, Response

from core.errors import CrawlError
from core.identity.urls import page_url, site_of
from core.records import PageFailed
from crawler.downloader import HostDownloader, StoppedError
from crawler.failures import code_of
from crawler.items import PageFetched, UnchangedPages
from crawler.middlewares.address_guard import RefusedError
from crawler.middlewares.certificates import UntrustedError
from crawler.middlewares.robots import RobotsMiddleware, redirect_target
from crawler.page.directives import IMAGE_USE, product_token
from crawler.page_requests import PageRequests
from crawler.reader_version import fingerprint
from crawler.recrawl import unchanged_pages
from crawler.revalidate import page_version
from crawler.sitemap_requests import Sitemaps
from crawler.state import CrawlState
from crawler.walls import (
    MAX_WALL_BYTES,
    MAX_WALL_LINKS,
    MAX_WALL_PLACES,
    REFUSING,
    is_challenge,
    says_challenge,
    shows_challenge,
)
from store.crawls import GONE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

    from crawler.items import PageLinks

MAX_SELF_REDIRECTS = 3  # a page that sets a cookie and sends the visitor to itself
MAX_REDIRECTS = 10  # one after another
MAX_REFUSALS = 20  # hosts whose refusal is told in full


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _headers(response: Response) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    ]


def _challenged(response: Response) -> bool:
    """Whether an answer that is no page stands in front of one. A 202 with a script does."""
    if response.status == 202 and b"<script" in response.body[:MAX_WALL_BYTES].lower():
        return True
    return response.status in {202, *REFUSING} and is_challenge(_headers(response), response.body)


class SiteSpider(Spider):
    """Reads the pages of one site, found through links and sitemaps."""

    name = "site"

    def __init__(self, crawl_state: CrawlState, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawl_state = state = crawl_state  # Scrapy has a `state` of its own
        self._options, self._counts, self._frontier = state.options, state.counts, state.frontier
        self._token = product_token(state.options.user_agent)
        self._fingerprint = fingerprint(state.rules)
        self._starts = set(state.start_urls)  # a list may hold very many
        self._requests = PageRequests(state, self.parse, self.page_failed)
        self._sitemaps = Sitemaps(state, self._requests.listed)

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *args: Any, url: str = "", crawl_state: CrawlState | None = None, **kwargs: Any
    ) -> Self:
        """Make the spider; for `scrapy crawl site -a url=...`, with a state of its own."""
        if crawl_state is None:
            settings = crawler.settings
            fresh = settings.getbool("ALT_AUDIT_FRESH")
            crawl_state = CrawlState(url.split(), settings["ALT_AUDIT_DATABASE"], fresh=fresh)
        return super().from_crawler(crawler, *args, crawl_state=crawl_state, **kwargs)

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
            for result in self._redirected(response, queued_url, depth):
                yield result
        elif response.status >= 400 or response.status in {202, 304}:  # Scrapy's requests are not conditional
            why = "challenge" if _challenged(response) else f"http_{response.status}"
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
        version = page_version(
            _header(response, "ETag"),
            _header(response, "Last-Modified"),
            content=("\n".join((content_type or "", *tags)), response.body),
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
            for item in self._requests.take_up(unchanged.queued):
                yield item
            return
        self._counts["pages"] += 1  # before it is read, so that a limit holds for pages that are being read
        try:
            page = await self.crawl_state.reader.read(url, response.body, content_type, tags, self._token)
        except CrawlError:
            raise CloseSpider("reader_killed") from None
        except Exception:
            self.logger.exception("cannot read %s", url)
            self._counts["pages"] -= 1
            for result in self._failed(url, depth, "unreadable", response.status):
                yield result
            return
        if self._is_wall(response, url, page):
            self._counts["pages"] -= 1
            for result in self._failed(url, depth, "challenge", response.status):
                yield result
            return
        self._counts.update(f"pages_cut/{reason}" for reason in page.cut)
        self._counts.update(f"skipped/{kind}" for kind in page.unfollowed)
        if page.built_by_script and not flags:
            self._counts["marked/built_by_script"] += 1
        self._counts.update(f"marked/{directive}" for directive in page.robots if directive in IMAGE_USE)
        new = self._requests.links.followed(page, depth)
        yield PageFetched(url, depth, response.status, new, version)
        self.crawl_state.tell()
        for item in self._requests.take_up(new):
            yield item

    def _is_wall(self, response: Response, url: str, page: PageLinks) -> bool:
        """Whether what came as a page is a challenge. What leads on to the site's pages is none."""
        if page.images > MAX_WALL_PLACES:
            return False
        path = url.partition("?")[0]
        inside = 0
        for link in page.links:
            inside += not (link.startswith(path) or self.crawl_state.scope.offsite(link))
            if inside > MAX_WALL_LINKS:
                return False
        return says_challenge(_headers(response)) or shows_challenge(response.body)

    def _redirected(self, response: Response, url: str, depth: int) -> Iterator[Any]:
        """Redirects are links like others: so each target is fetched once, and never off the site."""
        target = redirect_target(response)
        hops = response.meta.get("hops", 0) + 1
        if target is None:
            yield from self._failed(url, depth, "bad_redirect", response.status)
            return
        target = page_url(target)
        if target == url:
            again = response.meta["self_redirects"] + 1
            if again > MAX_SELF_REDIRECTS:
                yield from self._failed(url, depth, "redirect_loop", response.status)
            else:
                self._frontier.again()
                yield self._requests.request(url, depth, again)
            return
        if hops > MAX_REDIRECTS:
            yield from self._failed(url, depth, "too_many_redirects", response.status)
            return
        if url in self._starts:
            self.crawl_state.scope.adopt(target)
            self._starts.add(target)  # its own failure is a start URL's failure
        new = tuple((link, depth) for link in self._requests.links.new([target], depth))
        self._counts["skipped/redirect"] += 1
        yield PageFailed(url, depth, "redirect", response.status, new, skipped=True)
        yield from self._requests.take_up(new, hops=hops)

    async def page_failed(self, failure: Failure) -> AsyncIterator[Any]:
        if isinstance(failure.value, StoppedError):
            return  # it stays in the frontier
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        code = code_of(failure.value)
        if isinstance(failure.value, (RefusedError, UntrustedError)) and len(self.crawl_state.refusals) < MAX_REFUSALS:
            self.crawl_state.refusals.setdefault(site_of(request.url), str(failure.value))
        for item in self._failed(request.cb_kwargs["queued_url"], request.meta["depth_of_page"], code):
            yield item
        self._frontier.ended()
        async for item in self._requests.refill():
            yield item

    def _failed(self, url: str, depth: int, code: str, status: int | None = None) -> Iterator[Any]:
        """Note a page that cannot be read. Unless it is gone, it still leads to where it led when it was read last."""
        if url in self._starts:
            self.crawl_state.failures[url] = code
        skipped = code in {"robots", "robots_unreachable", "not_html"}
        self._counts[f"{'skipped' if skipped else 'failed'}/{code}"] += 1
        self.crawl_state.tell()
        new: tuple[tuple[str, int], ...] = ()
        if code not in GONE:
            new = self._requests.links.followed(self.crawl_state.storage.links_before(url), depth)
        yield PageFailed(url, depth, code, status, new, skipped)
        yield from self._requests.take_up(new)
