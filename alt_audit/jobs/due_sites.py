"""Which planned sites are due, and which are being run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit.jobs.plans import planned_in
from alt_audit.sites.due import due_at
from core.records import RunState
from store.engine import reading
from store.runs import last_runs
from store.site_lock import held_runs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from alt_audit.jobs.plans import PlannedSite
    from store.runs import RunRecord


@dataclass(frozen=True, slots=True)
class DueSite:
    """A site that is planned, with when it is due."""

    one: PlannedSite
    last: RunRecord | None
    running: bool  # a living process holds it
    at: datetime | None  # None: never by itself


def all_due(engine: Engine, now: datetime) -> list[DueSite]:
    """Every planned site with when it is due, by name; in a few queries, however many there are."""
    with reading(engine) as session:
        planned = planned_in(session)
        last = last_runs(session, now)
    held = held_runs(engine, [run.site_id for run in last.values() if run.state is RunState.RUNNING])
    found = []
    for one in planned:
        run, is_held = last.get(one.site.id), one.site.id in held
        at = due_at(one.plan, run, now) if one.plan is not None and not is_held else None
        found.append(DueSite(one, run, is_held, at))
    return found
