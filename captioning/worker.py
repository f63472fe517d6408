"""The captioning worker: claims images from the queue and ends each as a row, captioned or failed.

Fetching, preparing and generating overlap: pictures are downloaded and decoded while the device is busy with the
batch before. The number of images under way is bounded, so memory stays flat however long the queue is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from captioning.batches import generate_all
from captioning.compose import compose
from captioning.fetch import Fetcher
from captioning.prepare import decode, perceptual_hash, shrink, thumbnail
from core.errors import ImageError, StoreError
from core.lint import RuleOptions
from core.records import Stage
from core.text import storable
from store import captions, queue
from store.engine import reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from captioning.captioners.base import Caption, Captioner
    from captioning.options import CaptionOptions

BATCHES_UNDER_WAY = 4  # images claimed at once, in batches: one on the device, the rest being fetched and decoded
BATCH_WAIT_S = 0.25  # how long a batch that is not full waits for more
POLL_S = 5.0  # how often a watching worker looks for new work
MAX_MESSAGE_CHARS = 500
COMPOSED_AT_ONCE = 200
_DEFAULT_RULES = RuleOptions()
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Summary:
    """What a worker did."""

    captioned: int = 0
    abstained: int = 0  # of those captioned
    reused: int = 0  # of those captioned: the same bytes had a caption already
    failed: Counter[str] = field(default_factory=Counter)  # stage/code
    lost: int = 0  # leases that ran out while the worker held them; another worker has those images
    interrupted: bool = False
    seconds: defaultdict[str, float] = field(
        default_factory=lambda: defaultdict(float)
    )  # per stage, added up over threads

    @property
    def done(self) -> int:
        """Images that are off this worker's hands."""
        return self.captioned + self.failed.total() + self.lost


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A picture ready for the device."""

    asset: captions.AssetFacts
    features: Any  # the captioner's own


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How an image came out of fetching and preparing."""

    image: queue.ClaimedImage
    result: _Prepared | ImageError


def caption_key(captioner: Captioner) -> captions.CaptionKey:
    """What a captioner's captions are stored under."""
    return captions.CaptionKey(captioner.model, captioner.revision, captioner.prompt_version, captioner.language)


class Worker:
    """One worker on one device. `run` returns when the queue is empty, or never when it watches."""

    def __init__(
        self,
        engine: Engine,
        captioner: Captioner,
        options: CaptionOptions,
        *,
        rules: RuleOptions = _DEFAULT_RULES,
        progress: Callable[[Summary], None] | None = None,
    ) -> None:
        self._engine = engine
        self._captioner = captioner
        self._options = options
        self._rules = rules
        self._progress = progress
        self._key = caption_key(captioner)
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._held: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._clock = threading.Lock()
        self.summary = Summary()

    def stop(self) -> None:
        """Finish what is on the device, put back the rest, and return from `run`."""
        self.summary.interrupted = True
        self._stop.set()

    async def run(self, *, watch: bool = False) -> Summary:
        """Work until the queue is empty; with `watch`, until stopped."""
        self._outcomes: asyncio.Queue[_Outcome] = asyncio.Queue(self._options.batch_size * BATCHES_UNDER_WAY)
        self._pool = ThreadPoolExecutor(self._options.prepare_threads, thread_name_prefix="prepare")
        await asyncio.to_thread(self._compose_new_contexts)
        with _stopping_on_signals(self.stop):
            heartbeat = asyncio.create_task(self._heartbeat())
            try:
                async with Fetcher(self._options) as fetcher:
                    await self._loop(fetcher, watch)
            finally:
                heartbeat.cancel()
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(heartbeat, *self._tasks, return_exceptions=True)
                self._pool.shutdown(wait=True)
                await asyncio.to_thread(self._release)
        return self.summary

    async def _loop(self, fetcher: Fetcher, watch: bool) -> None:
        while not self._stop.is_set():
            claimed = await asyncio.to_thread(self._claim)
            for image in claimed:
                task = asyncio.create_task(self._fetch_and_prepare(fetcher, image))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if not self._held:
                if not watch:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), POLL_S)
                continue
            batch = await self._next_batch()
            if batch:
                await asyncio.to_thread(self._caption_and_store, batch)
                if self._progress is not None:
                    self._progress(self.summary)

    def _claim(self) -> list[queue.ClaimedImage]:
        room = self._options.batch_size * BATCHES_UNDER_WAY - len(self._held)
        if room < self._options.batch_size:
            return []
        with writing(self._engine) as session:
            claimed = queue.claim(session, self.name, room, self._options.lease_s)
        self._held.update(image.id for image in claimed)
        return claimed

    async def _next_batch(self) -> list[_Outcome]:
        """What is ready, up to a batch; waits a moment for a full one. Empty only when the worker is stopping."""
        batch: list[_Outcome] = []
        deadline = time.monotonic() + BATCH_WAIT_S
        wanted = min(self._options.batch_size, len(self._held))
        while len(batch) < wanted and not self._stop.is_set():
            left = deadline - time.monotonic()
            if batch and left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                batch.append(await asyncio.wait_for(self._outcomes.get(), max(left, BATCH_WAIT_S)))
        return batch

    async def _fetch_and_prepare(self, fetcher: Fetcher, image: queue.ClaimedImage) -> None:
        result: _Prepared | ImageError
        try:
            with self._timed("fetch"):
                data = await fetcher.fetch(image.fetch_url, image.networks)
            result = await asyncio.get_running_loop().run_in_executor(self._pool, self._prepare, data)
        except ImageError as error:
            result = error
        except Exception as error:
            # Hostile addresses and servers find ways that no list foresees; it costs this one image, not the run.
            result = ImageError(Stage.FETCH, "error", f"{type(error).__name__}: {error}")
        await self._outcomes.put(_Outcome(image, result))

    def _prepare(self, data: bytes) -> _Prepared:
        with self._timed("prepare"):
            picture = decode(data, max_pixels=self._options.max_pixels)
            small = shrink(picture.image)
            asset = captions.AssetFacts(
                sha256=picture.sha256,
                format=picture.format,
                width=picture.width,
                height=picture.height,
                byte_size=len(data),
                warnings=picture.warnings,
                phash=perceptual_hash(small),
                thumbnail=thumbnail(small),
            )
            try:
                return _Prepared(asset, self._captioner.prepare(picture.image))
            except Exception as error:
                # What the decoder let through, a model's own preprocessing may still refuse (a strip of 1 x N).
                raise ImageError(Stage.DECODE, "prepare", f"{type(error).__name__}: {error}") from error

    def _caption_and_store(self, batch: Sequence[_Outcome]) -> None:
        """Caption what is new in a batch, and store the outcome of all of it in one transaction."""
        prepared = {o.result.asset.sha256: o.result for o in batch if isinstance(o.result, _Prepared)}
        with reading(self._engine) as session:
            fresh = {
                sha256: one
                for sha256, one in prepared.items()
                if captions.find_caption(session, sha256, self._key) is None
            }
        with self._timed("generate"):
            answers = generate_all(self._captioner, [one.features for one in fresh.values()])
        said = dict(zip(fresh, answers, strict=True))
        with self._timed("store"), writing(self._engine) as session:
            for outcome in batch:
                self._store(session, outcome, said)
        self._held.difference_update(outcome.image.id for outcome in batch)

    def _store(self, session: Session, outcome: _Outcome, said: dict[str, Caption | ImageError]) -> None:
        try:
            if isinstance(outcome.result, ImageError):
                raise outcome.result
            self._store_caption(session, outcome.image, outcome.result.asset, said)
        except ImageError as error:
            bounded = ImageError(error.stage, error.code, storable(error.message)[:MAX_MESSAGE_CHARS])
            if queue.fail(session, self.name, outcome.image.id, bounded):
                self.summary.failed[f"{error.stage}/{error.code}"] += 1
            else:
                self.summary.lost += 1

    def _store_caption(
        self,
        session: Session,
        image: queue.ClaimedImage,
        asset: captions.AssetFacts,
        said: dict[str, Caption | ImageError],
    ) -> None:
        answer = said.get(asset.sha256)
        if isinstance(answer, ImageError):
            raise answer
        asset_id = captions.save_asset(session, asset)
        stored = captions.find_caption(session, asset.sha256, self._key)
        reused = stored is not None
        if stored is None:
            assert answer is not None
            stored = captions.save_caption(session, asset_id, self._key, answer.text, answer.confidence)
        if not queue.finish(session, self.name, image.id, asset_id):
            self.summary.lost += 1
            return
        self._suggest(session, {image.id: stored})
        self.summary.captioned += 1
        self.summary.reused += reused
        self.summary.abstained += stored.text is None

    def _suggest(self, session: Session, by_image: dict[int, captions.StoredCaption]) -> None:
        for group in captions.context_groups(session, list(by_image)):
            caption = by_image[group.image_id]
            try:
                draft = compose(caption.text, group, self._rules)
            except Exception as error:
                raise ImageError(Stage.COMPOSE, "error", f"{type(error).__name__}: {error}") from error
            captions.save_suggestion(session, group, caption, draft)

    def _compose_new_contexts(self) -> None:
        """Draft texts for captioned images that a crawl has since met elsewhere; no picture is fetched for that."""
        while True:
            with writing(self._engine) as session:
                found = captions.without_suggestion(session, self._key, COMPOSED_AT_ONCE)
                self._suggest(session, dict(found))
            if len(found) < COMPOSED_AT_ONCE:
                return

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(self._options.lease_s / 3)
            try:
                await asyncio.to_thread(self._extend_leases)
            except StoreError as error:
                # The next beat comes before the leases run out; a store that stays away ends the main loop.
                log.warning("%s", error)

    def _extend_leases(self) -> None:
        with writing(self._engine) as session:
            queue.heartbeat(session, self.name, set(self._held), self._options.lease_s)

    def _release(self) -> None:
        with contextlib.suppress(StoreError), writing(self._engine) as session:
            queue.release(session, self.name, self._held)
        self._held.clear()

    @contextlib.contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            with self._clock:
                self.summary.seconds[stage] += time.monotonic() - started


@contextlib.contextmanager
def _stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM stops gently, a second one at once. Only the main thread gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def once() -> None:
        stop()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, once)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
