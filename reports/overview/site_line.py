"""What the overview says of one site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.crawl_facts import CRAWLS
from store.trend import alike

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.site_history import LastCrawl
    from store.trend import Fate, TrendPoint

_OF_CRAWLS = frozenset(
    {"crawl", "at", "rules", "coverage", "errors", "decided", "live", "days_to_live"}
)  # trend.json: all


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site. Times are UTC."""

    name: str
    folder: str  # of its report, beside the overview
    has_report: bool  # it is there
    crawl: LastCrawl | None
    points: Sequence[TrendPoint]  # its finished crawls that the overview needs, the oldest first
    fates: Sequence[Fate]  # what became of the decided texts
    drafts: int  # of a machine, that wait for a person
    when: str  # where it stands in the schedule: later, due, paused, not planned, ...
    due_at: datetime | None = None
    error: str | None = None  # why its last run failed
    failing_since: datetime | None = None

    @property
    def coverage(self) -> float | None:
        """Of the occurrences that are to have a text, the share with a good one, as the last crawl has it."""
        return self.points[-1].figures.coverage if self.points else None

    @property
    def change(self) -> float | None:
        """Of the coverage, against the crawl before."""
        before = self.points[-2].figures.coverage if len(self.points) > 1 else None
        return self.coverage - before if self.coverage is not None and before is not None else None

    @property
    def comparable(self) -> bool:
        """Whether the last two crawls went by the same rules and limits."""
        return len(self.points) > 1 and alike(self.points[-2].figures, self.points[-1].figures)

    @property
    def errors(self) -> int | None:
        """Findings of severity error in the last crawl; None where it was not kept."""
        return self.points[-1].figures.errors if self.points else None

    @property
    def live(self) -> int:
        """Decided texts that stand on the site."""
        return sum(fate.is_live for fate in self.fates)

    @property
    def waiting(self) -> int:
        """Decided texts that do not, and are to be put there."""
        return len(self.fates) - self.live

    def as_json(self) -> dict[str, Any]:
        """Every fact by its name; null is what is not known. `crawls` are the last ones, the oldest first."""
        crawl = self.crawl
        return {
            "site": self.name,
            "report": f"{self.folder}/index.html" if self.has_report else None,
            "coverage": self.coverage,
            "change": self.change,
            "comparable": self.comparable,
            "errors": self.errors,
            "drafts": self.drafts,
            "waiting": self.waiting,
            "live": self.live,
            "last_crawl": _iso(crawl.at) if crawl is not None else None,
            "crawl_state": crawl.state if crawl is not None else None,
            "pages": crawl.pages if crawl is not None else None,
            "when": self.when,
            "due_at": _iso(self.due_at),
            "failing_since": _iso(self.failing_since),
            "error": self.error,
            "crawls": [
                {name: value for name, value in point.as_json().items() if name in _OF_CRAWLS}
                for point in self.points[-CRAWLS:]
            ],
        }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None
