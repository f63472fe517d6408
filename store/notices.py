"""What destinations were told of each site, so that nobody is told anything twice, or never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from core.records import RunState
from store.models import Notice, Run
from store.runs import record_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from store.runs import RunRecord


@dataclass(frozen=True, slots=True)
class EndedRuns:
    """The runs of a site that people are told of; none that was stopped, as that goes on."""

    newest: RunRecord  # done or failed
    done: RunRecord | None  # the newest that was done


def ended_runs(session: Session) -> dict[int, EndedRuns]:
    """Of each site that has any."""
    newest = _newest(session, (RunState.DONE, RunState.FAILED))
    done = _newest(session, (RunState.DONE,))
    return {site_id: EndedRuns(run, done.get(site_id)) for site_id, run in newest.items()}


def _newest(session: Session, states: Iterable[RunState]) -> dict[int, RunRecord]:
    ids = select(func.max(Run.id)).where(Run.state.in_(list(states))).group_by(Run.site_id)
    return {row.site_id: record_of(row) for row in session.scalars(select(Run).where(Run.id.in_(ids)))}


def warnings_of(session: Session, run_id: int | None) -> Sequence[str]:
    """What a run warned of."""
    run = session.get(Run, run_id) if run_id is not None else None
    return run.warnings if run is not None else ()


def notices(session: Session, destination: str) -> dict[int, Notice]:
    """What a destination was told, by site."""
    rows = session.scalars(select(Notice).where(Notice.destination == destination))
    return {row.site_id: row for row in rows}


def not_told(session: Session) -> dict[int, dict[str, str]]:
    """Of each site that something is still to be told of: destination -> why it was not taken."""
    failed = select(Notice.site_id, Notice.destination, Notice.error).where(Notice.error.is_not(None))
    found: dict[int, dict[str, str]] = {}
    for site_id, destination, error in session.execute(failed.order_by(Notice.destination)):
        found.setdefault(site_id, {})[destination] = error or ""
    return found


def note_told(session: Session, destination: str, values: Mapping[int, Mapping[str, object]]) -> None:
    """Set columns of the notices of a destination, by site."""
    for site_id, columns in values.items():
        notice = session.get(Notice, (destination, site_id)) or Notice(destination=destination, site_id=site_id)
        for name, value in columns.items():
            setattr(notice, name, value)
        session.add(notice)
