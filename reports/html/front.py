"""The front page: its head, and its parts in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import CrawlStatus
from core.text import counted, shorten
from reports.html.numbers import date, duration, number
from reports.html.sections import (
    captioning,
    changes,
    failures,
    figures,
    files,
    headline,
    ignored,
    pages,
    previous,
    proof,
    rows,
    rules,
    silent,
    todo,
    trend,
    where,
)
from reports.texts import bounded, link
from store.counts import counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

    from reports.folds import Fold, PagePlaces
    from reports.html.paging import RowsView
    from reports.html.section import Section
    from reports.html.sources import ReportSources

# Parts in one pair of brackets stand side by side where there is room.
FRONT_PAGE: tuple[tuple[Section, ...], ...] = (
    (headline.SECTION,),
    (todo.SECTION, files.SECTION),
    (changes.SECTION,),
    (proof.SECTION,),
    (trend.SECTION,),
    (figures.SECTION,),
    (where.SECTION,),
    (rules.SECTION,),
    (silent.SECTION,),
    (ignored.SECTION,),
    (captioning.SECTION,),
    (failures.SECTION,),
    (pages.SECTION,),
    (previous.SECTION,),
    (rows.SECTION,),
)

TITLE_CHARS = 60  # of a text that names a page
_CRAWL_STATES = {
    CrawlStatus.FINISHED: "finished",
    CrawlStatus.RUNNING: "still running: the figures will change",
    CrawlStatus.INTERRUPTED: "cut short: pages are missing here",
    CrawlStatus.FAILED: "failed: pages are missing here",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it says."""

    label: str
    value: str


def front_page(templates: Environment, sources: ReportSources) -> Iterator[str]:
    """index.html, in pieces."""
    layout = [[(section, section.view(sources)) for section in group] for group in FRONT_PAGE]
    template = templates.get_template("index.html")
    return template.generate(site=sources.site.name, facts=list(_facts(sources)), layout=layout)


def rows_page(templates: Environment, site: str, view: RowsView) -> Iterator[str]:
    """One further page of rows, in pieces."""
    return templates.get_template("images.html").generate(site=site, view=view)


def places_page(templates: Environment, site: str, fold: Fold, pages: Iterator[PagePlaces]) -> Iterator[str]:
    """The list of all pages of a fold, in pieces."""
    row = fold.row
    return templates.get_template("places.html").generate(
        site=site,
        name=f"“{shorten(row.alt, TITLE_CHARS)}”" if row.alt else row.name,  # its rows may be of several pictures
        alt=bounded(row.alt or ""),
        findings=[(finding.rule, finding.message) for finding in row.findings],
        summary=f"{counted(row.occurrences, 'place')} on {counted(row.pages, 'page')}",
        pages=((link(page.url, page.title), counted(places, "place")) for page, places in pages),
    )


def _facts(sources: ReportSources) -> Iterator[Fact]:
    crawl, numbers = sources.crawl, sources.read(counts)
    yield Fact("Crawled", date(crawl.started_at))
    yield Fact("Crawl", _CRAWL_STATES[crawl.state])
    if crawl.finished_at is not None:
        yield Fact("Crawl took", duration((crawl.finished_at - crawl.started_at).total_seconds()))
    if sources.elapsed_s is not None:
        yield Fact("Whole run took", duration(sources.elapsed_s))
    yield Fact("Pages read", number(numbers.pages))
    yield Fact("Images", number(numbers.images))
