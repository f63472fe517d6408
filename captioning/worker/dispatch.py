"""The generate stage: pictures to batches, batches to the device, each distinct picture once.

While the device works on a batch, the next one is collated in a thread of its own.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioning.worker.joining import Joiner
from captioning.worker.pause import Pause
from core.errors import DeviceError, ImageError
from inference.batching import Batcher
from inference.daemon_thread import DaemonThread
from inference.protocol import OutageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from captioning.worker.metrics import Metrics
    from captioning.worker.results import ImageResult
    from captioning.worker.store_thread import StoreThread
    from core.net.validators import Validators
    from core.place import Place
    from inference.protocol import Caption, Captioner
    from store.analyses import NewAnalysis
    from store.captions import AssetFacts
    from store.queue import ClaimedImage

BATCHES_AHEAD = 2  # one on the device, and the next behind it, collated, so that the device never waits
BATCH_WAIT_S = 0.25  # how long a batch that is not full waits for more while the device has nothing to do


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for the device."""

    image: ClaimedImage
    asset: AssetFacts
    version: Validators
    features: Any  # the captioner's own
    analyses: tuple[NewAnalysis, ...] = ()
    place: Place | None = None  # what it is asked about: None is the picture alone

    @property
    def question(self) -> tuple[str, str]:
        """What two pictures are the same question by."""
        return self.asset.sha256, self.place.digest if self.place is not None else ""


class Dispatcher:
    """Takes pictures from `ready`, puts what became of them into `ended`.

    `stop` is called with an error that is no picture's: a DeviceError, too, when the captioner is given something and
    does not come back for `limit_s` seconds.
    """

    def __init__(
        self,
        captioner: Captioner,
        batch_size: int,
        *,
        store: StoreThread,
        stop: Callable[[BaseException], None],
        metrics: Metrics,
        limit_s: float,
        tell: Callable[[str], None],
    ) -> None:
        self.ready: asyncio.Queue[Prepared] = asyncio.Queue(batch_size * 2)
        self.ended: asyncio.Queue[ImageResult] = asyncio.Queue()  # never more than the worker holds
        self._batch_size = batch_size
        self._batcher = Batcher(captioner, batch_size)
        self._store = store
        self._stop = stop
        self._metrics = metrics
        self._limit_s = limit_s
        self._closing = False
        self._outage = Pause(tell)
        self._ahead = asyncio.Semaphore(BATCHES_AHEAD)
        self._device = DaemonThread("device")
        self._collating = DaemonThread("collate")
        self.not_begun: set[int] = set()  # images marked as tried that a captioner which hangs never got
        self._runs: dict[asyncio.Task[None], int] = {}  # batches at the device, and how many pictures they hold
        # What is asked under way -> further images of the same bytes, asked the same.
        self._same: dict[tuple[str, str], list[Prepared]] = {}
        self._first: dict[int, tuple[str, str]] = {}  # image under way, asked about alone -> its question
        self._joiner = Joiner()
        # Of images asked about in places: what was answered, until the last answer is there and all are stored.
        self._answered: dict[tuple[str, str], Caption | ImageError] = {}
        self._asked: dict[int, list[tuple[str, str]]] = {}  # by image
        self._marked: set[int] = set()  # images that have their strike for what is under way

    async def run(self) -> None:
        """Batch what is ready and send it to the device, until cancelled."""
        batch: list[Prepared] = []
        send_at = 0.0  # when a batch that is not full goes to a device that has nothing else to do
        getting = asyncio.ensure_future(self.ready.get())
        try:
            while True:
                left_s = max(0.0, send_at - time.monotonic()) if batch and not self._runs else None
                await asyncio.wait((getting, *self._runs), timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    arrived = [getting.result()]
                    while len(arrived) < self._batch_size and not self.ready.empty():
                        arrived.append(self.ready.get_nowait())
                    getting = asyncio.ensure_future(self.ready.get())
                    if not batch:
                        send_at = time.monotonic() + BATCH_WAIT_S
                    batch = await self._send_whole(batch + await self._unknown(arrived))
                if batch and not self._runs and time.monotonic() >= send_at:
                    await self._send(batch)
                    batch = []
        finally:
            getting.cancel()

    async def _send_whole(self, pictures: Sequence[Prepared]) -> list[Prepared]:
        """Send what fills whole batches; returns the rest."""
        unsuspected = []
        for picture in pictures:
            if picture.image.strikes:
                await self._send_alone(picture)
            else:
                unsuspected.append(picture)
        size = self._batch_size
        whole = len(unsuspected) - len(unsuspected) % size
        for start in range(0, whole, size):
            await self._send(unsuspected[start : start + size])
        return unsuspected[whole:]

    async def _unknown(self, arrived: Sequence[Prepared]) -> list[Prepared]:
        """Those whose bytes nobody has looked at yet; the others have their caption, or wait for the one under way."""
        known = await self._store.find_known([(picture.asset.sha256, picture.place) for picture in arrived])
        new = []
        for picture in arrived:
            if picture.question in known:
                self._join(picture, None)
            elif picture.question in self._answered:
                self._join(picture, self._answered[picture.question])
            elif picture.question in self._same:
                self._same[picture.question].append(picture)
            else:
                self._same[picture.question] = []
                if picture.image.is_alone:
                    self._first[picture.image.id] = picture.question
                new.append(picture)
        return new

    async def _send(self, batch: Sequence[Prepared]) -> None:
        """Send a batch to the device, when there is room."""
        await self._ahead.acquire()
        run = asyncio.create_task(self._generate(batch))
        self._runs[run] = len(batch)
        run.add_done_callback(self._runs.pop)

    async def _send_alone(self, suspect: Prepared) -> None:
        """Caption a picture that was on the device when a worker died: with no other there, and nothing left unstored.

        If the worker dies again, only this one is struck for it.
        """
        while self._runs:
            await asyncio.wait(self._runs)
        await self._send([suspect])
        while self._runs:
            await asyncio.wait(self._runs)
        await self.ended.join()

    async def _generate(self, batch: Sequence[Prepared]) -> None:
        """Never cancelled, so that nothing is marked as tried that is not tried."""
        try:
            features = [picture.features for picture in batch]
            collated = await self._collate(features)
            if self._closing:
                return
            await self._store.mark_tried(self._unmarked(batch))
            left = list(batch)
            while left and not self._closing:
                try:
                    self._end(left, await self._on_device(left, features, collated))
                    self._outage.end()
                    return
                except OutageError as outage:
                    answers = outage.answers or [None] * len(left)
                    self._end(left, answers)
                    if any(answers):
                        self._outage.end()
                    left = [picture for picture, answer in zip(left, answers, strict=True) if answer is None]
                    features, collated = [picture.features for picture in left], None
                    if left:
                        await self._outage.pause(outage, len(left))
            self.not_begun.update(picture.image.id for picture in left)
        except Exception as error:
            self._stop(error)
        finally:
            self._ahead.release()

    def _end(self, batch: Iterable[Prepared], answers: Iterable[Caption | ImageError | None]) -> None:
        for picture, answer in zip(batch, answers, strict=True):
            if answer is not None:
                self._join(picture, answer)
                if not picture.image.is_alone:
                    self._answered[picture.question] = answer
                    self._asked.setdefault(picture.image.id, []).append(picture.question)
                    # At once, and not when it is stored: two images in many places would wait for each other.
                    for same in self._same.pop(picture.question, ()):
                        self._join(same, answer)

    def _join(self, picture: Prepared, answer: Caption | ImageError | None) -> None:
        result = self._joiner.add(picture, answer)
        if result is not None:
            self._marked.discard(picture.image.id)
            self.ended.put_nowait(result)

    def _unmarked(self, batch: Sequence[Prepared]) -> list[int]:
        """The images that have no strike yet for what they are asked now: a picture in many places has one for all."""
        new = [picture.image.id for picture in batch if picture.image.id not in self._marked]
        self._marked.update(new)
        return new

    async def _collate(self, features: Sequence[Any]) -> Any:
        with self._metrics.timed("collate", len(features)):
            collated = asyncio.wrap_future(self._collating.submit(self._batcher.collate, features))
            await asyncio.wait([collated], timeout=self._limit_s)  # pinning memory asks the driver, too
        if not collated.done():
            raise self._hangs()
        return collated.result()

    async def _on_device(
        self, batch: Sequence[Prepared], features: Sequence[Any], collated: Any
    ) -> list[Caption | ImageError]:
        call = self._device.submit(self._caption, features, collated)
        answers = asyncio.wrap_future(call)
        while not answers.done():
            await asyncio.wait([answers], timeout=self._limit_s - self._batcher.busy_s())
            if self._batcher.busy_s() >= self._limit_s and not answers.done():
                if call.cancel():
                    self.not_begun.update(picture.image.id for picture in batch)
                raise self._hangs()
        return answers.result()

    def _caption(self, features: Sequence[Any], collated: Any) -> list[Caption | ImageError]:
        with self._metrics.timed("generate", len(features)):
            return self._batcher.caption(features, collated)

    def _hangs(self) -> DeviceError:
        return DeviceError(
            f"the model has not come back for {self._limit_s:g} s: it hangs, or the device's driver does. All that was "
            "stored is kept; start the same command again, or let a supervisor do so. If it is only slow, raise "
            "caption.generate_timeout_s or lower caption.batch_size."
        )

    async def close(self) -> None:
        """Wait for the batch that is on the device, `limit_s` at most; what waits behind it is not begun."""
        self._closing = True
        self._outage.close()
        await asyncio.gather(*self._runs)
        self._device.close()
        self._collating.close()

    def at_device(self) -> int:
        """Pictures on the device or next in line."""
        return sum(self._runs.values())

    def end_same(self, first: ImageResult) -> None:
        """What became of a picture becomes of the others with the same bytes, once it is stored."""
        for picture in self._same.pop(self._first.pop(first.image.id, ("", "")), ()):
            self._join(picture, first.outcome if isinstance(first.outcome, ImageError) else None)
        for question in self._asked.pop(first.image.id, ()):
            self._answered.pop(question, None)
