"""Captioning what the queue holds, and what that would take."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from alt_audit.jobs.credentials import with_credentials
from alt_audit.jobs.events import (
    CaptionerNote,
    ImagesCaptioned,
    ImagesHeld,
    MetricsServed,
    NothingFailed,
    NothingToCaption,
    OnEvent,
    Requeue,
    Requeued,
    StoreAwaited,
    Work,
    work_on,
)
from alt_audit.jobs.suggest import Following
from core.errors import AltAuditError, UsageError
from core.records import QueueState
from store.address import parse_url, shown
from store.counts import counts
from store.engine import reading, writing
from store.migrate import is_there, opened
from store.sites import site_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from alt_audit.config import Settings
    from captioning.analysers.base import Analyser
    from captioning.estimate import Estimate
    from captioning.worker.metrics import Metrics
    from captioning.worker.results import Summary
    from inference.protocol import Captioner
    from store.captions_again import Which

STORE_POLL_S = 2.0  # how often a worker looks whether the store is there

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaptionRun:
    """What a captioning stage did, and with what."""

    summary: Summary
    model_note: str
    left: int = 0  # images that it leaves behind, since another worker holds them

    @property
    def is_whole(self) -> bool:
        """Whether no image is left that waits or is in work."""
        return not self.summary.interrupted and not self.left


@dataclass(frozen=True, slots=True)
class WorkAhead:
    """What captioning the queue would take."""

    images: int
    estimate: Estimate
    usage: str | None  # what an endpoint counted for the estimate itself; None without an endpoint


def caption(
    settings: Settings,
    on_event: OnEvent,
    *,
    sites: Sequence[str] = (),
    watch: bool = False,
    retry_failed: bool = False,
    code: str | None = None,
    recaption: bool = False,
    refresh: bool = False,
    again: Which | None = None,
) -> CaptionRun | None:
    """Caption what the queue holds, for some sites or for all. None when there is nothing to do: no model is loaded.
    `retry_failed` also takes what failed, or what failed with one `code`; `recaption` what other models have
    captioned; `refresh` what is captioned, if it has changed since; `again` those whose captions it means.
    Raises UsageError for a code that there is not.
    """
    from alt_audit.jobs.places import moved_images, requeue_again, requeue_others
    from captioning.analysers.registry import load_analysers, revisions_here
    from captioning.captioners.select import load_captioner
    from inference.protocol import takes_places
    from store import captions_again, queue

    settings = with_credentials(settings, on_event)
    if watch:
        _await_store(settings.database, on_event)
    with opened(settings.database) as engine:
        named, trocr = settings.caption.analysers, settings.caption.trocr
        revisions = revisions_here(named, lambda text: on_event(CaptionerNote(text)), trocr=trocr)
        with reading(engine) as session:
            site_ids = ids_of(session, sites)
            scopes = site_ids or (None,)
            failed = _failed_with(session, code, scopes) if retry_failed else 0
            looked_at = _captioned(session, scopes) if refresh or recaption else 0
            meant = captions_again.count(session, again, scopes, revisions) if again is not None else 0
            waiting = queue.waiting(session, site_ids)
            moved = moved_images(session, settings, site_ids)
        if retry_failed and not failed:
            on_event(NothingFailed(code))
        if again is not None and not meant:
            on_event(Requeued(_requeue(again), 0))
        looked_at = looked_at or meant or len(moved)
        following = Following(engine, settings, site_ids)
        # What a crawl has met in new places since needs no model.
        following((), idle=not (waiting or failed or looked_at))
        if not (waiting or failed or looked_at or watch):
            on_event(NothingToCaption())
            return None
        # Nothing goes back into the queue for a model that cannot be had.
        captioner = load_captioner(settings.caption, lambda text: on_event(CaptionerNote(text)))
        analysers = load_analysers(revisions, trocr=trocr)
        if settings.caption.context != "none" and not takes_places(captioner):
            on_event(CaptionerNote(f"{captioner.info.model} takes no questions: caption.context says nothing to it."))
        with writing(engine) as session:
            if failed:
                stage, _, reason = (code or "").partition("/")
                with_code = (stage, reason) if code is not None else ()
                requeued = sum(queue.retry_failed(session, *with_code, site_id=site_id) for site_id in scopes)
                on_event(Requeued(Requeue.FAILED, requeued))
            if refresh:
                on_event(Requeued(Requeue.REFRESH, queue.requeue_captioned(session, site_ids)))
            if recaption:
                others = requeue_others(session, captioner, settings, scopes)
                on_event(Requeued(Requeue.OTHER_MODEL, others))
            if again is not None and meant:
                meant = requeue_again(session, captioner, settings, again, scopes, revisions)
                on_event(Requeued(_requeue(again), meant))
            if moved and takes_places(captioner):
                on_event(Requeued(Requeue.MOVED, queue.requeue_images(session, moved)))
            waiting = queue.waiting(session, site_ids)
        return _work(
            engine,
            captioner,
            waiting,
            settings,
            on_event,
            following,
            watch=watch,
            site_ids=site_ids,
            analysers=analysers,
        )


def estimate(settings: Settings, on_event: OnEvent, *, sites: Sequence[str] = ()) -> WorkAhead | None:
    """Measure what captioning the queue would take; None when nothing waits. Claims nothing."""
    from alt_audit.jobs.places import questions_ahead
    from captioning.analysers.registry import load_analysers, revisions_here
    from captioning.captioners.select import load_captioner
    from captioning.estimate import estimate as measure
    from store import queue

    with opened(settings.database) as engine:
        with reading(engine) as session:
            site_ids = ids_of(session, sites)
            waiting = queue.waiting(session, site_ids)
        if not waiting:
            on_event(NothingToCaption())
            return None
        captioner = load_captioner(settings.caption, lambda text: on_event(CaptionerNote(text)))
        with reading(engine) as session:
            ahead = questions_ahead(session, captioner, settings, site_ids, waiting)
    named, trocr = settings.caption.analysers, settings.caption.trocr
    revisions = revisions_here(named, lambda text: on_event(CaptionerNote(text)), trocr=trocr)
    analysers = load_analysers(revisions, trocr=trocr)
    measured = measure(captioner, ahead.questions, settings.caption, ahead.samples, analysers)
    return WorkAhead(waiting, measured, _usage(captioner))


def _requeue(which: Which) -> Requeue:
    return Requeue.ANALYSE if which.without else Requeue.AGAIN


def _await_store(database: str, on_event: OnEvent) -> None:
    """Wait for the crawl that makes the store: workers may be started before it."""
    if is_there(database):
        return
    on_event(StoreAwaited(shown(parse_url(database))))
    while not is_there(database):
        time.sleep(STORE_POLL_S)


def ids_of(session: Session, sites: Sequence[str]) -> tuple[int, ...] | None:
    """The sites of these names; None for all. Raises UsageError for a name that there is not."""
    return tuple(site_named(session, site).id for site in sites) or None


def _captioned(session: Session, scopes: Iterable[int | None]) -> int:
    return sum(counts(session, site_id).queue[QueueState.CAPTIONED] for site_id in scopes)


def _failed_with(session: Session, code: str | None, scopes: Iterable[int | None]) -> int:
    """How many images have failed, with one code or in all. Raises UsageError for a code that there never was."""
    from store import queue

    failures: Counter[str] = Counter()
    for site_id in scopes:
        failures.update({tally.name: tally.images for tally in counts(session, site_id).failures})
    if code is None:
        return failures.total()
    if code not in failures and not queue.ever_failed(session, *code.partition("/")[::2]):
        there = ", ".join(f"{name} ({number})" for name, number in failures.items())
        raise UsageError(
            f"no image has failed with {code!r}. "
            + (f"The codes there are: {there}" if there else "No image has failed at all.")
        )
    return failures[code]


def _work(
    engine: Engine,
    captioner: Captioner,
    waiting: int,
    settings: Settings,
    on_event: OnEvent,
    following: Following,
    *,
    watch: bool,
    site_ids: Collection[int] | None,
    analysers: Sequence[Analyser],
) -> CaptionRun:
    from captioning.captioners.select import load_captioner
    from captioning.worker.metrics import serving
    from captioning.worker.worker import Worker

    options = settings.caption
    load = partial(load_captioner, options, log.debug)
    started = time.monotonic()
    failure = None
    with work_on(Work.IMAGES, on_event) as update:

        def progress(metrics: Metrics) -> None:
            done = metrics.summary.done
            known = None if watch and done > waiting else max(waiting, done)  # what comes later is not known
            update(done, known, " ".join(f"{name} {n}" for name, n in metrics.depths().items()))

        worker = Worker(
            engine,
            captioner,
            options,
            load=load,
            follow=following,
            progress=progress,
            tell=lambda text: on_event(CaptionerNote(text)),
            site_ids=site_ids,
            analysers=analysers,
        )
        with serving(worker.metrics, options.metrics_host, options.metrics_port) as address:
            if address is not None:
                on_event(MetricsServed(address))
            try:
                asyncio.run(worker.run(watch=watch))
            except AltAuditError as error:
                failure = error  # what was done, and paid for, until then is told first
    summary, seconds = worker.summary, time.monotonic() - started
    try:
        following(worker.fresh, idle=True)
    except AltAuditError as error:
        failure = failure or error
    usage, knows = _usage(captioner), captioner.info.knows
    on_event(ImagesCaptioned(summary, seconds, usage, knows, watched=watch, failed=failure is not None))
    if failure is not None:
        raise failure
    left = 0
    if not summary.interrupted:
        left = _leased(engine, site_ids)
        if left:
            on_event(ImagesHeld(left, options.lease_s))
    return CaptionRun(summary, captioner.info.description, left)


def _usage(captioner: Captioner) -> str | None:
    return None if captioner.usage is None else str(captioner.usage)


def _leased(engine: Engine, site_ids: Collection[int] | None) -> int:
    from store import queue

    with reading(engine) as session:
        return queue.leased(session, site_ids)
