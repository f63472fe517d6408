"""Which links of a page, or of a sitemap, are pages that the crawl has not met yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.page.directives import may_follow
from crawler.urls.acts import Act, act_of
from crawler.urls.address_set import AddressSet
from crawler.urls.traps import without_session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from crawler.items import PageLinks
    from crawler.state import CrawlState
    from store.known_pages import StoredLinks


class LinkFilter:
    """Lets each address pass once. What it leaves out is counted by reason."""

    def __init__(self, state: CrawlState) -> None:
        self._state = state
        self._counts, self._met, self._scope = state.counts, state.met, state.scope
        self._obey_robots = state.options.obey_robots
        self._guest = state.options.auth is None
        self._follow_actions = state.options.follow_actions
        self._unfollowed = AddressSet()  # links that were met on nofollow pages

    def new(
        self, links: Iterable[str], depth: int, *, named: bool = False, nofollow: Collection[str] = ()
    ) -> list[str]:
        """Of these links, those that belong to the crawl and are new.

        `named`: by a sitemap. Of those with rel=nofollow, one that may do something when it is visited is left out.
        """
        new = []
        for address in links:
            link = without_session(address)
            if not self._met.add(link):
                continue
            if link in self._unfollowed:
                self._counts["skipped/nofollow"] -= 1
            reason = self._scope.refusal(link, depth, named=named)
            if reason is None and not named and self._acts(link, unendorsed=address in nofollow):
                reason = "acts"
            if reason is None:
                new.append(link)
            else:
                self._counts[f"skipped/{reason}"] += 1
        self._state.pages_known += len(new)
        return new

    def _acts(self, link: str, *, unendorsed: bool) -> bool:
        if self._follow_actions or (self._guest and not unendorsed):  # what surely acts is out of scope
            return False
        act = act_of(link)
        return act is Act.LIKELY or (act is Act.FAINT and unendorsed)

    def followed(self, page: PageLinks | StoredLinks, depth: int) -> tuple[tuple[str, int], ...]:
        """(URL, depth) of the new links on a page of this depth, which may ask not to follow them."""
        if self._obey_robots and not may_follow(page.robots):
            self._leave_unfollowed(page.links)
            return ()
        nofollow = frozenset(page.nofollow)
        return tuple((link, depth + 1) for link in self.new(page.links, depth + 1, nofollow=nofollow))

    def _leave_unfollowed(self, links: Iterable[str]) -> None:
        """Count links that a page asks not to follow, until another page leads there."""
        for link in map(without_session, links):
            if not self._scope.offsite(link) and link not in self._met and self._unfollowed.add(link):
                self._counts["skipped/nofollow"] += 1
