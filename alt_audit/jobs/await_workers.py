"""Waiting for what workers of their own caption, where a run does not caption itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from alt_audit.jobs.caption import ids_of
from alt_audit.jobs.events import NothingToCaption, OnEvent, Work, work_on
from core.errors import CaptionerError
from core.text import counted
from store import queue
from store.engine import reading
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alt_audit.config import Settings

LOOK_S = 3.0  # how often it is looked what is left
QUIET_S = 900.0  # longer than a large model takes to load, or an endpoint is waited for


def await_workers(settings: Settings, on_event: OnEvent, sites: Sequence[str]) -> None:
    """Wait until workers have captioned what these sites need.

    Raises CaptionerError when for a quarter of an hour no worker was at work in the store at all.
    """
    with opened(settings.database) as engine:
        with reading(engine) as session:
            site_ids = ids_of(session, sites)
            left = most = queue.waiting(session, site_ids)
        if not left:
            on_event(NothingToCaption())
            return
        before: object = None
        since = time.monotonic()
        with work_on(Work.IMAGES, on_event) as update:
            while left:
                update(most - left, most)
                time.sleep(LOOK_S)
                with reading(engine) as session:
                    left = queue.waiting(session, site_ids)
                    now = left, queue.newest_lease(session)
                most = max(most, left)
                if now != before:
                    before, since = now, time.monotonic()
                elif time.monotonic() - since > QUIET_S:
                    raise CaptionerError(
                        f"{counted(left, 'image')} left, and for {QUIET_S / 60:.0f} minutes no worker was at work. "
                        "Start one (alt-audit caption --watch), see why it ended, or set caption.left_to_workers: false"
                    )
            update(most, most)
