"""The runs over the sites that are planned: begun, noted step by step, ended; and the last one of each site."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from core.records import RunState, Step
from store.models import Crawl, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, as it is stored."""

    id: int
    site_id: int
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None = None
    state: RunState = RunState.RUNNING
    step: Step = Step.CRAWL
    attempt: int = 1
    error: str | None = None
    crawl_id: int | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()


def last_runs(session: Session, now: datetime, site_id: int | None = None) -> dict[int, RunRecord]:
    """The last run of each site, or of one. One that began later than `now` says that the clock was wrong then."""
    newest = select(func.max(Run.id)).where(Run.started_at <= now).group_by(Run.site_id)
    if site_id is not None:
        newest = newest.where(Run.site_id == site_id)
    rows = session.execute(select(*Run.__table__.columns).where(Run.id.in_(newest)))  # objects would take twice as long
    return {row.site_id: record_of(row) for row in rows}


def begin_run(
    session: Session, site_id: int, *, due_at: datetime, now: datetime, last: RunRecord | None, after_crawl: bool
) -> RunRecord:
    """Begin a run of a site that is held for it; with `after_crawl` it goes on with what the `last` one crawled.

    Runs of the site that still say `running` had a process that is no more.
    """
    died = Run.site_id == site_id, Run.state == RunState.RUNNING
    gone = "its process ended without a word: killed, or the machine stopped"
    session.execute(update(Run).where(*died).values(state=RunState.STOPPED, ended_at=now, error=gone))
    again = last is not None and last.state is not RunState.DONE
    run = Run(
        site_id=site_id,
        due_at=due_at,
        started_at=now,
        state=RunState.RUNNING,
        step=Step.CAPTION if after_crawl else Step.CRAWL,
        attempt=last.attempt + 1 if again and last is not None else 1,
        crawl_id=last.crawl_id if after_crawl and last is not None else None,
        counts=dict(last.counts) if after_crawl and last is not None else {},
        warnings=list(last.warnings) if after_crawl and last is not None else [],
    )
    session.add(run)
    session.flush()
    return record_of(run)


def note_run(session: Session, run_id: int, **values: object) -> None:
    """Set columns of a run: its step, what it came to."""
    session.execute(update(Run).where(Run.id == run_id).values(**values))


def newest_crawl(session: Session, site_id: int) -> int | None:
    """The crawl that a site had last."""
    return session.scalar(select(func.max(Crawl.id)).where(Crawl.site_id == site_id))


def figures_before(session: Session, site_id: int, run_id: int) -> Mapping[str, Any]:
    """The counts of the last run of a site, before this one, that was done; empty when there is none."""
    before = select(Run.counts).where(Run.site_id == site_id, Run.id < run_id, Run.state == RunState.DONE)
    return session.scalar(before.order_by(Run.id.desc()).limit(1)) or {}


def record_of(row: Run | Row[Any]) -> RunRecord:
    """A run as it is stored."""
    return RunRecord(
        row.id, row.site_id, row.due_at, row.started_at, row.ended_at, RunState(row.state), Step(row.step), row.attempt,
        row.error, row.crawl_id, row.counts, tuple(row.warnings),
    )  # fmt: skip
