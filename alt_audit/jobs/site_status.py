"""How all planned sites stand: last crawl, coverage, what is due, what fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alt_audit.jobs.due_sites import all_due
from alt_audit.sites.folders import log_path
from core.records import RunState
from store.engine import reading
from store.migrate import opened
from store.notices import not_told
from store.site_history import coverages, failing_since, last_crawls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from alt_audit.config import Settings
    from alt_audit.jobs.due_sites import DueSite
    from store.site_history import Coverage, LastCrawl

OVERDUE = timedelta(hours=1)  # later than that nobody seems to run what is due


class When(StrEnum):
    """Where a site stands in the schedule."""

    LATER = "later"
    DUE = "due"
    OVERDUE = "overdue"
    RUNNING = "running"
    PAUSED = "paused"
    ASKED = "when asked for"
    NEVER = "never"  # its plan cannot be used


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """One planned site. Times are UTC."""

    name: str
    crawl: LastCrawl | None
    coverage: Coverage | None
    when: When
    due_at: datetime | None
    last: RunState | None  # how its last run ended
    warnings: tuple[str, ...]  # of that
    error: str | None = None  # why it failed
    failing_since: datetime | None = None
    attempts: int = 0  # that failed one after the other
    log: Path | None = None
    not_told: Mapping[str, str] = field(default_factory=dict)  # destination -> why its service did not take the news

    def as_json(self) -> dict[str, Any]:
        """The JSON of `sites status --format json`."""
        crawl, coverage = self.crawl, self.coverage
        return {
            "name": self.name,
            "crawl": {"at": _iso(crawl.at), "state": crawl.state, "pages": crawl.pages} if crawl is not None else None,
            "coverage": coverage.now if coverage is not None else None,
            "coverage_before": coverage.before if coverage is not None else None,
            "comparable": coverage.comparable if coverage is not None else False,
            "when": self.when,
            "due_at": _iso(self.due_at),
            "run": self.last,
            "warnings": list(self.warnings),
            "error": self.error,
            "failing_since": _iso(self.failing_since),
            "attempts": self.attempts,
            "log": str(self.log) if self.log is not None else None,
            "not_told": dict(self.not_told),
        }


def site_statuses(settings: Settings) -> list[SiteStatus]:
    """Every planned site, by name; the number of queries is the same for one and for a thousand."""
    now = datetime.now(UTC)
    with opened(settings.database) as engine:
        due = all_due(engine, now)
        with reading(engine) as session:
            crawls, covered, failing = last_crawls(session), coverages(session), failing_since(session)
            untold = not_told(session)
    statuses = []
    for each in due:
        site_id, last = each.one.site.id, each.last
        named = each.one.plan.notify if each.one.plan is not None else ()
        fails = last is not None and last.state is RunState.FAILED
        statuses.append(
            SiteStatus(
                each.one.site.name,
                crawls.get(site_id),
                covered.get(site_id),
                _when(each, now),
                each.at,
                last.state if last is not None else None,
                tuple(last.warnings) if last is not None else (),
                error=(last.error if last is not None and fails else None) or each.one.fault,
                failing_since=failing.get(site_id) if fails else None,
                attempts=last.attempt if last is not None and fails else 0,
                log=log_path(settings.out, each.one.site.name) if fails else None,
                not_told={name: why for name, why in untold.get(site_id, {}).items() if name in named},
            )
        )
    return statuses


def _when(each: DueSite, now: datetime) -> When:
    plan = each.one.plan
    if each.running:
        return When.RUNNING
    if plan is None:
        return When.NEVER
    if plan.paused:
        return When.PAUSED
    if plan.cron is None:
        return When.ASKED
    if each.at is None or each.at > now:
        return When.LATER
    return When.OVERDUE if each.at < now - OVERDUE else When.DUE


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None
