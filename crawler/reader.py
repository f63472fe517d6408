"""Reading and storing pages in a process of their own, beside the one that fetches.

Python runs one thread at a time, and Scrapy keeps it busy: parsing, judging and storing there would more than
halve the speed of a crawl. What is read stays in the reading process until it is stored; only the links, which
the spider needs, come back.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from core.child_process import belong_to_parent
from core.errors import CrawlError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.items import PageLinks
    from crawler.ownership import Batch
    from rules.rule_options import RuleOptions


_KILLED = (
    "the process that reads the pages was killed, perhaps for want of memory. All that was stored is kept, and the "
    "same command goes on from there."
)

P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    """The other process, as the crawl sees it. One at a time reads, so that batches are stored in order."""

    def __init__(self, database: str, rules: RuleOptions, *, hide_texts: bool = False) -> None:
        self.images = 0  # that were read since the last batch was stored
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),  # safe where threads run already
            initializer=_start,
            initargs=(database, rules, hide_texts),
        )
        # Starts the process, which takes its time, while the crawl starts. It inherits what is ignored: a Ctrl-C
        # before it runs its initializer would kill it.
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._pool.submit(os.getpid)
        finally:
            signal.signal(signal.SIGINT, previous)

    async def read(
        self,
        url: str,
        body: bytes,
        content_type: str | None,
        tags: Sequence[str] = (),
        token: str = "",
        refresh: str | None = None,
        link: str | None = None,
        referrer: str | None = None,
    ) -> PageLinks:
        """Parse and judge a page, and keep the result until `store` is called with the page of this URL.

        `tags` are the values of X-Robots-Tag headers, `token` is the name by which they mean us, `refresh`,
        `link` and `referrer` are the values of these headers, Referrer-Policy the last. Raises CrawlError when the
        process was killed.
        """
        page = await self._done(_read, url, body, content_type, tags, token, refresh, link, referrer)
        self.images += page.images
        return page

    async def take_sheet(self, address: str, url: str, body: bytes, content_type: str) -> tuple[tuple[str, ...], int]:
        """Keep a style sheet for the pages that name it by its address; `url` is where it lies after redirects.

        Returns the addresses of those that it asks for, and how many rules are kept. Raises CrawlError when the process
        was killed.
        """
        return await self._done(_take_sheet, address, url, body, content_type)

    async def store(self, batches: Sequence[Batch]) -> None:
        """Store pages, with what was read of them, and links for the frontiers, in one transaction.

        Raises what the store raises, and CrawlError when the process was killed; then nothing was stored.
        """
        self.images = 0  # what is read from now on is read after this batch was stored
        await self._done(_store, batches)

    def store_now(self, batches: Sequence[Batch]) -> None:
        """Store as `store` does, where no event loop runs any more."""
        try:
            self._pool.submit(_store, batches).result()
        except BrokenExecutor:
            raise CrawlError(_KILLED) from None

    async def _done(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        try:
            return await asyncio.wrap_future(self._pool.submit(function, *arguments, **named))
        except BrokenExecutor:
            raise CrawlError(_KILLED) from None

    def close(self) -> None:
        """End the process. What it was asked for is done by then; how long it takes to end is no matter of ours."""
        self._pool.shutdown(wait=False, cancel_futures=True)


# In the reading process. It alone loads parser, rules and store, so that a crawl starts sooner.


def _start(database: str, rules: RuleOptions, hide_texts: bool) -> None:
    belong_to_parent()  # a transaction under way is rolled back
    gc.disable()  # there is nothing to collect yet, and looking for it takes an eighth of the time
    from crawler import reading_process

    gc.freeze()
    gc.enable()
    reading_process.start(database, rules, hide_texts=hide_texts)


def _read(
    url: str,
    body: bytes,
    content_type: str | None,
    tags: Sequence[str],
    token: str,
    refresh: str | None,
    link: str | None,
    referrer: str | None,
) -> PageLinks:
    from crawler import reading_process

    return reading_process.read(url, body, content_type, tags, token, refresh, link, referrer)


def _take_sheet(address: str, url: str, body: bytes, content_type: str) -> tuple[tuple[str, ...], int]:
    from crawler import reading_process

    return reading_process.take_sheet(address, url, body, content_type)


def _store(batches: Sequence[Batch]) -> None:
    from crawler import reading_process

    reading_process.store(batches)
