"""Telling people beside the runs, on the page of all sites, too.

In a thread of its own, so that a service that hangs holds no site up.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from alt_audit.jobs.events import OverviewFailed, OverviewWritten, SiteEnded
from alt_audit.jobs.notify import notify_beside
from alt_audit.jobs.overview import overview
from core.errors import AltAuditError

if TYPE_CHECKING:
    from types import TracebackType

    from alt_audit.config import Settings
    from alt_audit.jobs.events import Event, OnEvent

LOOK_S = 600.0  # without a run that ends: for digests, and for what could not be delivered
PAGE_EVERY_S = 600.0  # at most, while runs go on


class Notifier:
    """Takes the events of runs, hands them on, and tells people after each run; when all is done, once more.

    With `page`, the page of all sites is written now and then, and when all is done.
    """

    def __init__(self, settings: Settings, on_event: OnEvent, *, page: bool = False) -> None:
        self._settings, self._on_event, self._page = settings, on_event, page
        self._is_old = False  # the page
        self._wake, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def __enter__(self) -> Notifier:
        if self._settings.notify.destinations or self._page:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing = True
        self._wake.set()
        if self._thread.is_alive() and kind is None:
            self._thread.join()

    def __call__(self, event: Event) -> None:
        self._on_event(event)
        if isinstance(event, SiteEnded):
            self._is_old = self._page
            self._wake.set()

    def _run(self) -> None:
        is_last, written = False, -PAGE_EVERY_S
        while not is_last:
            self._wake.wait(LOOK_S)
            self._wake.clear()
            is_last = self._closing
            notify_beside(self._settings, self._on_event)
            if self._is_old and (is_last or time.monotonic() - written >= PAGE_EVERY_S):
                self._is_old, written = False, time.monotonic()
                self._write()

    def _write(self) -> None:
        try:
            self._on_event(OverviewWritten(overview(self._settings)[0]))
        except AltAuditError as error:
            self._on_event(OverviewFailed(str(error)))
        except Exception as error:
            self._on_event(OverviewFailed(f"it broke down ({type(error).__name__})"))
