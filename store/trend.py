"""How a site has fared, crawl by crawl: coverage, findings, decided texts that went live, and how soon they did."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from core.records import Outcome
from store.crawl_facts import last_figures, moved_by
from store.fixes import FIXES, days_of, half_of
from store.models import Crawl, Decision, DecisionOutcome, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.crawl_facts import CrawlFigures


@dataclass(frozen=True, slots=True)
class Fate:
    """A decided text that holds, and what crawls saw of it, in their order."""

    at: datetime
    seen: tuple[tuple[int, datetime, Outcome], ...] = ()  # (crawl, when it ended, outcome): until the next, it stays so

    @property
    def is_live(self) -> bool:
        """Whether it stands on the site, as the last crawl that saw anything of it has it."""
        return bool(self.seen) and self.seen[-1][2] is Outcome.LIVE


def fixes_as_json(decided: int, live: int, went_live: Sequence[float]) -> dict[str, Any]:
    """What had become of decided texts by some moment; `went_live` are seconds, null is a share of nothing."""
    return {
        "decided": decided,
        "live": live,
        "fix_rate": live / decided if decided else None,
        "went_live": len(went_live),
        "days_to_live": days_of(half_of(went_live)),
    }


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A finished crawl, and what had become of the decided texts by then."""

    figures: CrawlFigures
    decided: int = 0  # when it ended
    live: int = 0  # of those: stood on the site
    went_live: tuple[float, ...] = ()  # seconds from decision to crawl, of those first seen live since the point before

    def as_json(self) -> dict[str, Any]:
        """Every number by its name. null is what is not known, or a share of nothing."""
        figures = self.figures
        return {
            "crawl": figures.id,
            "at": figures.finished_at.isoformat(timespec="seconds"),
            "rules": figures.rules,
            "settings": dict(figures.settings),
            "places": dict(figures.places),
            "needing_text": figures.needing_text,
            "coverage": figures.coverage,
            "findings": figures.findings,
            "errors": figures.errors,
            **fixes_as_json(self.decided, self.live, self.went_live),
        }


@dataclass(slots=True)
class _Tally:
    decided: int = 0
    live: int = 0
    went_live: list[float] = field(default_factory=list)


def points(figures: Sequence[CrawlFigures], fates: Iterable[Fate]) -> list[TrendPoint]:
    """The crawls of one site, the oldest first, with what had become of its decided texts by each. Pure.

    What was seen between two of these crawls counts for the later one.
    """
    ids = [one.id for one in figures]
    ends = [one.finished_at for one in figures]
    steps = [_Tally() for _ in range(len(figures) + 1)]  # what each crawl adds; the last: what came after all of them
    for fate in fates:
        decided = bisect_left(ends, fate.at)
        steps[decided].decided += 1
        was_live = went_live = False
        for crawl_id, ended, outcome in fate.seen:
            is_live = outcome is Outcome.LIVE
            step = steps[max(decided, bisect_left(ids, crawl_id))]
            step.live += is_live - was_live
            if is_live and not went_live:
                step.went_live.append(max((ended - fate.at).total_seconds(), 0.0))
                went_live = True
            was_live = is_live
    found = []
    decided = live = 0
    for one, step in zip(figures, steps, strict=False):
        decided, live = decided + step.decided, live + step.live
        found.append(TrendPoint(one, decided, live, tuple(step.went_live)))
    return found


def fates(session: Session, site_id: int | None = None) -> dict[int, list[Fate]]:
    """What became of the decisions that hold, of one site or all, by site."""
    rows = session.execute(
        select(
            Decision.id, Decision.site_id, Decision.at,
            DecisionOutcome.crawl_id, Crawl.finished_at, Crawl.started_at, DecisionOutcome.outcome,
        )
        .outerjoin(DecisionOutcome, DecisionOutcome.decision_id == Decision.id)
        .outerjoin(Crawl, Crawl.id == DecisionOutcome.crawl_id)
        .where(Decision.state.in_(FIXES), exists().where(Suggestion.decision_id == Decision.id))
        .where(*([Decision.site_id == site_id] if site_id is not None else []))
        .order_by(Decision.id, DecisionOutcome.id)
        .execution_options(yield_per=1000)
    )  # fmt: skip
    found: dict[int, list[Fate]] = {}
    for (_, site, at), seen in groupby(rows, key=lambda row: (row.id, row.site_id, row.at)):
        found.setdefault(site, []).append(
            Fate(at, tuple((row[3], row[4] or row[5], Outcome(row[6])) for row in seen if row[3] is not None))
        )
    return found


def site_trend(session: Session, site_id: int) -> list[TrendPoint]:
    """The last finished crawls of a site of which this is known, the oldest first; `crawl_facts.CRAWLS` at most."""
    return points(last_figures(session, site_id), fates(session, site_id).get(site_id, ()))


def alike(earlier: CrawlFigures, later: CrawlFigures) -> bool:
    """Whether both crawls went by the same rules and limits, so that their numbers compare."""
    return not any(moved_by(earlier, later))


def breaks(figures: Sequence[CrawlFigures]) -> list[bool]:
    """Of each crawl, whether it went by other rules or limits than the one before; nothing is before the first."""
    return [place > 0 and not alike(figures[place - 1], one) for place, one in enumerate(figures)]
