"""Planned sites on a Ray cluster: a task for each run, and an actor for each captioning worker.

Ray says where what runs, and starts it again elsewhere when a node is lost. What is done, what is left and who is at it
stands in the store as always, so a node that dies costs what its leases and its crawl held.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alt_audit.jobs.cluster_connect import check_address, check_nodes, connected, first_line, job_of
from alt_audit.jobs.cluster_node import CaptionWorker, site_here
from alt_audit.jobs.credentials import with_credentials
from alt_audit.jobs.events import CaptioningEnded, NodeLost, SiteEnded, SiteStarted
from alt_audit.jobs.plans import planned_site, planned_sites
from alt_audit.jobs.site_processes import threads
from alt_audit.jobs.site_run import STOPPED
from alt_audit.sites.plan import settings_of_site
from core.errors import ClusterError
from core.records import RunState
from store.engine import reading
from store.migrate import opened
from store.runs import last_runs
from store.site_lock import held_runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from alt_audit.config import Settings
    from alt_audit.jobs.cluster_node import Job
    from alt_audit.jobs.events import OnEvent
    from captioning.caption_options import CaptionOptions

TRIES_AGAIN = 3  # of a run whose node or process is lost; then the schedule does, as with any run that was killed
STOP_S = 60.0  # how long runs that were told to stop are waited for
NODES_S = 5.0  # how often it is looked which nodes are there
IDLE_S = 120.0  # without a run, captioning workers give their devices back


class ClusterSites:
    """The runs under way on a cluster; in the place of SiteProcesses."""

    def __init__(
        self, settings: Settings, config: Path | None, on_event: OnEvent, *, address: str, workers: int | None = None
    ) -> None:
        check_address(address, settings)
        self._settings, self._config, self._on_event = settings, config, on_event
        self._address, self._number = address, workers
        self._lock = threading.Lock()
        self._live: set[Any] = set()  # what the tasks under way yield
        self._stops = 0

    @contextmanager
    def taking(self, jobs: int | None) -> Iterator[ThreadPoolExecutor]:
        """Threads to call `run` in: so many, or one for each processor of the cluster. As SiteProcesses otherwise.

        Raises ClusterError where there is no cluster, or a node that could not do its part.
        """
        with connected(self._address) as ray, job_of(self._settings, self._config) as job:
            check_nodes(ray, job)
            there = ray.cluster_resources()
            if there.get("CPU", 0) < 1:
                raise ClusterError(f"no node of the cluster at {self._address} has a processor for a site")
            gpus = int(there.get("GPU", 0))
            number = gpus if self._number is None else self._number
            self._ray, self._job = ray, job
            self._task = ray.remote(num_cpus=1, max_retries=TRIES_AGAIN, num_returns="streaming")(site_here)
            self._workers = _Workers(ray, job, self._settings, self._on_event, number, on_gpus=number <= gpus)
            over = threading.Event()
            threading.Thread(target=self._look_at_nodes, args=(over,), daemon=True).start()
            try:
                with threads(jobs or int(there["CPU"]), self._interrupt) as pool:
                    yield pool
            finally:
                over.set()
                self._workers.end()

    def _look_at_nodes(self, over: threading.Event) -> None:
        before: dict[str, str] = {}
        while not over.wait(NODES_S):
            now = {node["NodeID"]: node["NodeManagerAddress"] for node in self._ray.nodes() if node["Alive"]}
            for node in before.keys() - now.keys():
                self._on_event(NodeLost(before[node]))
            before = now

    def _interrupt(self) -> None:
        with self._lock:
            self._stops += 1
            for items in self._live:
                self._ray.cancel(items, force=self._stops > 1)

    def run(self, name: str) -> RunState | None:
        """Run a site to its end, on some node; None where another process has done it or does it."""
        with self._workers.serving(name) as are_there:
            ended = self._run(name, are_there or self._settings.caption.left_to_workers)
        self._on_event(ended)
        return ended.state

    def _run(self, name: str, left_to_workers: bool) -> SiteEnded:
        started = time.monotonic()
        with self._lock:
            if self._stops:
                return SiteEnded(name, None, 0.0)
            items = self._task.remote(self._job, name, left_to_workers)
            self._live.add(items)
        ended: SiteEnded | None = None
        error = "it was lost"
        try:
            for item in items:
                event = self._ray.get(item)
                if isinstance(event, SiteStarted):
                    self._on_event(event)
                else:
                    ended = event
        except self._ray.exceptions.RayError as problem:
            error = f"Ray gave it up: {first_line(problem)}"
        with self._lock:
            self._live.discard(items)
        if ended is not None:
            return ended
        if not self._stops:
            return SiteEnded(name, RunState.FAILED, time.monotonic() - started, error)
        state = self._state_at_last(name)
        return SiteEnded(name, state, time.monotonic() - started, None if state is RunState.DONE else STOPPED)

    def _state_at_last(self, name: str) -> RunState:
        """What became of a run whose task was cancelled: for Ray it is over before the site has stopped."""
        until = time.monotonic() + STOP_S
        with opened(self._settings.database) as engine:
            with reading(engine) as session:
                site_id = planned_site(session, name).site.id
            while self._stops == 1 and held_runs(engine, [site_id]) and time.monotonic() < until:
                time.sleep(0.2)
            with reading(engine) as session:
                last = last_runs(session, datetime.now(UTC), site_id).get(site_id)
        return RunState.DONE if last is not None and last.state is RunState.DONE else RunState.STOPPED


class _Workers:
    """The captioning workers: there while sites are run, for all that are captioned by the common settings."""

    def __init__(
        self, ray: Any, job: Job, settings: Settings, on_event: OnEvent, number: int, *, on_gpus: bool
    ) -> None:
        self._ray, self._job, self._settings, self._on_event = ray, job, settings, on_event
        self._number, self._on_gpus = number, on_gpus
        self._lock = threading.Lock()
        self._users = 0
        self._idle: threading.Timer | None = None
        self._actors: list[Any] = []
        self._endings: list[Any] = []
        self._sites: frozenset[str] = frozenset()

    @contextmanager
    def serving(self, site: str) -> Iterator[bool]:
        """Whether workers caption what the site needs, as long as it is run."""
        with self._lock:
            self._users += 1
            if self._idle is not None:
                self._idle.cancel()
            if not self._actors and self._number:
                self._start()
        try:
            yield site in self._sites
        finally:
            with self._lock:
                self._users -= 1
                if not self._users and self._actors:
                    self._idle = threading.Timer(IDLE_S, self._end_idle)
                    self._idle.daemon = True
                    self._idle.start()

    def _start(self) -> None:
        self._sites = frozenset(served_alike(self._settings))
        if not self._sites:
            return
        actor = self._ray.remote(CaptionWorker).options(
            num_cpus=0,
            num_gpus=1 if self._on_gpus else 0,
            max_concurrency=2,
            max_restarts=-1,
            max_task_retries=-1,
            scheduling_strategy="SPREAD",
        )
        self._actors = [actor.remote(number) for number in range(1, self._number + 1)]
        self._endings = [each.work.remote(self._job, sorted(self._sites)) for each in self._actors]
        for number, ending in enumerate(self._endings, 1):
            threading.Thread(target=self._follow, args=(number, ending), daemon=True).start()

    def _follow(self, number: int, ending: Any) -> None:
        try:
            reason = self._ray.get(ending)
        except self._ray.exceptions.RayError as error:
            reason = first_line(error)
        if reason is not None and self._actors:
            self._on_event(CaptioningEnded(number, reason))

    def _end_idle(self) -> None:
        with self._lock:
            if not self._users:
                self._end()

    def end(self) -> None:
        """End them gently, and give back what they hold."""
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            self._end()

    def _end(self) -> None:
        actors, self._actors = self._actors, []
        if actors:
            stops = [each.stop.remote() for each in actors]
            self._ray.wait([*stops, *self._endings], num_returns=2 * len(stops), timeout=STOP_S)
        for each in actors:
            self._ray.kill(each)


def served_alike(settings: Settings) -> Iterator[str]:
    """The planned sites whose pictures a worker with the common settings captions as their own run would.

    Credentials of a site are for its own run alone.
    """
    common = _looking(settings.caption)
    for one in planned_sites(settings):
        if one.plan is None or one.plan.secrets:
            continue
        own = with_credentials(settings_of_site(settings, one.plan), lambda _: None, one.plan.urls)
        if _looking(own.caption) == common:
            yield one.site.name


def _looking(options: CaptionOptions) -> CaptionOptions:
    """What of the settings changes captions: models that are not told of the place are not told of the brand."""
    if options.context != "none":
        return options
    return options.model_copy(update={"brand": None, "keywords": [], "contexts": 1})
