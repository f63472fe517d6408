"""When a site is due: from its plan and its last run alone, so it is the same whoever asks, and after any pause. Pure.

What was missed is caught up once, since the next time counts from when the last run began, not from when it was due.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alt_audit.sites.timetable import timetable
from core.records import RunState, Step

if TYPE_CHECKING:
    from alt_audit.sites.plan import SitePlan
    from store.runs import RunRecord

FIRST_WAIT = timedelta(minutes=15)  # after a run that failed; doubled with each that fails after it
LONGEST_WAIT = timedelta(days=1)
MANUAL_LASTS = timedelta(days=1)  # how long a run that nobody planned may be gone on with


def due_at(plan: SitePlan, last: RunRecord | None, now: datetime) -> datetime | None:
    """When a site that no process holds is due next: it is due now unless that is later; None: never by itself.

    `last` is its last run, one that began after `now` left out (the clock was wrong then, and the run counts for
    nothing).
    """
    if plan.cron is None or plan.paused:
        return None
    if last is None:
        return now
    if last.state is RunState.DONE:
        return timetable(plan.cron, plan.timezone).next_after(last.started_at)
    if last.state is RunState.FAILED:
        return (last.ended_at or last.started_at) + wait_after(last.attempt)
    return last.due_at  # stopped, or its process is gone


def wait_after(attempt: int) -> timedelta:
    """How long a site is left alone after so many runs in a row that were not done, at least 1."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempt - 1, 10)))


def goes_on(plan: SitePlan, last: RunRecord | None, now: datetime) -> bool:
    """Whether a new run goes on after the crawl of the last one: it was not done, and is not overdue by now."""
    if last is None or last.state is RunState.DONE or last.step is Step.CRAWL or last.crawl_id is None:
        return False
    if plan.cron is None:
        return now < last.started_at + MANUAL_LASTS
    after = timetable(plan.cron, plan.timezone).next_after(last.started_at)
    return after is None or now < after
