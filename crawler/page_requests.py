"""What is to be done with new pages: a request for each that there is room for, unless it is known to be unchanged."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from scrapy import Request

from core.records import PageUnchanged
from crawler.items import SitemapLinks, UnchangedPages
from crawler.link_filter import LinkFilter
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from core.records import PageVersion
    from crawler.state import CrawlState
    from store.known_pages import KnownPage

MAX_UNCHANGED = 200  # pages that are handed to the store at once


class PageRequests:
    """Makes requests and items of links; `links` says which of them are new.

    The spider's `callback` and `errback` get what comes of the requests.
    """

    def __init__(self, state: CrawlState, callback: Callable[..., Any], errback: Callable[..., Any]) -> None:
        self._state, self._frontier = state, state.frontier
        self._callback, self._errback = callback, errback
        self.links = LinkFilter(state)
        self.ended: Callable[[str], Iterator[Any]]  # what is to be done with what redirects to a page that was read
        self.unchanged: dict[str, PageVersion] = {}  # known pages that are not to be read again

    def take_up(self, links: Iterable[tuple[str, int]], *, hops: int = 0) -> Iterator[Any]:
        """Requests for the new pages that there is room for; the others wait in the store.

        One that is unchanged is done with at once, and what it links to is taken up.
        """
        waiting = deque(links)
        done: list[PageUnchanged] = []
        while waiting:
            url, depth = waiting.popleft()
            version = self.unchanged.pop(url, None)
            if version is None:
                if self._frontier.take(url):
                    yield self.request(url, depth, hops=hops)
                continue
            page = self.unchanged_page(self._state.known_pages.pop(url), depth, version)
            waiting.extend(page.queued)
            done.append(page)
            yield from self.ended(url)
            if len(done) == MAX_UNCHANGED:
                yield UnchangedPages(tuple(done))
                done.clear()
        if done:
            yield UnchangedPages(tuple(done))

    async def refill(self) -> AsyncIterator[Any]:
        """What is to be done with pages that waited in the store, when few are left in memory."""
        while not self._state.limit_reached() and (links := await self._frontier.more()):
            unchanged = []
            for url, depth in links:
                if url in self.unchanged:
                    self._frontier.ended()
                    unchanged.append((url, depth))
                else:
                    yield self.request(url, depth)
            for item in self.take_up(unchanged):
                yield item

    def unchanged_page(self, page: KnownPage, depth: int, version: PageVersion) -> PageUnchanged:
        """Count a page that is as it was read before; its links are followed as they were."""
        self._state.counts["pages"] += 1
        self._state.counts["unchanged"] += 1
        new = self.links.followed(page.leads_to, depth)
        self._state.tell()
        return PageUnchanged(page.url, depth, new, version)

    def request(self, url: str, depth: int, self_redirects: int = 0, hops: int = 0) -> Request:
        """A request for a page, so many links from the start and after so many redirects."""
        return Request(
            url,
            callback=self._callback,
            errback=self._errback,
            # The link filter does what the duplicate filter would do, before a request object is made.
            dont_filter=True,
            priority=-depth,  # breadth first, so that a limit cuts the far pages
            meta={"depth_of_page": depth, "self_redirects": self_redirects, "hops": hops},
            cb_kwargs={"queued_url": url},
        )

    async def listed(self, links: Iterable[str]) -> AsyncIterator[Any]:
        """Take up pages that a sitemap names: each some are stored before the next are looked at."""
        for some in pieces(links):
            new = tuple((link, 1) for link in self.links.new(some, 1, named=True))
            if new:
                yield SitemapLinks(new)
            for item in self.take_up(new):
                yield item
        async for item in self.refill():
            yield item
