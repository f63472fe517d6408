"""What a host is spared: the limit of requests under way for each host, pauses it asks for, and waiting while slow."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.core.downloader import Downloader
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.extensions.throttle import AutoThrottle
from scrapy.utils.asyncio import call_later
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from scrapy import Request, Spider
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred

HOSTS_AT_ONCE = 16  # so many hosts are read side by side; further ones wait
_NOT_THERE = {404, 410}
QUICK_S = 0.2  # a host that answers within it is not slowed down
STOP_AT_BYTES = "stop_at_bytes"  # request meta: the rest of a longer answer is not read


class StoppedError(IgnoreRequest):
    """The crawl ends before it came to this request."""


class HostDownloader(Downloader):
    """Scrapy's downloader with limits that hold for each host.

    Scrapy 2.19 with asyncio counts a request as under way when its task first runs, by which time all that
    waits for the host has been started; and its one limit for all hosts lets a busy host keep others waiting.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._paused_until: dict[str, float] = {}
        self._stopped = False
        crawler.signals.connect(self._stop_long_answer, signal=signals.bytes_received)

    def stop(self) -> None:
        """Send nothing more. What waits for its turn, which a pause or a delay may keep minutes away, is given up."""
        self._stopped = True
        for slot in self.slots.values():
            while slot.queue:
                slot.queue.popleft()[1].errback(Failure(StoppedError()))  # type: ignore[no-untyped-call]

    async def _enqueue_request(self, request: Request) -> Response:
        if self._stopped:
            raise StoppedError
        return await super()._enqueue_request(request)

    def needs_backout(self) -> bool:
        """Whether no further request is taken from the scheduler: the hosts at work have as many as they may."""
        wanted = self.domain_concurrency * max(1, len(self.slots))
        return len(self.active) >= min(self.total_concurrency, wanted)

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)  # from now on, not from when the coroutine is first run
        return super()._wait_for_download(slot, request, queue_dfd)

    def pause(self, request: Request, seconds: float) -> None:
        """Send nothing to the host of `request` for so long; a longer pause under way stays."""
        key, slot = self._get_slot(request)
        until = monotonic() + seconds
        if until <= self._paused_until.get(key, 0.0):
            return
        self._paused_until[key] = slot.lastseen = until  # a slot seen in the future is not tidied away
        if slot.latercall is not None:
            slot.latercall.cancel()
        slot.latercall = call_later(seconds, self._latercall, slot)

    def keep_apart(self, request: Request, seconds: float) -> None:
        """Let at least so many seconds lie between two requests to the host of `request`."""
        key, slot = self._get_slot(request)
        self.per_slot_settings.setdefault(key, {})["delay"] = max(seconds, slot.delay)
        slot.delay = max(seconds, slot.delay)

    def least_delay_s(self, key: str | None) -> float:
        """The seconds that `keep_apart` asked for; 0 when it did not."""
        return float(self.per_slot_settings.get(key or "", {}).get("delay", 0.0))

    def _stop_long_answer(self, data: bytes, request: Request, spider: Spider) -> None:
        limit = request.meta.get(STOP_AT_BYTES)
        if limit is not None:
            request.meta["bytes_read"] = request.meta.get("bytes_read", 0) + len(data)
            if request.meta["bytes_read"] >= limit:
                raise StopDownload(fail=False)


class Throttle(AutoThrottle):
    """AutoThrottle that leaves quick hosts alone.

    Its delay of a part of the latency comes on top of the limit of requests under way, and on a host that
    answers in milliseconds it is the crawler's own work that it measures. AutoThrottle does not become quicker for
    answers that are no pages; ours does, but for those that say that it is too much: else a recrawl, in which nearly
    all pages are unchanged (304), would stay as slow as its slowest answer, and so would a row of dead links.
    """

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        if latency <= QUICK_S and (response.status < 400 or response.status in _NOT_THERE):
            slot.delay = self.mindelay
        else:
            super()._adjust_delay(slot, latency, response)

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        super()._response_downloaded(response, request, spider)
        key, slot = self._get_slot(request, spider)
        downloader = self.crawler.engine.downloader
        if slot is not None and isinstance(downloader, HostDownloader):
            slot.delay = max(slot.delay, downloader.least_delay_s(key))
