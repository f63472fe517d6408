"""Telling people beside the runs: in a thread of its own, so that a service that hangs holds no site up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from alt_audit.jobs.events import SiteEnded
from alt_audit.jobs.notify import notify_beside

if TYPE_CHECKING:
    from types import TracebackType

    from alt_audit.config import Settings
    from alt_audit.jobs.events import Event, OnEvent

LOOK_S = 600.0  # without a run that ends: for digests, and for what could not be delivered


class Notifier:
    """Takes the events of runs, hands them on, and tells people after each run; when all is done, once more."""

    def __init__(self, settings: Settings, on_event: OnEvent) -> None:
        self._settings, self._on_event = settings, on_event
        self._wake, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def __enter__(self) -> Notifier:
        if self._settings.notify.destinations:
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
            self._wake.set()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            self._wake.wait(LOOK_S)
            self._wake.clear()
            is_last = self._closing
            notify_beside(self._settings, self._on_event)
