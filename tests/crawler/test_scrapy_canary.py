"""What crawler/downloader.py relies on of Scrapy's private downloader. Where this is red, look there first."""

from __future__ import annotations

import inspect
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Request, Spider
from scrapy.core.downloader import Downloader, Slot
from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.utils.asyncio import CallLaterResult
from scrapy.utils.test import get_crawler
from twisted.internet.defer import Deferred

from crawler.downloader import HostDownloader, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scrapy.crawler import Crawler

URL = "http://host.test/page"


class Recorded(HostDownloader):
    """Keeps what Scrapy would send."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.sent: list[Request] = []

    def _wait_for_download(self, slot: Slot, request: Request, queue_dfd: Deferred[Any]) -> Coroutine[Any, Any, None]:
        self.sent.append(request)
        super()._wait_for_download(slot, request, queue_dfd).close()
        return nothing()


async def nothing() -> None:
    pass


@pytest.fixture
def downloader(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    # The queue hands each coroutine to this one function; here no reactor runs.
    monkeypatch.setattr("scrapy.core.downloader._schedule_coro", lambda coroutine: coroutine.close())
    # The timer that tidies slots away needs a reactor, too.
    monkeypatch.setattr(Downloader, "_start_slot_gc", lambda self: None)
    settings = {"CONCURRENT_REQUESTS_PER_DOMAIN": 2, "DOWNLOAD_DELAY": 0, "TWISTED_REACTOR_ENABLED": False}
    return Recorded(get_crawler(Spider, settings))


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (Downloader.__init__, ["self", "crawler"]),
        (Downloader.needs_backout, ["self"]),
        (Downloader._enqueue_request, ["self", "request"]),
        (Downloader._wait_for_download, ["self", "slot", "request", "queue_dfd"]),
        (Downloader._latercall, ["self", "slot"]),
        (AutoThrottle._adjust_delay, ["self", "slot", "latency", "response"]),
        (AutoThrottle._response_downloaded, ["self", "response", "request", "spider"]),
        (AutoThrottle._get_slot, ["self", "request", "spider"]),
        (ExecutionEngine.close_spider_async, ["self", "reason"]),
        (AsyncCrawlerProcess.stop, ["self"]),
    ],
)
def test_what_we_override_and_call_has_the_signature_we_know(
    function: Callable[..., object], parameters: list[str]
) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_what_we_override_is_awaited_as_before() -> None:
    assert inspect.iscoroutinefunction(Downloader._enqueue_request)
    assert inspect.iscoroutinefunction(Downloader._wait_for_download)
    assert inspect.iscoroutinefunction(AsyncCrawlerProcess.stop)
    assert callable(CallLaterResult.cancel)


def test_a_downloader_and_its_slots_have_what_we_read(downloader: Recorded) -> None:
    key, slot = downloader._get_slot(Request(URL))
    assert key == "host.test"
    assert downloader.slots == {key: slot}
    assert (downloader.total_concurrency, downloader.domain_concurrency) == (16, 2)
    assert downloader.active == slot.active == slot.transferring == set()
    assert downloader.per_slot_settings == {}
    assert (slot.queue, slot.latercall) == (deque(), None)
    assert (slot.concurrency, slot.delay, slot.lastseen) == (2, 0, 0)


def test_the_queue_sends_through_what_we_override_and_our_count_holds_at_once(downloader: Recorded) -> None:
    _, slot = downloader._get_slot(Request(URL))
    for number in range(5):
        slot.queue.append((Request(f"{URL}/{number}"), Deferred()))
    downloader._process_queue(slot)
    assert [request.url for request in downloader.sent] == [f"{URL}/0", f"{URL}/1"]
    assert slot.transferring == set(downloader.sent)
    assert len(slot.queue) == 3


def test_a_slot_that_waits_for_its_timer_sends_nothing(downloader: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[tuple[float, tuple[Any, ...]]] = []

    def call_later(seconds: float, *call: Any) -> CallLaterResult:
        timers.append((seconds, call))
        return CallLaterResult()

    monkeypatch.setattr("crawler.downloader.call_later", call_later)
    request = Request(URL)
    downloader.pause(request, 30)
    _, slot = downloader._get_slot(request)
    slot.queue.append((request, Deferred()))
    downloader._process_queue(slot)
    assert downloader.sent == []
    [(seconds, (function, of))] = timers
    assert (seconds, of) == (30, slot)
    assert slot.lastseen > monotonic() + 29  # by which Scrapy tidies away slots that were not seen for long
    function(of)
    assert slot.latercall is None
    assert downloader.sent == [request]


def test_a_new_slot_takes_its_delay_from_the_settings_that_we_write(downloader: Recorded) -> None:
    request = Request(URL)
    downloader.keep_apart(request, 3)
    assert downloader.least_delay_s("host.test") == 3
    downloader.slots.clear()
    assert downloader._get_slot(request)[1].delay == 3


def test_a_stop_fails_what_waits_in_the_queue(downloader: Recorded) -> None:
    _, slot = downloader._get_slot(Request(URL))
    waiting: Deferred[Any] = Deferred()
    failures: list[type[BaseException]] = []
    waiting.addErrback(lambda failure: failures.append(failure.type))
    slot.queue.append((Request(URL), waiting))
    downloader.stop()
    assert [failure.__name__ for failure in failures] == ["StoppedError"]
    assert not slot.queue


@pytest.mark.parametrize(
    ("status", "quick_again"),
    [(200, True), (304, True), (301, True), (404, True), (429, False), (403, False), (503, False)],
)
def test_after_a_slow_answer_a_quick_one_ends_the_delay_unless_it_is_a_refusal(status: int, quick_again: bool) -> None:
    throttle = Throttle(get_crawler(settings_dict={"AUTOTHROTTLE_ENABLED": True, "AUTOTHROTTLE_TARGET_CONCURRENCY": 8}))
    throttle.mindelay, throttle.maxdelay = 0, 30
    slot = Slot(concurrency=8, delay=0, jitter=0)
    throttle._adjust_delay(slot, 4.0, Response(URL))
    assert slot.delay == 0.5
    throttle._adjust_delay(slot, 0.01, Response(URL, status=status))
    assert slot.delay == (0 if quick_again else 0.5)
