"""The pages still to come: a bounded window of them in memory, the rest in the store.

Each page of the frontier is a row of the store. The spider is handed some of them; when most of these are done with,
the next ones are taken from the store, those with the fewest links from the start page first. So a sitemap of a
million addresses takes hardly more memory than one of a thousand.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable

    # (how many, URLs that are left out) -> (url, depth) of pages in the store's frontier
    Load = Callable[[int, Collection[str]], Awaitable[list[tuple[str, int]]]]

REFILLS = 4  # the window is so many times as large as what is left in it when more is taken


class Frontier:
    """Which pages are handed out, and how many wait in the store.

    `at_once` is how many requests are under way at most, `waiting` how many pages the store's frontier holds.
    """

    def __init__(self, load: Load, *, waiting: int, at_once: int) -> None:
        self.waiting = waiting  # in the store, or on their way there, and not handed out
        self._load = load
        self._low = 2 * at_once
        self._high = REFILLS * self._low
        self._under_way = 0
        self._handed_out: set[str] = set()  # which the store still has in the frontier
        self._turn = asyncio.Lock()

    def take(self, url: str) -> bool:
        """Whether there is room for a new page, which is on its way to the store's frontier; then it is handed out.

        Once one had to stay in the store, so do all that come later, until it has been their turn.
        """
        if self.waiting or self._under_way >= self._high:
            self.waiting += 1
            return False
        self._hand_out(url)
        return True

    def _hand_out(self, url: str) -> None:
        self._under_way += 1
        self._handed_out.add(url)

    def again(self) -> None:
        """A page that was handed out is asked for once more."""
        self._under_way += 1

    def ended(self) -> None:
        """A page that was handed out is done with, but not stored yet."""
        self._under_way -= 1

    def stored(self, urls: Iterable[str]) -> None:
        """The store has these pages no longer in its frontier."""
        self._handed_out.difference_update(urls)

    async def more(self) -> list[tuple[str, int]]:
        """The next pages of the store's frontier, when few are left in the window: (url, depth).

        To be asked whenever something has ended, so that what was on its way to the store is asked for when it is
        there.
        """
        if not self.waiting or self._under_way > self._low:
            return []
        async with self._turn:
            if not self.waiting or self._under_way > self._low:
                return []
            # A copy: while the store is read, others are stored, and would be taken for not handed out.
            rows = await self._load(self._high - self._under_way, frozenset(self._handed_out))
            self.waiting -= len(rows)
            for url, _ in rows:
                self._hand_out(url)
            return rows
