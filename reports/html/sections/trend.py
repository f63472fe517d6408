"""How the site has fared, crawl by crawl; a change of rules is marked, since it moves the numbers without an editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Classification
from reports.html.numbers import date, days, number, percent, share
from reports.html.section import Section
from reports.html.sparkline import sparkline
from store.crawl_facts import moved_by
from store.fixes import half_of
from store.trend import breaks, site_trend

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.html.sources import ReportSources
    from reports.html.sparkline import Sparkline
    from store.crawl_facts import CrawlFigures
    from store.trend import TrendPoint

MAX_RULES = 12  # those with the most findings


@dataclass(frozen=True, slots=True)
class Point:
    """One crawl."""

    crawl: str
    places: str
    missing: str  # without an alt text: no rule has a say in it
    needing: str
    needing_share: str
    backlog: str  # of those: seen by the first crawl already
    new: str
    width: float  # of the bar, 100 for the largest share
    coverage: str
    note: str  # why the numbers may have moved by themselves


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule, with the places where it was broken; "" where it was not kept."""

    rule: str
    first: str
    before: str
    last: str
    line: Sparkline | None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A crawl, and what had become of the decided texts by then."""

    crawl: str
    decided: str
    live: str
    rate: str
    went_live: str
    to_live: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The last crawls, the oldest first."""

    points: tuple[Point, ...]
    rules: tuple[RuleLine, ...]
    rules_left: int  # that are not shown
    fixed: tuple[Fixed, ...]  # the crawls since the first decision


def trend(sources: ReportSources) -> Trend:
    """What the finished crawls of the site came to."""
    found = sources.read(site_trend)
    figures = [one.figures for one in found]
    rules = list(_rules(figures))
    return Trend(
        tuple(_points(figures)),
        tuple(rules[:MAX_RULES]),
        max(len(rules) - MAX_RULES, 0),
        tuple(_fixed(one) for one in found if one.decided),
    )


def _points(figures: Sequence[CrawlFigures]) -> Iterator[Point]:
    shares = [one.needing_text / one.all_places if one.all_places else 0.0 for one in figures]
    largest = max(shares, default=0.0)
    for before, one, part in zip((None, *figures), figures, shares, strict=False):
        yield Point(
            crawl=date(one.finished_at),
            places=number(one.all_places),
            missing=number(one.places.get(Classification.MISSING, 0)),
            needing=number(one.needing_text),
            needing_share=share(one.needing_text, one.all_places),
            backlog=number(one.backlog),
            new=number(one.needing_text - one.backlog),
            width=round(100 * part / largest, 2) if largest else 0.0,
            coverage=percent(one.coverage),
            note="; ".join(moved_by(before, one)) if before is not None else "",
        )


def _rules(figures: Sequence[CrawlFigures]) -> Iterator[RuleLine]:
    """The rules that a crawl since the first of which this was kept found broken, those of the last one first."""
    kept = [one for one in figures if one.findings is not None]
    if len(kept) < 2:
        return
    counts = [{rule: sum(found.values()) for rule, found in (one.findings or {}).items()} for one in kept]
    names = {rule for found in counts for rule in found}
    for rule in sorted(names, key=lambda rule: (-counts[-1].get(rule, 0), -counts[-2].get(rule, 0), rule)):
        yield _rule(rule, counts, breaks(kept))


def _rule(rule: str, counts: Sequence[Mapping[str, int]], cuts: Sequence[bool]) -> RuleLine:
    values = [found.get(rule, 0) for found in counts]
    line = sparkline(values, cuts, lambda value: number(int(value)), least=max(*values, 1) / 4)
    return RuleLine(rule, number(values[0]), number(values[-2]), number(values[-1]), line)


def _fixed(point: TrendPoint) -> Fixed:
    return Fixed(
        crawl=date(point.figures.finished_at),
        decided=number(point.decided),
        live=number(point.live),
        rate=share(point.live, point.decided),
        went_live=number(len(point.went_live)),
        to_live=days(half_of(point.went_live)),
    )


SECTION = Section("trend", "Trend", "sections/trend.html", trend)
