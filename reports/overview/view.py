"""What the page of all sites shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from core.records import Classification, CrawlStatus
from core.text import counted, shorten
from reports.html.numbers import days, number, percent, points_of, share
from reports.html.sparkline import sparkline
from reports.texts import bounded
from store.fixes import half_of
from store.trend import breaks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from reports.html.sparkline import Sparkline
    from reports.overview.site_line import SiteLine
    from reports.overview.totals import RuleTotal, Total

MAX_RULES = 15
MAX_REASON = 160  # characters of why a site fails


@dataclass(frozen=True, slots=True)
class Line:
    """The row of a site; "" is what is not known, or not so."""

    name: str
    href: str | None
    coverage: str
    change: str
    trend: Sparkline | None
    errors: str
    drafts: str
    waiting: str
    live: str
    crawled: str
    state: str
    due: str
    failing: str
    error: str


@dataclass(frozen=True, slots=True)
class Past:
    """All sites at one moment."""

    at: str
    note: str
    sites: str
    coverage: str
    change: str
    missing: str
    errors: str
    decided: str
    live: str
    to_live: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page."""

    sites: int
    facts: tuple[tuple[str, str], ...]
    coverage: str  # of all sites; "": there is nothing to say
    lines: tuple[Line, ...]
    past: tuple[Past, ...]
    rules: tuple[tuple[str, str, str, str], ...]  # (rule, sites, places, change)
    rules_left: int


def overview(lines: Sequence[SiteLine], past: Sequence[Total], rules: Sequence[RuleTotal]) -> Overview:
    """What the page shows of these sites."""
    return Overview(
        len(lines),
        tuple(_facts(lines, past)),
        percent(past[-1].coverage) if past else "",
        tuple(map(_line, lines)),
        tuple(map(_past, past)),
        tuple((one.rule, number(one.sites), number(one.places), f"{one.change:+,}") for one in rules[:MAX_RULES]),
        max(len(rules) - MAX_RULES, 0),
    )


def _facts(lines: Sequence[SiteLine], past: Sequence[Total]) -> Iterator[tuple[str, str]]:
    yield "Sites", number(len(lines))
    if past:
        last = past[-1]
        yield "Places", number(last.places.total())
        yield "No alt text", number(last.places[Classification.MISSING])
        if last.errors is not None:
            yield "Errors", number(last.errors)
    yield "Drafts to check", number(sum(line.drafts for line in lines))
    live, waiting = sum(line.live for line in lines), sum(line.waiting for line in lines)
    yield "Decided texts live", f"{number(live)} of {number(live + waiting)}"
    failing = sum(line.failing_since is not None for line in lines)
    if failing:
        yield "Failing", counted(failing, "site")


def _line(site: SiteLine) -> Line:
    crawl = site.crawl
    odd = crawl is not None and crawl.state is not CrawlStatus.FINISHED
    return Line(
        name=bounded(site.name, 80),
        href=f"{quote(site.folder)}/index.html" if site.has_report else None,
        coverage=percent(site.coverage),
        change=points_of(site.change, comparable=site.comparable),
        trend=_trend(site),
        errors=number(site.errors) if site.errors is not None else "",
        drafts=number(site.drafts),
        waiting=number(site.waiting),
        live=number(site.live),
        crawled=_time(crawl.at) if crawl is not None else "",
        state=str(crawl.state) if crawl is not None and odd else "",
        due=_time(site.due_at) if site.when == "later" and site.due_at is not None else site.when,
        failing=_time(site.failing_since) if site.failing_since is not None else "",
        error=shorten(site.error or "", MAX_REASON),
    )


def _trend(site: SiteLine) -> Sparkline | None:
    figures = [point.figures for point in site.points]
    return sparkline([one.coverage for one in figures], breaks(figures), percent, least=0.2)


def _past(total: Total) -> Past:
    notes = [counted(total.new, "new site")] if total.new and total.new < total.sites else []
    if total.otherwise:
        notes.append(f"{counted(total.otherwise, 'site')} by other rules or limits")
    return Past(
        at=f"{total.at:%Y-%m-%d}",
        note="; ".join(notes),
        sites=number(total.sites),
        coverage=percent(total.coverage),
        change=points_of(total.change),
        missing=number(total.places[Classification.MISSING]),
        errors=number(total.errors) if total.errors is not None else "",
        decided=number(total.decided),
        live=f"{number(total.live)} ({share(total.live, total.decided)})" if total.decided else "0",
        to_live=days(half_of(total.went_live)),
    )


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
