"""What became of the texts that people decided: which went live, and how soon."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from core.records import DecisionState, Outcome
from store.models import Crawl, Decision, DecisionOutcome, Suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

# What is to be put on the site.
FIXES = (DecisionState.APPROVED, DecisionState.EDITED, DecisionState.DECORATIVE)


def half_of(went_live: Sequence[float]) -> float | None:
    """Half of the texts that went live took so many seconds at most; None where none went."""
    return median(went_live) if went_live else None


def days_of(seconds: float | None) -> float | None:
    """The same in days, as JSON has it."""
    return round(seconds / 86_400, 2) if seconds is not None else None


@dataclass(slots=True)
class Fixes:
    """Decided texts, those of one batch or person or all, by what crawls saw of them last."""

    decided: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    first: datetime | None = None  # when the first was decided
    _seconds: list[float] = field(default_factory=list)  # from each decision to the crawl that first saw it live

    @property
    def open(self) -> int:
        """Those of which no crawl has seen anything."""
        return self.decided - self.outcomes.total()

    @property
    def seconds_to_live(self) -> float | None:
        """Half of those that went live were seen after so long; None where none was."""
        return half_of(self._seconds)

    def add(self, at: datetime, outcome: Outcome | None, live_at: datetime | None) -> None:
        """Count one decision: when it was made, what was seen last, when it was first seen live."""
        self.decided += 1
        if outcome is not None:
            self.outcomes[outcome] += 1
        self.first = min(self.first or at, at)
        if live_at is not None:
            self._seconds.append(max((live_at - at).total_seconds(), 0))

    def as_json(self) -> dict[str, Any]:
        """Every number by its name."""
        return {
            "decided": self.decided,
            **{outcome: self.outcomes[outcome] for outcome in Outcome},
            "open": self.open,
            "days_to_live": days_of(self.seconds_to_live),
        }


@dataclass(slots=True)
class AllFixes:
    """The decided texts of a site, or of all sites."""

    together: Fixes = field(default_factory=Fixes)
    batches: dict[str, Fixes] = field(default_factory=dict)  # by name; decisions outside of batches are in none
    people: dict[str, Fixes] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of them, and by batch and person."""
        return self.together.as_json() | {
            "batches": {name: fixes.as_json() for name, fixes in self.batches.items()},
            "people": {name: fixes.as_json() for name, fixes in self.people.items()},
        }


def fixes(session: Session, site_id: int | None = None) -> AllFixes:
    """What became of the decisions that hold: that nobody has undone or replaced."""
    columns = DecisionOutcome.decision_id, func.max(DecisionOutcome.id).label("id")
    last = select(*columns).group_by(DecisionOutcome.decision_id).subquery()
    seen = aliased(DecisionOutcome)
    live = (
        select(DecisionOutcome.decision_id, func.min(Crawl.finished_at).label("at"))
        .join(Crawl, Crawl.id == DecisionOutcome.crawl_id)
        .where(DecisionOutcome.outcome == Outcome.LIVE)
        .group_by(DecisionOutcome.decision_id)
        .subquery()
    )
    rows = session.execute(
        select(Decision.who, Decision.batch, Decision.at, seen.outcome, live.c.at.label("live_at"))
        .outerjoin(last, last.c.decision_id == Decision.id)
        .outerjoin(seen, seen.id == last.c.id)
        .outerjoin(live, live.c.decision_id == Decision.id)
        .where(Decision.state.in_(FIXES), exists().where(Suggestion.decision_id == Decision.id))
        .where(*([Decision.site_id == site_id] if site_id is not None else []))
        .order_by(Decision.id)
        .execution_options(yield_per=1000)
    )
    found = AllFixes()
    for who, batch, at, outcome, live_at in rows:
        groups = [found.together]
        if batch is not None:
            groups.append(found.batches.setdefault(batch, Fixes()))
        if who is not None:
            groups.append(found.people.setdefault(who, Fixes()))
        for group in groups:
            group.add(at, Outcome(outcome) if outcome is not None else None, live_at)
    return found


def outcomes_between(session: Session, site_id: int, earlier: int, later: int) -> Counter[Outcome]:
    """What became of decided texts of a site after the crawl `earlier`, up to the crawl `later`: what was seen last."""
    crawls = Crawl.site_id == site_id, Crawl.id > earlier, Crawl.id <= later
    last = (
        select(func.max(DecisionOutcome.id))
        .join(Crawl, Crawl.id == DecisionOutcome.crawl_id)
        .where(*crawls)
        .group_by(DecisionOutcome.decision_id)
    )
    rows = session.execute(
        select(DecisionOutcome.outcome, func.count())
        .where(DecisionOutcome.id.in_(last))
        .group_by(DecisionOutcome.outcome)
    )
    return Counter({Outcome(outcome): number for outcome, number in rows})
