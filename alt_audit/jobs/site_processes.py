"""Planned sites, each run in a process of its own, which outlives this one if it has to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from alt_audit.jobs.events import SiteEnded, SiteStarted
from alt_audit.jobs.plans import planned_site
from alt_audit.sites.due import due_at
from alt_audit.sites.folders import log_path
from core.errors import AltAuditError, ReportError, SiteBusyError
from core.records import RunState
from store.engine import reading, writing
from store.migrate import opened
from store.runs import begin_run, last_runs, note_run
from store.site_lock import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from alt_audit.config import Settings
    from alt_audit.jobs.events import OnEvent
    from alt_audit.sites.plan import SitePlan
    from store.runs import RunRecord

MAX_LOG_BYTES = 1_000_000  # then the log of a site begins anew, and the one before is kept
_BOUND = "import ctypes, sys; sys.platform == 'linux' and ctypes.CDLL(None).prctl(1, 15); "  # PR_SET_PDEATHSIG
_CHILD = "import sys; sys.path[:] = {path!r}; from alt_audit.__main__ import main; main()"


class SiteProcesses:
    """The runs under way. `bound`: whatever ends the thread of one ends its process, gently."""

    def __init__(self, settings: Settings, config: Path | None, on_event: OnEvent, *, bound: bool = False) -> None:
        self._settings, self._on_event, self._bound = settings, on_event, bound
        self._environment = os.environ | {"ALT_AUDIT_DATABASE": settings.database}
        if config is not None:
            self._environment["ALT_AUDIT_CONFIG"] = str(config)
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[bytes]] = set()
        self._stopping = False

    def taking(self, jobs: int | None) -> AbstractContextManager[ThreadPoolExecutor]:
        """So many threads to call `run` in, or one. Whatever ends the block early ends the children gently first."""
        return threads(jobs or 1, self._interrupt)

    def _interrupt(self) -> None:
        with self._lock:
            self._stopping = True
            for process in self._live:
                process.send_signal(signal.SIGINT)

    def run(self, name: str) -> RunState | None:
        """Run a site to its end; None where there was nothing to do, as another process has done it or does it."""
        log, started = log_path(self._settings.out, name), time.monotonic()
        again = None
        try:
            run, plan = self._run(name, log)
            if run is not None and plan is not None:
                again = due_at(plan, run, datetime.now(UTC))
        except AltAuditError as error:  # of this site alone
            self._on_event(SiteEnded(name, RunState.FAILED, time.monotonic() - started, str(error)))
            return RunState.FAILED
        seconds = time.monotonic() - started
        if run is None:
            self._on_event(SiteEnded(name, None, seconds))
            return None
        self._on_event(SiteEnded(name, run.state, seconds, run.error, run.warnings, log, again))
        return run.state

    def _run(self, name: str, log: Path) -> tuple[RunRecord | None, SitePlan | None]:
        before = self._last(name)
        with appended(log) as output:
            process = self._start(name, output)
            if process is None:
                return None, None
            self._on_event(SiteStarted(name))
            code = process.wait()
        with self._lock:
            self._live.discard(process)
        return self._ended(name, before, code, log)

    def _start(self, name: str, output: IO[bytes]) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping:
                return None
            process = start_child(["sites", "run", name, "--if-due"], output, self._environment, bound=self._bound)
            self._live.add(process)
            return process

    def _last(self, name: str) -> int:
        with opened(self._settings.database) as engine, reading(engine) as session:
            one = planned_site(session, name)
            run = last_runs(session, datetime.now(UTC), one.site.id).get(one.site.id)
        return run.id if run is not None else 0

    def _ended(self, name: str, before: int, code: int, log: Path) -> tuple[RunRecord | None, SitePlan | None]:
        """The run of a process that has ended, noted as failed where it could not do so itself."""
        with opened(self._settings.database) as engine:
            with reading(engine) as session:
                one = planned_site(session, name)
            try:
                with running(engine, one.site), writing(engine) as session:
                    now = datetime.now(UTC)
                    run = last_runs(session, now, one.site.id).get(one.site.id)
                    is_new = run is not None and run.id > before
                    if not is_new and (not code or self._stopping):
                        return None, one.plan
                    if not is_new:
                        run = begin_run(session, one.site.id, due_at=now, now=now, last=run, after_crawl=False)
                    if run is not None and run.state is RunState.RUNNING:
                        how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
                        state = RunState.STOPPED if self._stopping else RunState.FAILED
                        note_run(session, run.id, state=state, ended_at=now, error=f"its process {how}: see {log}")
                        run = last_runs(session, now, one.site.id)[one.site.id]
            except SiteBusyError:
                return None, one.plan
        return run, one.plan


@contextmanager
def threads(jobs: int, interrupt: Callable[[], None]) -> Iterator[ThreadPoolExecutor]:
    """So many threads. Whatever ends the block early calls `interrupt` first, a further Ctrl-C once more."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="site")
    try:
        yield pool
    except BaseException:
        interrupt()
        raise
    finally:
        while True:
            try:
                pool.shutdown(cancel_futures=True)
                break
            except KeyboardInterrupt:
                interrupt()
        signal.signal(signal.SIGTERM, before)


def start_child(
    words: Sequence[str], output: IO[bytes], environment: Mapping[str, str], *, bound: bool
) -> subprocess.Popen[bytes]:
    """Our own program, in a session of its own: a Ctrl-C at the terminal reaches it once, from here.

    A `bound` one gets SIGTERM when the thread that starts it is no more (Linux).
    """
    code = _CHILD.format(path=sys.path)
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-P", "-c", f"{_BOUND}{code}" if bound else code, *words],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )


@contextmanager
def appended(log: Path) -> Iterator[IO[bytes]]:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            output.write(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
            output.flush()
            yield output
    except OSError as error:
        raise ReportError(f"cannot write {log}: {error.strerror}. Allow it, or choose another out.") from None
