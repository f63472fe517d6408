"""The spider: chooses URLs. The parser reads pages, the pipeline stores them."""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import ACCEPTED_ENCODINGS
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse, Response

from core.errors import CrawlError, UsageError
from core.identity.urls import page_url, site_of
from core.net.address_guard import AddressGuard
from core.records import PageState, PageVisit
from crawler.downloader import HostDownloader, StoppedError
from crawler.failures import code_of
from crawler.middlewares.address_guard import RefusedError
from crawler.middlewares.auth import Credentials
from crawler.middlewares.certificates import UntrustedError
from crawler.middlewares.robots import RobotsMiddleware, redirect_target
from crawler.options import CrawlOptions
from crawler.page.directives import IMAGE_USE, may_follow, product_token
from crawler.reader_version import fingerprint
from crawler.revalidate import Client, Revalidation, Visits, page_version
from crawler.sitemap_requests import Links, Sitemaps
from crawler.urls.address_set import AddressSet
from crawler.urls.scope import Scope
from crawler.urls.start_urls import seed_urls
from crawler.urls.traps import without_session
from rules.options import RuleOptions
from store.crawls import GONE
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

    from twisted.python.failure import Failure

    from core.records import PageVersion
    from crawler.frontier import Frontier
    from crawler.reader import Reader
    from store.crawls import KnownPage

MAX_SELF_REDIRECTS = 3  # a page that sets a cookie and sends the visitor to itself
MAX_REDIRECTS = 10  # one after another
MAX_REFUSALS = 20  # hosts whose refusal is told in full
MAX_UNCHANGED = 200  # pages that are handed to the store at once


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


class SiteSpider(Spider):
    """Reads the pages of one site, found through links and sitemaps."""

    name = "site"

    def __init__(
        self,
        url: str | None = None,
        *,
        seeds: Iterable[str] = (),
        options: CrawlOptions | None = None,
        rules: RuleOptions | None = None,
        reader: Reader | None = None,
        progress: Callable[[int, int], None] | None = None,
        listed: bool = False,
        site_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.seeds = seed_urls([*seeds, *(url.split() if url else ())])
        if not self.seeds:
            raise UsageError("no start URL: give one with -a url=https://HOST/")
        self.options = options or CrawlOptions()
        self.rules = rules or RuleOptions()
        self._token = product_token(self.options.user_agent)
        self._fingerprint = fingerprint(self.rules)
        self.listed, self.site_name = listed, site_name
        self.scope = Scope(self.seeds, self.options)
        # What a file names, the operator has not named: the file may be the site's own sitemap.
        own = () if listed else self.seeds
        self.guard = AddressGuard(self.options.allow_private, own)
        self.credentials = Credentials(self.options.auth, self.options.auth_origin or own)
        self.counts: Counter[str] = Counter()  # pages read, failed and left out, by reason
        self.failures: dict[str, str] = {}  # start URL -> code
        self.refusals: dict[str, str] = {}  # host[:port] -> why it is not connected to, and what would change it
        self.reader = reader  # without one, the pipeline starts it
        self._progress = progress
        self._starts = set(self.seeds)  # a list may hold very many
        self._met = AddressSet(self.seeds)  # every link once looked at, followed or not
        self._unfollowed = AddressSet()  # links that were met on nofollow pages
        self.sitemaps = Sitemaps(self.scope, self.counts, self._met, self._listed)
        self._known = 0  # pages read, failed or still to come
        # These come from the pipeline, when it has opened the store.
        self.keep: Callable[[Visits], Awaitable[object]]
        self.frontier: Frontier
        self._pages_before: dict[str, KnownPage] = {}  # read by an earlier crawl, not met by this one yet
        self._unchanged: dict[str, PageVersion] = {}  # of these, not to be read again
        self.links_before: Callable[[str], tuple[Sequence[str], Sequence[str]]] = lambda _: ((), ())

    def resume(self, met: Iterable[str], known: Iterable[KnownPage] = ()) -> None:
        """Take over what a crawl has met, and what earlier crawls know of the rest."""
        for url in met:
            self.scope.admit([url])
            self._met.add(url)
        self._pages_before.update((page.url, page) for page in known)

    async def start(self) -> AsyncIterator[Any]:
        self._known = self.frontier.waiting
        limited = self.options.limit_pages is not None or self.options.max_depth is not None
        if self._pages_before and not limited:
            await self._revalidate()
        async for item in self._refill():
            if isinstance(item, Visits):
                # Yielded from here, it would not wake Scrapy when it is stored: that looks every 5 s if all is done.
                await self.keep(item)
            else:
                yield item
        if self.options.sitemaps:
            for origin in dict.fromkeys(urljoin(seed, "/") for seed in self.seeds):
                for request in await self.sitemaps.named_by_robots(self.robots, origin):
                    yield request

    @property
    def robots(self) -> RobotsMiddleware:
        """What knows the robots.txt files, once the crawl has begun."""
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        assert robots is not None
        return robots

    async def _revalidate(self) -> None:
        """Find out which pages need not be read again; it is the spider's links that decide which are met again."""
        # As Scrapy asks, or the server would answer for another variant of the page.
        headers = dict(self.settings["DEFAULT_REQUEST_HEADERS"]) | {
            "User-Agent": self.options.user_agent,
            "Accept-Encoding": b", ".join(ACCEPTED_ENCODINGS).decode(),
        }
        client = Client(
            lambda url: headers | self.credentials.headers_for(url),
            self.robots.allows,
            self._least_delay_s,
            self.guard,
            verify_certificates=self.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"),
        )
        revalidation = Revalidation(self.options, client)
        # A rendered page is made by scripts, of data that its validators do not speak of.
        rendered = [re.compile(pattern) for pattern in self.options.render]
        await revalidation.run(
            [
                page
                for page in self._pages_before.values()
                if self.scope.outside(page.url, page.depth) is None
                and not any(pattern.search(page.url) for pattern in rendered)
            ]
        )
        self._unchanged = revalidation.unchanged
        self.counts.update(revalidation.counts)

    def _least_delay_s(self, host: str) -> float:
        """Seconds between two requests to a host, as we or its robots.txt want it."""
        engine = self.crawler.engine
        asked = engine.downloader.least_delay_s(host) if engine and isinstance(engine.downloader, HostDownloader) else 0
        return max(self.options.delay_s, asked)

    def _take_up(self, links: Iterable[tuple[str, int]], *, hops: int = 0) -> Iterator[Any]:
        """Requests for the new pages that there is room for; the others wait in the store.

        One that is unchanged is done with at once, and what it links to is taken up.
        """
        waiting = deque(links)
        done: list[PageVisit] = []
        while waiting:
            url, depth = waiting.popleft()
            version = self._unchanged.pop(url, None)
            if version is None:
                if self.frontier.take(url):
                    yield self._page_request(url, depth, hops=hops)
                continue
            visit = self._unchanged_visit(self._pages_before.pop(url), depth, version)
            waiting.extend(visit.queued)
            done.append(visit)
            if len(done) == MAX_UNCHANGED:
                yield Visits(tuple(done))
                done.clear()
        if done:
            yield Visits(tuple(done))

    async def _refill(self) -> AsyncIterator[Any]:
        """What is to be done with pages that waited in the store, when few are left in memory."""
        while not self._limit_reached() and (links := await self.frontier.more()):
            unchanged = []
            for url, depth in links:
                if url in self._unchanged:
                    self.frontier.ended()
                    unchanged.append((url, depth))
                else:
                    yield self._page_request(url, depth)
            for item in self._take_up(unchanged):
                yield item

    def _unchanged_visit(self, page: KnownPage, depth: int, version: PageVersion) -> PageVisit:
        self.counts["pages"] += 1
        self.counts["unchanged"] += 1
        new = self._followed(page.links, page.robots, depth)
        self._tell()
        return PageVisit(page.url, depth, PageState.FETCHED, queued=new, unchanged=True, version=version)

    def _page_request(self, url: str, depth: int, self_redirects: int = 0, hops: int = 0) -> Request:
        return Request(
            url,
            callback=self.parse,
            errback=self.page_failed,
            # `_met` does what the duplicate filter would do, before a request object is made.
            dont_filter=True,
            priority=-depth,  # breadth first, so that a limit cuts the far pages
            meta={"depth_of_page": depth, "self_redirects": self_redirects, "hops": hops},
            cb_kwargs={"queued_url": url},
        )

    # Pages

    async def parse(self, response: Response, queued_url: str) -> AsyncIterator[Any]:
        if self._limit_reached():
            return
        try:
            async for result in self._results(response, queued_url, response.meta["depth_of_page"]):
                yield result
        finally:
            self.frontier.ended()
        if self._limit_reached():
            self.stop_asking()
            raise CloseSpider("page_limit")
        async for item in self._refill():
            yield item

    async def _results(self, response: Response, queued_url: str, depth: int) -> AsyncIterator[Any]:
        if 300 <= response.status < 400 and response.status != 304:
            for result in self._redirected(response, queued_url, depth):
                yield result
        elif response.status >= 400 or response.status == 304:  # Scrapy's requests are not conditional
            for result in self._failed(queued_url, depth, f"http_{response.status}", response.status):
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

    def _limit_reached(self) -> bool:
        limit = self.options.limit_pages
        return limit is not None and self.counts["pages"] >= limit

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
        self.counts.update(flags)
        if flags:
            version = replace(version, etag=None, last_modified=None)
        before = self._pages_before.pop(url, None)
        if before is not None and before.body_sha256 == version.body_sha256:
            visit = self._unchanged_visit(before, depth, version)
            yield visit
            for item in self._take_up(visit.queued):
                yield item
            return
        self.counts["pages"] += 1  # before it is read, so that a limit holds for pages that are being read
        try:
            assert self.reader is not None
            page = await self.reader.read(url, response.body, content_type, tags, self._token)
        except CrawlError:
            raise CloseSpider("reader_killed") from None
        except Exception:
            self.logger.exception("cannot read %s", url)
            self.counts["pages"] -= 1
            for result in self._failed(url, depth, "unreadable", response.status):
                yield result
            return
        self.counts.update(f"pages_cut/{reason}" for reason in page.cut)
        self.counts.update(f"marked/{directive}" for directive in page.robots if directive in IMAGE_USE)
        new = self._followed(page.links, page.robots, depth)
        yield PageVisit(url, depth, PageState.FETCHED, status=response.status, queued=new, version=version)
        self._tell()
        for item in self._take_up(new):
            yield item

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
                self.frontier.again()
                yield self._page_request(url, depth, again)
            return
        if hops > MAX_REDIRECTS:
            yield from self._failed(url, depth, "too_many_redirects", response.status)
            return
        if url in self._starts:
            self.scope.adopt(target)
            self._starts.add(target)  # its own failure is a start URL's failure
        new = tuple((link, depth) for link in self._new_links([target], depth))
        self.counts["skipped/redirect"] += 1
        yield PageVisit(url, depth, PageState.SKIPPED, "redirect", response.status, queued=new)
        yield from self._take_up(new, hops=hops)

    async def page_failed(self, failure: Failure) -> AsyncIterator[Any]:
        if isinstance(failure.value, StoppedError):
            return  # it stays in the frontier
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        code = code_of(failure.value)
        if isinstance(failure.value, (RefusedError, UntrustedError)) and len(self.refusals) < MAX_REFUSALS:
            self.refusals.setdefault(site_of(request.url), str(failure.value))
        for item in self._failed(request.cb_kwargs["queued_url"], request.meta["depth_of_page"], code):
            yield item
        self.frontier.ended()
        async for item in self._refill():
            yield item

    def _failed(self, url: str, depth: int, code: str, status: int | None = None) -> Iterator[Any]:
        """Note a page that cannot be read. Unless it is gone, it still leads to where it led when it was read last."""
        if url in self._starts:
            self.failures[url] = code
        skipped = code in {"robots", "robots_unreachable", "not_html"}
        self.counts[f"{'skipped' if skipped else 'failed'}/{code}"] += 1
        self._tell()
        new = self._followed(*self.links_before(url), depth) if code not in GONE else ()
        yield PageVisit(url, depth, PageState.SKIPPED if skipped else PageState.FAILED, code, status, queued=new)
        yield from self._take_up(new)

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self.counts["pages"], min(self._known, self.options.limit_pages or self._known))

    def _new_links(self, links: Iterable[str], depth: int, *, named: bool = False) -> list[str]:
        new = []
        for link in map(without_session, links):
            if not self._met.add(link):
                continue
            if link in self._unfollowed:
                self.counts["skipped/nofollow"] -= 1
            reason = self.scope.refusal(link, depth, named=named)
            if reason is None:
                new.append(link)
            else:
                self.counts[f"skipped/{reason}"] += 1
        self._known += len(new)
        return new

    def _followed(self, links: Sequence[str], robots: Sequence[str], depth: int) -> tuple[tuple[str, int], ...]:
        """(URL, depth) of the new links on a page, which may ask not to follow them."""
        if self.options.obey_robots and not may_follow(robots):
            self._leave_unfollowed(links)
            return ()
        return tuple((link, depth + 1) for link in self._new_links(links, depth + 1))

    async def _listed(self, links: Iterable[str]) -> AsyncIterator[Any]:
        """Take up pages that a sitemap names: each some are stored before the next are looked at."""
        for some in pieces(links):
            new = tuple((link, 1) for link in self._new_links(some, 1, named=True))
            if new:
                yield Links(new)
            for item in self._take_up(new):
                yield item
        async for item in self._refill():
            yield item

    def _leave_unfollowed(self, links: Iterable[str]) -> None:
        """Count links that a page asks not to follow, until another page leads there."""
        for link in map(without_session, links):
            if not self.scope.offsite(link) and link not in self._met and self._unfollowed.add(link):
                self.counts["skipped/nofollow"] += 1
