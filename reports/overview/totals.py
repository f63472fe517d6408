"""What all sites came to together, now and looking back; pure.

A site that came, or was read by other rules or limits, moves the numbers of all without anybody at work. So each moment
says how many did, and its change is that of the sites alone that compare.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.records import Classification
from store.crawl_facts import coverage_of
from store.trend import alike, fixes_as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from store.trend import TrendPoint
    from store.trends import Trends


@dataclass(frozen=True, slots=True)
class Total:
    """All sites as their last crawls until then had them."""

    at: datetime
    sites: int
    places: Counter[str]  # occurrences by classification
    errors: int | None  # None: not kept by one of the sites
    decided: int
    live: int
    went_live: tuple[float, ...]  # seconds from decision to crawl, of those first seen live since the moment before
    change: float | None  # of the coverage, of the sites that compare; None: there are none
    new: int  # sites that were not there before
    otherwise: int  # sites that other rules or limits may have moved

    @property
    def coverage(self) -> float | None:
        """Of the occurrences that are to have a text, the share with a good one."""
        return coverage_of(self.places)

    def as_json(self) -> dict[str, Any]:
        """Every number by its name."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "sites": self.sites,
            "places": {name: self.places[name] for name in Classification},
            "coverage": self.coverage,
            "comparable_change": self.change,
            "errors": self.errors,
            **fixes_as_json(self.decided, self.live, self.went_live),
            "new_sites": self.new,
            "sites_otherwise": self.otherwise,
        }


@dataclass(frozen=True, slots=True)
class RuleTotal:
    """A rule in the last crawls of all sites."""

    rule: str
    sites: int  # where it is broken
    places: int
    change: int  # against the crawl before, of the sites that compare


def totals(trends: Trends) -> list[Total]:
    """All sites at each of the moments, the oldest first."""
    sites = [(points, [point.figures.finished_at for point in points]) for points in trends.sites.values()]
    found: list[Total] = []
    before = [0] * len(sites)  # of each site: how many of its points there were by the moment before
    for moment in trends.moments:
        now = [bisect_right(ends, moment) for _, ends in sites]
        found.append(
            _total(moment, [(own, start, end) for (own, _), start, end in zip(sites, before, now, strict=True)])
        )
        before = now
    return found


def _total(moment: datetime, sites: Iterable[tuple[Sequence[TrendPoint], int, int]]) -> Total:
    places: Counter[str] = Counter()
    earlier, later = Counter[str](), Counter[str]()  # of the sites that compare
    went_live: list[float] = []
    errors: int | None = 0
    number = decided = live = new = otherwise = 0
    for points, start, end in sites:
        if not end:
            continue
        last = points[end - 1]
        number += 1
        places.update(last.figures.places)
        errors = None if errors is None or last.figures.errors is None else errors + last.figures.errors
        decided += last.decided
        live += last.live
        for point in points[start:end]:
            went_live += point.went_live
        if not start:
            new += 1
        elif alike(points[start - 1].figures, last.figures):
            earlier.update(points[start - 1].figures.places)
            later.update(last.figures.places)
        else:
            otherwise += 1
    was, is_now = coverage_of(earlier), coverage_of(later)
    change = is_now - was if was is not None and is_now is not None else None
    return Total(moment, number, places, errors, decided, live, tuple(went_live), change, new, otherwise)


def rule_totals(trends: Trends) -> list[RuleTotal]:
    """The rules that the last crawls found broken, or those before, the most often broken first."""
    places, sites, change = Counter[str](), Counter[str](), Counter[str]()
    for points in trends.sites.values():
        last = _by_rule(points[-1])
        places.update(last)
        sites.update(last.keys())
        before = points[-2] if len(points) > 1 else None
        kept = before is not None and before.figures.findings is not None
        if before is not None and kept and alike(before.figures, points[-1].figures):
            change.update(last)
            change.subtract(_by_rule(before))
    rules = sorted({*places, *change}, key=lambda rule: (-places[rule], rule))
    return [RuleTotal(rule, sites[rule], places[rule], change[rule]) for rule in rules if places[rule] or change[rule]]


def _by_rule(point: TrendPoint) -> dict[str, int]:
    return {rule: sum(found.values()) for rule, found in (point.figures.findings or {}).items()}
