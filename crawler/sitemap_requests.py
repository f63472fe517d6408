"""Asking for the sitemaps of a site: those that robots.txt names, and those that they name in turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request

from core.identity.urls import absolute, site_of
from crawler.downloader import StoppedError
from crawler.failures import code_of
from crawler.inputs.sitemaps import MAX_SITEMAP_BYTES, SitemapError, Trouble, sitemap_parts
from crawler.middlewares.robots import redirect_target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.middlewares.robots import RobotsMiddleware
    from crawler.state import CrawlState

MAX_SITEMAPS = 10_000
MAX_SITEMAP_IMAGES = 500_000
MAX_OTHER_HOSTS = 20  # that sitemaps are fetched from
MAX_REDIRECTS = 10
MAX_UNREAD = 20  # sitemaps of which it is kept why they are not read
_IS_NONE = {404, 410}


class Sitemaps:
    """Asks for each sitemap once, and hands the pages that it names to `take_up`.

    A sitemap may lie on another host when the site itself leads there, by its robots.txt or by a redirect: so the
    protocol has it prove that it is the site's. What an index on another host names has to lie there, too.
    """

    def __init__(self, state: CrawlState, take_up: Callable[[Iterable[str]], AsyncIterator[Any]]) -> None:
        self._scope, self._counts, self._met, self._images = state.scope, state.counts, state.met, state.sitemap_images
        self._unread = state.sitemaps_unread
        self._take_up = take_up
        self._asked = 0
        self._other_hosts: set[str] = set()
        self._one_at_a_time = asyncio.Lock()  # each may be large, and reading them side by side is no quicker

    async def named_by_robots(self, robots: RobotsMiddleware, origin: str) -> list[Request]:
        """Requests for the sitemaps that an origin's robots.txt names, or for the one in the usual place."""
        try:
            file = await robots.file_of(origin)
        except Exception as error:  # whatever keeps it from being read
            self._counts["sitemaps_failed"] += not isinstance(error, StoppedError)
            return []
        named = [link for link in (absolute(file.url, link) for link in file.rules.sitemaps) if link is not None]
        if named:
            return list(self._requests(named, proven=True))
        return list(self._requests([urljoin(file.url, "/sitemap.xml")], guessed=True))

    def _requests(
        self,
        urls: Iterable[str],
        *,
        beside: str | None = None,
        proven: bool = False,
        guessed: bool = False,
        redirects: int = 0,
    ) -> Iterator[Request]:
        """Requests for what was not asked for before; `beside` is the sitemap that names them."""
        for url in urls:
            if url in self._met:
                continue
            self._met.add(url)
            if not self._may_ask(url, beside, proven=proven):
                self._leave_out(url, Trouble.ELSEWHERE)
                continue
            if self._asked >= MAX_SITEMAPS:
                self._leave_out(url, Trouble.TOO_MANY)
                continue
            self._asked += 1
            yield Request(
                url,
                callback=self._read,
                errback=self._failed,
                dont_filter=True,
                priority=1,
                meta={"dont_obey_robotstxt": True, "download_maxsize": MAX_SITEMAP_BYTES},
                cb_kwargs={"guessed": guessed, "redirects": redirects},
            )

    def _may_ask(self, url: str, beside: str | None, *, proven: bool) -> bool:
        if not self._scope.offsite(url):
            return True
        host = site_of(url)
        if host in self._other_hosts:
            return proven or (beside is not None and site_of(beside) == host)
        if not proven or len(self._other_hosts) >= MAX_OTHER_HOSTS:
            return False
        self._other_hosts.add(host)
        return True

    def _leave_out(self, url: str, trouble: Trouble) -> None:
        self._counts["sitemaps_left_out"] += 1
        self._note(url, trouble)

    def _note(self, url: str, code: str) -> None:
        """Keep why a sitemap, or a part of it, is not read."""
        if len(self._unread) < MAX_UNREAD:
            self._unread.setdefault(url, code)

    async def _read(self, response: Response, guessed: bool, redirects: int) -> AsyncIterator[Any]:
        if 300 <= response.status < 400:
            target = redirect_target(response)
            if target is None or redirects >= MAX_REDIRECTS:
                self._counts["sitemaps_refused"] += 1
                self._note(response.url, Trouble.REDIRECTS)
                return
            further = list(self._requests([target], proven=True, guessed=guessed, redirects=redirects + 1))
            if not further:  # sent to the start page, a login, or too far
                self._counts["sitemaps_refused"] += 1
            for request in further:
                yield request
            return
        if response.status != 200:
            self._counts[_not_had(response.status)] += 1
            if not (guessed and response.status in _IS_NONE):
                self._note(response.url, f"http_{response.status}")
            return
        async with self._one_at_a_time:
            async for item in self._taken_up(response):
                yield item

    async def _taken_up(self, response: Response) -> AsyncIterator[Any]:
        parts = sitemap_parts(response.url, response.body)
        try:
            part = await asyncio.to_thread(next, parts, None)
        except SitemapError as error:
            self._counts["sitemaps_unreadable"] += 1
            self._note(response.url, error.trouble)
            return
        self._counts["sitemaps"] += 1
        named = False
        while part is not None:
            named = named or bool(part.sitemaps or part.pages)
            self._images.update(part.images[: MAX_SITEMAP_IMAGES - len(self._images)])
            if part.trouble is not None:
                self._counts["sitemaps_cut"] += 1
                self._note(response.url, part.trouble)
            elif part.no_addresses:
                self._note(response.url, Trouble.NO_ADDRESS)
            if part.no_addresses:
                self._counts["sitemap_entries_no_address"] += part.no_addresses
            for request in self._requests(part.sitemaps, beside=response.url):
                yield request
            async for item in self._take_up(part.pages):
                yield item
            part = await asyncio.to_thread(next, parts, None)
        if not named:
            self._counts["sitemaps_empty"] += 1

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.value, StoppedError):
            return
        self._counts["sitemaps_failed"] += 1
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        self._note(request.url, code_of(failure.value))


def _not_had(status: int) -> str:
    """The count for a sitemap that was answered with this status."""
    if status == 429 or status >= 500:
        return "sitemaps_failed"
    return "sitemaps_not_found" if status in _IS_NONE else "sitemaps_refused"
