"""Which links of a page, or of a sitemap, are pages that the crawl has not met yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.page.directives import may_follow
from crawler.urls.address_set import AddressSet
from crawler.urls.traps import without_session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.state import CrawlState


class LinkFilter:
    """Lets each address pass once. What it leaves out is counted by reason."""

    def __init__(self, state: CrawlState) -> None:
        self._state = state
        self._counts, self._met, self._scope = state.counts, state.met, state.scope
        self._obey_robots = state.options.obey_robots
        self._unfollowed = AddressSet()  # links that were met on nofollow pages

    def new(self, links: Iterable[str], depth: int, *, named: bool = False) -> list[str]:
        """Of these links, those that belong to the crawl and are new; `named`: by a sitemap."""
        new = []
        for link in map(without_session, links):
            if not self._met.add(link):
                continue
            if link in self._unfollowed:
                self._counts["skipped/nofollow"] -= 1
            reason = self._scope.refusal(link, depth, named=named)
            if reason is None:
                new.append(link)
            else:
                self._counts[f"skipped/{reason}"] += 1
        self._state.pages_known += len(new)
        return new

    def followed(self, links: Sequence[str], robots: Sequence[str], depth: int) -> tuple[tuple[str, int], ...]:
        """(URL, depth) of the new links on a page of this depth, which may ask not to follow them."""
        if self._obey_robots and not may_follow(robots):
            self._leave_unfollowed(links)
            return ()
        return tuple((link, depth + 1) for link in self.new(links, depth + 1))

    def _leave_unfollowed(self, links: Iterable[str]) -> None:
        """Count links that a page asks not to follow, until another page leads there."""
        for link in map(without_session, links):
            if not self._scope.offsite(link) and link not in self._met and self._unfollowed.add(link):
                self._counts["skipped/nofollow"] += 1
