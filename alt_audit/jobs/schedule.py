"""What is due is run: now, or whenever something is due, so many sites at once.

The state is in the store. When a site is due follows from its plan and its last run (`sites/due.py`), so nothing is
lost with this process, two of them do the same, and the clock may jump. APScheduler finds the times; its own loop is
not used, since it waits for an hour of the machine's clock: set back by a day, it would stand still for one.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alt_audit.jobs.due_sites import all_due
from alt_audit.jobs.events import LookFailed, NothingDue, PlansRead
from alt_audit.jobs.notifier import Notifier
from alt_audit.jobs.plans import import_plans
from alt_audit.jobs.site_processes import SiteProcesses
from core.errors import AltAuditError, UsageError
from core.records import RunState
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future, ThreadPoolExecutor
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Protocol

    from alt_audit.config import Settings
    from alt_audit.jobs.events import OnEvent

    class Runs(Protocol):
        """Where sites are run: on this machine (SiteProcesses), or on many (ClusterSites)."""

        def taking(self, jobs: int | None) -> AbstractContextManager[ThreadPoolExecutor]:
            """Threads to call `run` in, so many or as many as make sense."""

        def run(self, name: str) -> RunState | None:
            """Run a site to its end; None where there was nothing to do."""


LOOK_S = 15.0  # how often `watch` looks what is due


def due_now(settings: Settings, only: Sequence[str] = ()) -> list[str]:
    """The names of the sites that are due, the one that is due longest first; of `only` these, where any are named.

    Raises UsageError for a name that is not planned.
    """
    now = datetime.now(UTC)
    with opened(settings.database) as engine:
        sites = {each.one.site.name: each for each in all_due(engine, now)}
    for name in only:
        if name not in sites:
            raise UsageError(f"no site {name!r} is planned: 'alt-audit sites list' names those that are")
    due = [(each.at, name) for name, each in sites.items() if each.at is not None and each.at <= now]
    return [name for _, name in sorted(due) if not only or name in only]


def run_due(
    settings: Settings,
    on_event: OnEvent,
    *,
    config: Path | None = None,
    only: Sequence[str] = (),
    file: Path | None = None,
    jobs: int | None = None,
    page: bool = False,
    runs: Callable[[Settings, Path | None, OnEvent], Runs] = SiteProcesses,
) -> bool:
    """Run what is due now, `jobs` sites at once, and return whether all is well. `file`: sites that are imported first.
    With `page`, the page of all sites is written as well; where it cannot be, all may be well.

    Ctrl-C and SIGTERM end the runs under way gently, and raise KeyboardInterrupt then; the next call goes on.
    """
    is_well = file is None or _import(settings, file, on_event)
    with Notifier(settings, on_event, page=page) as notifier:
        sites = runs(settings, config, notifier)
        with sites.taking(jobs) as pool:
            due = due_now(settings, only)
            if not due:
                on_event(NothingDue())
            states = list(pool.map(sites.run, due))
    return is_well and all(state in {RunState.DONE, None} for state in states)


def watch(
    settings: Settings,
    on_event: OnEvent,
    *,
    config: Path | None = None,
    file: Path | None = None,
    jobs: int | None = None,
    page: bool = False,
    runs: Callable[[Settings, Path | None, OnEvent], Runs] = SiteProcesses,
) -> None:
    """As `run_due`, whenever something is due, until KeyboardInterrupt; `file` is read again once it has changed."""
    notifier = Notifier(settings, on_event, page=page)
    sites = runs(settings, config, notifier)
    in_hand: dict[str, Future[RunState | None]] = {}
    read: float | None = None
    trouble = ""
    with notifier, sites.taking(jobs) as pool:
        while True:
            try:
                if file is not None and (changed := _changed(file)) != read:
                    read = changed
                    _import(settings, file, on_event)
                for name in due_now(settings):
                    if name not in in_hand or in_hand[name].done():
                        in_hand[name] = pool.submit(sites.run, name)
                trouble = ""
            except AltAuditError as error:  # a store that is down for a while, a file that is being written
                if str(error) != trouble:
                    on_event(LookFailed(str(error)))
                trouble = str(error)
            time.sleep(LOOK_S)


def _import(settings: Settings, file: Path, on_event: OnEvent) -> bool:
    done = import_plans(settings, file)
    on_event(PlansRead(file, done))
    return not done.faults


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0  # whoever reads it says what is wrong
