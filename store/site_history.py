"""What all sites came to at a glance, in a few queries however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from core.records import CrawlStatus, RunState
from store.crawl_facts import coverage_of
from store.models import Crawl, Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LastCrawl:
    """The newest crawl of a site."""

    at: datetime  # it ended, or began where it has not
    state: CrawlStatus
    pages: int  # that it read


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the last finished crawl of a site found, beside the one before."""

    now: float | None  # store.crawl_facts.coverage_of
    before: float | None  # None: there is none before
    comparable: bool  # both went by the same rules and settings


def last_crawls(session: Session) -> dict[int, LastCrawl]:
    """The newest crawl of each site that was crawled."""
    newest = select(func.max(Crawl.id)).group_by(Crawl.site_id)
    rows = session.execute(
        select(Crawl.site_id, Crawl.started_at, Crawl.finished_at, Crawl.state, Crawl.stats).where(Crawl.id.in_(newest))
    )
    return {
        row.site_id: LastCrawl(row.finished_at or row.started_at, CrawlStatus(row.state), row.stats.get("pages", 0))
        for row in rows
    }


def coverages(session: Session) -> dict[int, Coverage]:
    """The coverage of each site of which it is known."""
    place = func.row_number().over(partition_by=Crawl.site_id, order_by=Crawl.id.desc()).label("place")
    known = Crawl.facts.is_not(None), Crawl.state == CrawlStatus.FINISHED
    ranked = select(Crawl.id, place).where(*known).subquery()
    rows = session.execute(
        select(Crawl.site_id, Crawl.facts)
        .join(ranked, ranked.c.id == Crawl.id)
        .where(ranked.c.place <= 2)
        .order_by(Crawl.id.desc())
    )
    found: dict[int, list[Mapping[str, object]]] = {}
    for site_id, facts in rows:
        found.setdefault(site_id, []).append(facts or {})
    return {site_id: _coverage(*facts) for site_id, facts in found.items()}


def _coverage(now: Mapping[str, object], before: Mapping[str, object] | None = None) -> Coverage:
    alike = before is not None and all(now.get(name) == before.get(name) for name in ("rules", "settings"))
    return Coverage(
        coverage_of(now.get("places") or {}),  # type: ignore[arg-type]
        coverage_of(before.get("places") or {}) if before is not None else None,  # type: ignore[arg-type]
        alike,
    )


def failing_since(session: Session) -> dict[int, datetime]:
    """When the runs of each site began to fail that was not done since."""
    done = select(Run.site_id, func.max(Run.id).label("id")).where(Run.state == RunState.DONE).group_by(Run.site_id)
    last = done.subquery()
    rows = session.execute(
        select(Run.site_id, func.min(Run.id).label("id"))
        .outerjoin(last, last.c.site_id == Run.site_id)
        .where(Run.state == RunState.FAILED, Run.id > func.coalesce(last.c.id, 0))
        .group_by(Run.site_id)
    )
    first = {row.id: row.site_id for row in rows}
    times = session.execute(select(Run.id, Run.started_at).where(Run.id.in_(first)))
    return {first[row.id]: row.started_at for row in times}
