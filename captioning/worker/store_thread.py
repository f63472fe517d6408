"""What a worker asks of the store: one thread writes, so that its transactions never wait for each other."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from captioning.worker import liveness
from captioning.worker.results import ImageResult, Summary, store_results
from core.errors import StoreError
from core.net.validators import Validators, read_validators
from store import analyses, captions, queue
from store.engine import reading, writing
from store.places import questions
from store.site_alts import SiteAlts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from captioning.worker.metrics import Metrics
    from core.place import Place
    from store.places import PlaceKeys

P = ParamSpec("P")
T = TypeVar("T")


class StoreThread:
    """The images that one worker has leased, and the store that knows of them. `held` changes in the event loop."""

    def __init__(
        self,
        engine: Engine,
        worker: str,
        key: captions.CaptionKey,
        metrics: Metrics,
        *,
        lease_s: float,
        site_ids: Collection[int] | None = None,
        analysers: Mapping[str, str] | None = None,
        places: PlaceKeys | None = None,
    ) -> None:
        """`analysers`: the revision of each that looks at pictures; with `places` they are asked about in these."""
        self._engine = engine
        self._metrics = metrics
        self._worker = worker
        self._key = key
        self._lease_s = lease_s
        self._analysers = analysers or {}
        self._site_ids = site_ids  # None: for all sites
        self._places = places
        self._alts = SiteAlts()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")
        self.held: set[int] = set()

    async def claim(self, room: int) -> list[tuple[queue.ClaimedImage, Validators | None]]:
        """Images, each with the version of it of which all is said; None where there is no such."""
        return await self._run(self._claim, room)

    async def find_known(self, questions: Collection[tuple[str, Place | None]]) -> set[tuple[str, str]]:
        """Those of the questions (sha256, place) that are answered in the store, as (sha256, digest of the place)."""
        return await self._run(self._find_known, questions)

    def analysed(self, sha256: str) -> set[str]:
        """Those of the analysers that have said of these bytes what they have to say. From any thread."""
        return self._pool.submit(self._analysed, sha256).result()

    async def mark_tried(self, image_ids: Sequence[int]) -> None:
        """Note that these go to the device now."""
        await self._run(self._mark_tried, image_ids)

    async def store(self, results: Sequence[ImageResult]) -> Summary:
        """Store what became of images. Returns what that adds to the counts, once it is committed."""
        stored = await self._run(self._store, results)
        self.held.difference_update(result.image.id for result in results)
        return stored

    async def extend_leases(self) -> None:
        """Keep what is held for another while."""
        await self._run(self._extend_leases)

    async def release(self, not_begun: Collection[int], *, clear_strikes: bool) -> None:
        """As `release_now`, in the thread."""
        await self._run(self.release_now, not_begun, clear_strikes=clear_strikes)

    def release_now(self, not_begun: Collection[int], *, clear_strikes: bool) -> None:
        """Put back what is held: what the device never got without its strikes, all of it if `clear_strikes`.

        Where the store is away, the next worker on this machine sees that this one is dead.
        """
        with contextlib.suppress(StoreError):
            with writing(self._engine) as session:
                queue.release(session, self._worker, not_begun, clear_strikes=True)
                queue.release(session, self._worker, self.held, clear_strikes=clear_strikes)
            liveness.forget(self._worker)
        self.held.clear()

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self._pool.submit(work, *args, **kwargs))

    def _claim(self, room: int) -> list[tuple[queue.ClaimedImage, Validators | None]]:
        with writing(self._engine) as session:
            claimed = queue.claim(session, self._worker, room, self._lease_s, site_ids=self._site_ids)
            if len(claimed) < room and (dead := liveness.dead(queue.owners(session) - {self._worker})):
                queue.release_all(session, dead)
                rest = room - len(claimed)
                claimed += queue.claim(session, self._worker, rest, self._lease_s, site_ids=self._site_ids)
            if self._places is not None:
                ids = [image.id for image in claimed]
                asked = questions(session, ids, self._places.limit, self._site_ids, self._alts)
                claimed = [replace(image, questions=asked.get(image.id, image.questions)) for image in claimed]
            again = [image for image in claimed if image.asset_id is not None]
            done = self._answered(session, again) if again else set()
        self.held.update(image.id for image in claimed)
        return [
            (image, read_validators(image.etag, image.last_modified) if image.id in done else None) for image in claimed
        ]

    def _answered(self, session: Session, images: Sequence[queue.ClaimedImage]) -> set[int]:
        """Those of the images whose pictures, as they were, leave nothing to be asked."""
        wanted = {image.id: {(image.asset_id, self._key_of(place)) for place in image.questions} for image in images}
        keys = {key for questions in wanted.values() for _, key in questions}
        known = captions.answered(session, sorted({image.asset_id or 0 for image in images}), keys)
        whole = {image.asset_id or 0 for image in images if wanted[image.id] <= known}
        whole = analyses.analysed_by_all(session, whole, self._analysers)
        return {image.id for image in images if wanted[image.id] <= known and image.asset_id in whole}

    def _key_of(self, place: Place | None) -> captions.CaptionKey:
        return self._key if self._places is None else self._places.of(place)

    def _find_known(self, questions: Collection[tuple[str, Place | None]]) -> set[tuple[str, str]]:
        keys = {(sha256, self._key_of(place)) for sha256, place in questions}
        with reading(self._engine) as session:
            ids = captions.asset_ids(session, {sha256 for sha256, _ in keys})
            known = captions.answered(session, sorted(ids.values()), {key for _, key in keys}) if ids else set()
        return {(sha256, key.place) for sha256, key in keys if (ids.get(sha256), key) in known}

    def _analysed(self, sha256: str) -> set[str]:
        with reading(self._engine) as session:
            return analyses.analysers_of(session, sha256, self._analysers)

    def _mark_tried(self, image_ids: Sequence[int]) -> None:
        with writing(self._engine) as session:
            queue.mark_tried(session, self._worker, image_ids)

    def _store(self, results: Sequence[ImageResult]) -> Summary:
        with self._metrics.timed("finish", len(results)), writing(self._engine) as session:
            return store_results(session, self._worker, self._key, results, self._places)

    def _extend_leases(self) -> None:
        with writing(self._engine) as session:
            queue.heartbeat(session, self._worker, set(self.held), self._lease_s)
