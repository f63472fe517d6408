"""Asking for pages that a crawl has not met whether they are gone, before a deep fall is taken for a wall.

Nobody links to pages that an editor has taken down, so nothing asks for them; and a site that is hidden looks the same.
Some of them are asked for, and when most of those are gone (404, 410), so are the others.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import DontCloseSpider

from store.losses import PROOF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.core.engine import ExecutionEngine
    from scrapy.http import Response

    from crawler.redirects import Fail
    from crawler.state import CrawlState

FIRST = 10  # pages; unless most of them are gone, no other is asked for
PIECE = 500  # pages, afterwards
MAX_ASKED = 50_000


class Proof:
    """Asks at the end of a crawl that read far fewer pages than are known."""

    def __init__(self, state: CrawlState, fail: Fail) -> None:
        self._state, self._fail = state, fail
        self._left: list[tuple[str, int]] | None = None  # (url, depth); None before it is known
        self._asked = self._gone = 0

    def ask(self, engine: ExecutionEngine) -> None:
        """Send requests, when there is something to ask. Raises DontCloseSpider then: their answers are waited for."""
        if self._left is None:
            self._left = self._unmet()
            random.Random(0).shuffle(self._left)  # noqa: S311 - no secret
        if self._gone * 2 < self._asked:
            return
        some, self._left = self._left[: PIECE if self._asked else FIRST], self._left[PIECE if self._asked else FIRST :]
        for url, depth in some:
            self._asked += 1
            engine.crawl(
                Request(
                    url,
                    callback=self._answered,
                    errback=self._unanswered,
                    dont_filter=True,
                    cb_kwargs={"url": url, "depth": depth},
                )
            )
        if some:
            raise DontCloseSpider

    def _unmet(self) -> list[tuple[str, int]]:
        state = self._state
        limited = state.options.limit_pages is not None or state.options.max_depth is not None or state.listed
        if limited or state.options.accept_loss or state.error is not None:
            return []
        if state.counts["pages"] * 2 > state.pages_before:
            return []
        left = [
            (url, depth)
            for url, depth in state.storage.pages_left()
            if url not in state.met and state.scope.outside(url, depth) is None
        ]
        return left if len(left) <= MAX_ASKED else []

    def _answered(self, response: Response, url: str, depth: int) -> Iterator[Any]:
        code = f"http_{response.status}"
        if code in PROOF:
            self._gone += 1
            self._state.met.add(url)
            self._state.asked.add(url)
            self._state.pages_known += 1
            yield from self._fail(url, depth, code, response.status)

    def _unanswered(self, _: object) -> None:
        """No answer is no proof."""
