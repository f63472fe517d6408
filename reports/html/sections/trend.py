"""How the site has fared, crawl by crawl; a change of rules is marked, since it moves the numbers without an editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Classification
from reports.html.numbers import date, number, share
from reports.html.section import Section
from store.crawl_facts import last_figures, run_otherwise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.html.sources import ReportSources
    from store.crawl_facts import CrawlFigures


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
    note: str  # why the numbers may have moved by themselves


@dataclass(frozen=True, slots=True)
class Trend:
    """The last crawls, the oldest first."""

    points: tuple[Point, ...]


def trend(sources: ReportSources) -> Trend:
    """What the finished crawls of the site came to."""
    return Trend(tuple(_points(sources.read(last_figures))))


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
            note="; ".join(_notes(before, one)) if before is not None else "",
        )


def _notes(before: CrawlFigures, one: CrawlFigures) -> Iterator[str]:
    if before.rules != one.rules:
        yield "other rules"
    names = [name for name, _, _ in run_otherwise(before, one)]
    if names:
        yield f"other {', '.join(names)}"


SECTION = Section("trend", "Trend", "sections/trend.html", trend)
