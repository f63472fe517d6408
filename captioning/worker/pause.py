"""Whoever asks a captioner that is out of order waits for it: a while, and with nothing failed for it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.protocol import OutageError

_WAITS_S = (2.0, 5.0, 10.0, 20.0, 30.0)  # between two questions; the last again and again


class Pause:
    """One outage after the other; for one event loop."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._since: float | None = None  # when the outage began that goes on
        self._asked = 0  # how often since then
        self._closed = asyncio.Event()

    async def pause(self, outage: OutageError, pictures: int) -> None:
        """Wait until it is worth to ask again, or until `close`. Raises what `next_wait_s` does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.next_wait_s(outage, pictures)):
                await self._closed.wait()

    def next_wait_s(self, outage: OutageError, pictures: int) -> float:
        """How long to wait until it is worth to ask again, which is told, too.

        Raises the outage itself where it has lasted as long as it may.
        """
        now = time.monotonic()
        if self._since is None:
            self._since, self._asked = now, 0
        left_s = self._since + outage.patience_s - now
        wait_s = outage.wait_s or _WAITS_S[min(self._asked, len(_WAITS_S) - 1)]
        if left_s <= 0 or (outage.wait_s is not None and wait_s > left_s):
            raise outage
        wait_s = min(wait_s, left_s)
        self._asked += 1
        self._tell(
            f"{outage} Paused with {counted(pictures, 'picture')} in hand; asked again in {wait_s:.0f} s, and given up "
            f"in {left_s:.0f} s (caption.endpoint.outage_s)."
        )
        return wait_s

    def end(self) -> None:
        """It answers again."""
        if self._since is not None:
            self._tell(f"The captioner answers again after {time.monotonic() - self._since:.0f} s.")
            self._since = None

    def close(self) -> None:
        """Wait no more."""
        self._closed.set()
