"""What runs on the nodes of a Ray cluster: a site to its end, and a captioning worker as long as it is wanted."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from alt_audit import __version__
from alt_audit.config import load_settings
from alt_audit.jobs.events import Event, SiteEnded, SiteStarted
from alt_audit.jobs.plans import planned_site
from alt_audit.jobs.site_processes import SiteProcesses, appended, start_child
from core.errors import AltAuditError
from core.records import RunState
from store.engine import reading
from store.migrate import opened
from store.site_lock import held_runs

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from alt_audit.config import Settings

POLL_S = 0.5
HELD_S = 120.0  # a run is waited for so long: that of a machine that went away lets go of its site after a minute
RESTART_S = 10.0  # before a captioning worker that has ended is started again
QUICK_S = 60.0  # one that ends sooner has hardly worked
QUICK_ENDS = 3  # so many of those in a row: it cannot work here
USAGE = 2  # exit code: a further try would end as this one did


@dataclass(frozen=True)
class Job:
    """What a node has to know of the command that it works for.

    It goes with each call: an environment that Ray is told of stands in its logs, and this holds what is secret.
    """

    version: str
    folder: Path  # where the command was started
    mark: Path  # a file that lies where the reports go, as long as the command lasts
    variables: Mapping[str, str] = field(repr=False)
    config: str | None = field(repr=False)  # text of the configuration file

    @contextmanager
    def here(self, **more: str) -> Iterator[tuple[Settings, Path | None]]:
        """The settings, and the file that they come from, with all variables set in this process, and `more`."""
        os.environ.update({**self.variables, **more})
        with suppress(OSError):
            os.chdir(self.folder)
        with TemporaryDirectory(prefix="alt-audit-") as folder:
            path = None
            if self.config is not None:
                path = Path(folder) / "config.yaml"
                path.write_text(self.config, "utf-8")
            yield load_settings(path), path


def fault_here(job: Job) -> str | None:
    """Why this node cannot work for a job; None where it can."""
    host = socket.gethostname()
    if job.version != __version__:
        return f"{host} has alt-audit {__version__}, and the command is of {job.version}: install the same everywhere"
    if not job.mark.is_file() or not os.access(job.mark.parent, os.W_OK):
        return (
            f"{host} cannot write into {job.mark.parent} of the machine that the command runs on: reports of the sites "
            "that it runs would be lost there. Let all nodes have that folder under the same name (NFS), or name "
            "another one as out"
        )
    try:
        with job.here() as (settings, _), opened(settings.database):
            return None
    except AltAuditError as error:
        return f"{host}: {error}"


def site_here(job: Job, name: str, left_to_workers: bool) -> Iterator[SiteStarted | SiteEnded]:
    """Run a site to its end. Yields two events, the last a SiteEnded, whatever happens.

    Ray numbers what is yielded, and leaves out what it has handed over when it tries a site again on another node.
    """
    fault = fault_here(job)
    if fault is not None:
        yield from [SiteEnded(name, RunState.FAILED, 0.0, fault)] * 2
        return
    told: SimpleQueue[Event] = SimpleQueue()
    with job.here(ALT_AUDIT_CAPTION__LEFT_TO_WORKERS=str(left_to_workers)) as (settings, config):
        _wait_until_free(settings, name)
        sites = SiteProcesses(settings, config, told.put, bound=True)
        with sites.taking(1) as pool:
            run = pool.submit(sites.run, name)
            first = _next(told, run)
            yield first
            yield first if isinstance(first, SiteEnded) else _next(told, run)


def _next(told: SimpleQueue[Event], run: Future[RunState | None]) -> SiteStarted | SiteEnded:
    while True:
        is_over = run.done()
        try:
            event = told.get(timeout=POLL_S)  # waits in short pieces: Ray interrupts between them
        except Empty:
            if is_over:
                run.result()
                raise AssertionError("a run told nothing") from None
            continue
        if isinstance(event, SiteStarted | SiteEnded):
            return event


def _wait_until_free(settings: Settings, name: str) -> None:
    """The run of a node that is lost may still hold the site."""
    until = time.monotonic() + HELD_S
    with opened(settings.database) as engine:
        with reading(engine) as session:
            site_id = planned_site(session, name).site.id
        while held_runs(engine, [site_id]) and time.monotonic() < until:
            time.sleep(POLL_S)


class CaptionWorker:
    """`alt-audit caption --watch` on this node, with the device that Ray has given to this process.

    An actor of two threads: one works, the other ends that.
    """

    def __init__(self, number: int) -> None:
        self._number, self._lock, self._stopping = number, threading.Lock(), threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def work(self, job: Job, sites: Sequence[str]) -> str | None:
        """Caption for these sites until `stop`, then None; or until it ends by itself too often: why."""
        fault, quick = fault_here(job), 0
        if fault is not None:
            return fault
        # No site has a folder or a log with such a name.
        log = job.mark.parent / f"captioning+{self._number}.log"
        with job.here() as (settings, config):
            words = ["caption", "--watch", *(word for site in sites for word in ("--site", site))]
            if settings.caption.metrics_port:
                words += ["--metrics-port", str(settings.caption.metrics_port + self._number)]
            environment = os.environ | ({"ALT_AUDIT_CONFIG": str(config)} if config is not None else {})
            while not self._stopping.is_set():
                started = time.monotonic()
                code = self._run(words, environment, log)
                quick = quick + 1 if time.monotonic() - started < QUICK_S else 0
                if not self._stopping.is_set() and (code == USAGE or quick == QUICK_ENDS):
                    return f"{socket.gethostname()}: its process ended with {code}, see {log}"
                self._stopping.wait(RESTART_S)
        return None

    def _run(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        with appended(log) as output:
            with self._lock:
                if self._stopping.is_set():
                    return 0
                self._process = start_child(words, output, environment, bound=True)
            return self._process.wait()

    def stop(self) -> None:
        """End it gently: what is on the device is finished, the rest put back."""
        with self._lock:
            self._stopping.set()
            process = self._process
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait()
