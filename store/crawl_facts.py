"""What a crawl came to and how it was run, kept with it, so that later crawls can be compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from core.records import NEEDS_TEXT, Classification, CrawlStatus, Severity
from store.counts import current_on
from store.models import Crawl, Finding, Occurrence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session


CRAWLS = 24  # a crawl a fortnight for a year, or a month of nights


@dataclass(frozen=True, slots=True)
class CrawlFigures:
    """A finished crawl in numbers."""

    id: int
    finished_at: datetime
    settings: Mapping[str, Any]  # what decides which pages it read
    rules: str  # a name for the rules and the way they were set
    places: Mapping[str, int] = field(default_factory=dict)  # occurrences by classification
    backlog: int = 0  # of those that need a text: seen by the first crawl of the site already
    findings: Mapping[str, Mapping[str, int]] | None = None  # rule -> severity -> occurrences; None: was not kept then

    @property
    def all_places(self) -> int:
        """Occurrences that stood on the site."""
        return sum(self.places.values())

    @property
    def needing_text(self) -> int:
        """Occurrences that needed a text, or a better one."""
        return sum(self.places.get(name, 0) for name in NEEDS_TEXT)

    @property
    def coverage(self) -> float | None:
        """Of the occurrences that are to have a text, the share with a good one; None where there are none."""
        return coverage_of(self.places)

    @property
    def errors(self) -> int | None:
        """Findings of severity error; None where it was not kept."""
        if self.findings is None:
            return None
        return sum(found.get(Severity.ERROR, 0) for found in self.findings.values())


def coverage_of(places: Mapping[str, int]) -> float | None:
    """The same of occurrences by classification: what is rightly silent, or ignored, does not count."""
    good = places.get(Classification.OK, 0)
    wanted = good + sum(places.get(name, 0) for name in NEEDS_TEXT)
    return good / wanted if wanted else None


def note_crawl(session: Session, site_id: int, crawl_id: int, settings: Mapping[str, Any], rules: str) -> None:
    """Keep what the site is after this crawl, which has been judged, and how it was run."""
    first = select(func.min(Crawl.id)).where(Crawl.site_id == site_id, Crawl.state == CrawlStatus.FINISHED)
    old = (Occurrence.first_crawl_id <= first.scalar_subquery()).label("old")
    rows = session.execute(
        select(Occurrence.classification, old, func.count().label("number"))
        .where(current_on(site_id))
        .group_by(Occurrence.classification, old)
    )
    places: dict[str, int] = dict.fromkeys(Classification, 0)
    backlog = 0
    for classification, is_old, number in rows:
        places[classification] += number
        backlog += number if is_old and classification in NEEDS_TEXT else 0
    session.get_one(Crawl, crawl_id).facts = {
        "settings": dict(settings), "rules": rules, "places": places, "backlog": backlog,
        "findings": _findings(session, site_id),
    }  # fmt: skip


def _findings(session: Session, site_id: int) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(Finding.rule, Finding.severity, func.count().label("number"))
        .join(Occurrence, Occurrence.id == Finding.occurrence_id)
        .where(current_on(site_id))
        .group_by(Finding.rule, Finding.severity)
        .order_by(Finding.rule, Finding.severity)
    )
    found: dict[str, dict[str, int]] = {}
    for rule, severity, number in rows:
        found.setdefault(rule, {})[severity] = number
    return found


def last_figures(session: Session, site_id: int) -> list[CrawlFigures]:
    """The last finished crawls of a site of which this is known, the oldest first; CRAWLS at most."""
    rows = session.execute(
        select(Crawl.id, Crawl.finished_at, Crawl.facts)
        .where(
            Crawl.site_id == site_id,
            Crawl.state == CrawlStatus.FINISHED,
            Crawl.finished_at.is_not(None),
            Crawl.facts.is_not(None),
        )
        .order_by(Crawl.id.desc())
        .limit(CRAWLS)
    )
    return [CrawlFigures(row.id, row.finished_at, **row.facts) for row in rows][::-1]


def run_otherwise(earlier: CrawlFigures, later: CrawlFigures) -> list[tuple[str, Any, Any]]:
    """(name, before, after) of the settings by which two crawls read other pages."""
    names = sorted({*earlier.settings, *later.settings})
    pairs = ((name, earlier.settings.get(name), later.settings.get(name)) for name in names)
    return [(name, before, after) for name, before, after in pairs if before != after]


def moved_by(earlier: CrawlFigures, later: CrawlFigures) -> Iterator[str]:
    """Why numbers may have moved between two crawls without anybody at work; nothing where both went alike."""
    if earlier.rules != later.rules:
        yield "other rules"
    names = [name for name, _, _ in run_otherwise(earlier, later)]
    if names:
        yield f"other {', '.join(names)}"
