"""The captioning worker: claims images from the queue and ends each as a row, captioned or failed.

Four stages run side by side, with bounded queues between them: fetch (in the event loop), prepare (threads that wait
for decoding processes), generate (a thread with the device) and finish (a thread with the store). The number of images
under way is bounded, so memory stays flat however long the queue is. What belongs together goes by the image's id,
never by its place in line.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from captioning.captioners.placed import liked_words
from captioning.decoding.browser import browser_for
from captioning.fetch import Fetcher
from captioning.worker import liveness
from captioning.worker.analysing import Analysing
from captioning.worker.dispatch import Dispatcher, Prepared
from captioning.worker.isolated import caption_apart
from captioning.worker.metrics import Metrics
from captioning.worker.preparing import Preparer
from captioning.worker.results import AssetResult, ImageResult, Summary
from captioning.worker.signals import stopping_on_signals
from captioning.worker.store_thread import StoreThread
from core.errors import CaptionerError, ImageError, StoreError
from core.net.validators import NO_VALIDATORS, Validators
from core.records import Stage
from store import captions, queue
from store.places import PlaceKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Sequence

    from sqlalchemy import Engine

    from captioning.analysers.base import Analyser
    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner

BATCHES_UNDER_WAY = 4  # held in batches, beside what is being fetched: ready, on the device, being stored
POLL_S = 5.0  # how often a watching worker looks for new work
LOG_EVERY_S = 30.0
STORED_AT_ONCE = 512  # images in one transaction, at most
FOLLOW_EVERY_S = 30.0  # how often what follows from captions is done while there are always more


class Follow(Protocol):
    """What follows from captions."""

    def __call__(self, image_ids: Collection[int], *, idle: bool) -> None:
        """Do it for these images, which have ended."""


P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


def place_keys(captioner: Captioner, options: CaptionOptions) -> PlaceKeys | None:
    """What answers about pictures in their places are stored under; None where no such questions are asked."""
    version = captioner.info.place_version
    if not version:
        return None
    return PlaceKeys(caption_key(captioner), version, options.contexts, liked_words(options))


def caption_key(captioner: Captioner) -> captions.CaptionKey:
    """What a captioner's captions are stored under."""
    info = captioner.info
    return captions.CaptionKey(info.model, info.revision, info.prompt_version, info.language)


class Worker:
    """One worker on one device. `run` returns when the queue is empty, or never when it watches.

    `load` gives a captioner like `captioner` in a process that is started for it, so it can be pickled. `follow` does
    what follows from captions: it is called in a thread of its own with the ids of images that have ended since, when
    nothing waits any more (`idle`), and every half minute while there are always more. What has ended after the last
    call is in `fresh`. `tell` is given a line where the worker pauses, and goes on. `analysers` look at each
    picture beside the captioner.
    """

    def __init__(
        self,
        engine: Engine,
        captioner: Captioner,
        options: CaptionOptions,
        *,
        load: Callable[[], Captioner],
        follow: Follow | None = None,
        progress: Callable[[Metrics], None] | None = None,
        tell: Callable[[str], None] = log.warning,
        site_ids: Collection[int] | None = None,
        analysers: Sequence[Analyser] = (),
    ) -> None:
        self._options = options
        self._size = options.batch_size or captioner.info.batch_size
        self._limit_s = options.generate_timeout_s + captioner.info.waits_s
        self._load = load
        # A server's model ends no process of this machine, and is no healthier in another one.
        self._is_served = captioner.usage is not None
        self._follow = follow
        self._progress = progress
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.summary = Summary()
        self.metrics = Metrics(self.summary)
        self.fresh: set[int] = set()  # images that have ended since `follow` was called
        self._for_sites = site_ids is not None
        self._error: BaseException | None = None
        self._stopping = False
        self._wake = asyncio.Event()  # something ended, or everything shall
        self._tasks: set[asyncio.Task[None]] = set()  # one for each image that is fetched or prepared
        self._store = StoreThread(
            engine,
            self.name,
            caption_key(captioner),
            self.metrics,
            lease_s=options.lease_s,
            site_ids=site_ids,
            analysers={analyser.name: analyser.revision for analyser in analysers},
            places=place_keys(captioner, options),
        )
        self._preparer = Preparer(
            captioner,
            self.metrics,
            Analysing(analysers, self._store.analysed),
            threads=options.threads,
            max_pixels=options.max_pixels,
            browser=browser_for(options.chromium) if options.browser_draws else None,
        )
        self._isolated = ThreadPoolExecutor(1, thread_name_prefix="isolated")  # one: each loads a model
        self._dispatcher = Dispatcher(
            captioner,
            self._size,
            store=self._store,
            stop=self._end,
            metrics=self.metrics,
            limit_s=self._limit_s,
            tell=tell,
        )
        self.metrics.watch("fetching", lambda: len(self._tasks))
        self.metrics.watch("ready", self._dispatcher.ready.qsize)
        self.metrics.watch("device", self._dispatcher.at_device)
        self.metrics.watch("storing", self._dispatcher.ended.qsize)

    def stop(self) -> None:
        """Finish what is on the device, put back the rest, and return from `run`."""
        self.summary.interrupted = True
        self._end()

    def _end(self, error: BaseException | None = None) -> None:
        self._error = self._error or error
        self._stopping = True
        self._wake.set()

    async def run(self, *, watch: bool = False) -> Summary:
        """Work until the queue is empty; with `watch`, until stopped.

        Raises what the store raises, and DeviceError; the leases are given back before.
        """
        try:
            async with Fetcher(self._options) as fetcher:
                with liveness.present(self.name), stopping_on_signals(self.stop):
                    await self._work(fetcher, watch)
        finally:
            self._preparer.close()
            self._isolated.shutdown(cancel_futures=True)
            self._store.close()
            if self._store.held:  # a second Ctrl-C has cut the gentle end short
                self._store.release_now(self._dispatcher.not_begun, clear_strikes=self._is_captioner_at_fault)
        if self._error is not None:
            raise self._error
        return self.summary

    async def _work(self, fetcher: Fetcher, watch: bool) -> None:
        claiming, batching, finishing, *others = (
            asyncio.create_task(self._guarded(stage))
            for stage in (
                self._claim_all(fetcher, watch),
                self._dispatcher.run(),
                self._store_all(),
                self._heartbeat(),
                self._report(),
                self._follow_all(),
            )
        )
        try:
            await claiming  # ends when all is done or when everything shall
        finally:
            for task in (claiming, batching, *self._tasks):
                task.cancel()
            await asyncio.gather(claiming, batching, *self._tasks, return_exceptions=True)
            await self._dispatcher.close()
            await self._until_stored(finishing)
            for task in (finishing, *others):
                task.cancel()
            await asyncio.gather(finishing, *others, return_exceptions=True)
            await self._store.release(self._dispatcher.not_begun, clear_strikes=self._is_captioner_at_fault)

    async def _until_stored(self, finishing: asyncio.Task[None]) -> None:
        stored = asyncio.ensure_future(self._dispatcher.ended.join())
        await asyncio.wait((stored, finishing), return_when=asyncio.FIRST_COMPLETED)
        stored.cancel()

    async def _guarded(self, stage: Coroutine[Any, Any, None]) -> None:
        """An error that no image is to blame for ends the worker."""
        try:
            await stage
        except Exception as error:
            self._end(error)

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(pool.submit(work, *args, **kwargs))

    # Claim

    async def _claim_all(self, fetcher: Fetcher, watch: bool) -> None:
        while not self._stopping:
            self._wake.clear()
            capacity = self._size * BATCHES_UNDER_WAY + self._options.fetch_concurrency
            room = capacity - len(self._store.held)
            claimed = await self._store.claim(room) if room >= self._size else []
            for image, known in claimed:
                task = asyncio.create_task(self._guarded(self._fetch_and_prepare(fetcher, image, known)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if not self._store.held and not watch:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()

    # Fetch and prepare

    async def _fetch_and_prepare(self, fetcher: Fetcher, image: queue.ClaimedImage, known: Validators | None) -> None:
        try:
            async with fetcher.fetch(
                image.fetch_url,
                known or NO_VALIDATORS,
                image.where.networks,
                pages=image.where.pages,
                policies=image.where.policies,
                # A page of another site may name what is behind the login of this one, and would be told what it shows.
                with_credentials=self._for_sites or not image.where.hosts.isdisjoint(fetcher.credentials.hosts),
            ) as fetched:
                self.metrics.add("fetch", fetched.seconds)
                if fetched.data is None:
                    self._dispatcher.ended.put_nowait(ImageResult(image, None))
                    return
                if image.strikes >= queue.TRIED_APART_STRIKES and not self._is_served:
                    image = replace(image, questions=(None,))  # one process of its own is enough
                asset, analyses, features = await self._preparer.prepare(fetched.data, fetched.led_to, image.questions)
                if image.strikes < queue.TRIED_APART_STRIKES or self._is_served:
                    # Within the block: as long as no room is ready for it, nothing more is fetched.
                    for place, asked in zip(image.questions, features, strict=True):
                        await self._dispatcher.ready.put(
                            Prepared(image, asset, fetched.version, asked, analyses, place)
                        )
                    return
            answer = await self._in(
                self._isolated, caption_apart, self._load, features[0], self._limit_s, lambda: self._stopping
            )
            if isinstance(answer, ImageError):
                raise answer
            if answer is not None:
                outcome = AssetResult(asset, fetched.version, answer, analyses)
                self._dispatcher.ended.put_nowait(ImageResult(image, outcome))
        except ImageError as error:
            # Asked whether it has changed, and no answer: it keeps the caption that it has.
            unchanged = known is not None and error.stage is Stage.FETCH
            self._dispatcher.ended.put_nowait(ImageResult(image, None if unchanged else error))
        except (asyncio.CancelledError, StoreError):
            raise
        except Exception as error:
            # Hostile addresses and servers find ways that no list foresees; it costs this one image, not the run.
            self._dispatcher.ended.put_nowait(
                ImageResult(image, ImageError(Stage.FETCH, "error", f"{type(error).__name__}: {error}"))
            )

    # Store

    async def _store_all(self) -> None:
        ended = self._dispatcher.ended
        while True:
            results = [await ended.get()]
            while len(results) < STORED_AT_ONCE and not ended.empty():
                results.append(ended.get_nowait())
            self.summary.add(await self._store.store(results))
            self.fresh.update(result.image.id for result in results)
            for result in results:
                self._dispatcher.end_same(result)
                ended.task_done()
            self._wake.set()
            if self._progress is not None:
                self._progress(self.metrics)

    # Beside the stages

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(self._options.lease_s / 3)
            try:
                await self._store.extend_leases()
            except StoreError as error:
                # The next beat comes before the leases run out; a store that stays away ends the other stages.
                log.warning("%s", error)

    async def _follow_all(self) -> None:
        if self._follow is None:
            return
        with ThreadPoolExecutor(1, thread_name_prefix="follow") as pool:
            since = time.monotonic()
            while True:
                await asyncio.sleep(POLL_S)
                idle = not self._store.held
                if self.fresh and (idle or time.monotonic() - since >= FOLLOW_EVERY_S):
                    image_ids, self.fresh = self.fresh, set()
                    await self._in(pool, self._follow, image_ids, idle=idle)
                    since = time.monotonic()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(LOG_EVERY_S)
            log.info("%s", self.metrics.line())

    @property
    def _is_captioner_at_fault(self) -> bool:
        """A captioner that is out of order as a whole says nothing against the pictures that it was given."""
        return isinstance(self._error, CaptionerError)
