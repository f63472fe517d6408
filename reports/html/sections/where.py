"""Where there is most to mend: templates, folders, pages; and what most people see, where visits are known."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.text import counted, shorten
from reports.html.numbers import number, share
from reports.html.paging import row_address
from reports.html.section import Section
from reports.texts import Link, bounded, link
from store.site_pages import site_pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.html.sources import ReportSources
    from reports.totals import Wide
    from reports.traffic import Joined, Traffic
    from store.site_pages import SitePage

NAMED = 10  # lines of a table
MAX_FOLDERS = 10_000  # counted apart; a site may make up a folder for each page
UNJOINED = 5  # addresses of the file of visits that are named
TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Line:
    """A template, folder, page or row."""

    what: Link
    note: str | None
    visits: str | None
    to_mend: str  # places
    of: str  # all places there, or the pages of a row


@dataclass(frozen=True, slots=True)
class Table:
    """The first few of a kind, those with most to mend, or the most visited."""

    caption: str
    what: str
    of: str  # heading of the last column
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """The tables that have a line; what is to be said of the visits."""

    tables: tuple[Table, ...]
    visits: str | None
    unjoined: tuple[str, ...]


@dataclass(slots=True)
class _Folder:
    """What the pages in a folder add up to."""

    to_mend: int = 0
    places: int = 0
    visits: int = 0

    def add(self, to_mend: int, places: int, visits: int) -> None:
        self.to_mend += to_mend
        self.places += places
        self.visits += visits


@dataclass
class _Tally:
    """What the pages add up to, while they pass by."""

    traffic: Traffic | None
    folders: dict[str, _Folder] = field(default_factory=dict)
    tops: dict[str, _Folder] = field(default_factory=dict)  # /shop/, which may be a folder, by what it would be
    pages: list[tuple[int, int, int, SitePage, int | None]] = field(default_factory=list)
    met: int = 0
    not_visited: int = 0  # pages with something to mend that the file of visits does not know

    def add(self, page: SitePage) -> None:
        visits = self.traffic.visits(page.url) if self.traffic is not None else None
        folder, is_top = folder_of(page.url)
        known = self.tops if is_top else self.folders
        if folder not in known and len(known) >= MAX_FOLDERS:
            known, folder = self.folders, "other folders"
        known.setdefault(folder, _Folder()).add(page.to_mend, page.places, visits or 0)
        self.met += 1
        if page.to_mend:
            self.not_visited += visits is None
            self.pages.append((visits or 0, page.to_mend, -self.met, page, visits))
            if len(self.pages) > 10 * NAMED:
                self.pages = nlargest(NAMED, self.pages)

    def close(self) -> None:
        """A page at the top belongs to the folder of its name, where there is one."""
        for name, top in self.tops.items():
            folder = name if name in self.folders else f"{name.partition('/')[0]}/"
            self.folders.setdefault(folder, _Folder()).add(top.to_mend, top.places, top.visits)


def where(sources: ReportSources) -> Where:
    """Where the site has most to mend."""
    traffic = sources.traffic
    tally = _Tally(traffic)
    with closing(site_pages(sources.session, sources.site.id)) as pages:
        for page in pages:
            tally.add(page)
    tally.close()
    tables = (
        _rows("On the most visited pages", sources.totals.seen.best(), sources, seen=True),
        _rows("Templates: on most pages, mended once", sources.totals.templates.best(), sources),
        _folders(tally),
        _pages(tally),
    )
    joined = traffic.joined(UNJOINED) if traffic is not None else None
    return Where(
        tuple(table for table in tables if table.lines),
        _said(traffic.source, joined, tally) if traffic is not None and joined is not None else None,
        tuple(f"{bounded(address, 120)} ({number(visits)})" for address, visits in joined.unjoined) if joined else (),
    )


def folder_of(url: str) -> tuple[str, bool]:
    """The first folder of the address of a page, with its host; whether the page is what the folder is named after.

    a.test/shop/ for http://a.test/shop/cups/one.html, and for http://a.test/shop/, where it is.
    """
    parts = urlsplit(url)
    first, *rest = parts.path.strip("/").split("/")
    return (f"{parts.netloc}/{first}/", not rest) if first else (f"{parts.netloc}/", False)


def _rows(caption: str, rows: Iterable[Wide], sources: ReportSources, *, seen: bool = False) -> Table:
    return Table(
        caption,
        "Row",
        "Pages",
        tuple(
            Line(
                Link(row.name, row_address(position, sources.rows_per_page)),
                "no alt text" if row.alt is None else f"“{shorten(row.alt, TITLE_CHARS)}”" if row.alt else 'alt=""',
                number(value) if seen else None,
                number(row.occurrences),
                number(row.pages),
            )
            for value, position, row in rows
        ),
    )


def _folders(tally: _Tally) -> Table:
    first = nlargest(NAMED, ((folder.to_mend, name) for name, folder in tally.folders.items() if folder.to_mend))
    lines = tuple(
        Line(
            Link(bounded(name, 120), None),
            share(to_mend, tally.folders[name].places),
            number(tally.folders[name].visits) if tally.traffic is not None else None,
            number(to_mend),
            number(tally.folders[name].places),
        )
        for to_mend, name in first
    )
    return Table("Folders with most to mend", "Folder", "Of places", lines if len(tally.folders) > 1 else ())


def _pages(tally: _Tally) -> Table:
    lines = tuple(
        Line(
            link(page.url, shorten(page.title or page.url, TITLE_CHARS) or page.url),
            bounded(page.url, 120),
            ("–" if visits is None else number(visits)) if tally.traffic is not None else None,
            number(to_mend),
            number(page.places),
        )
        for _, to_mend, _, page, visits in nlargest(NAMED, tally.pages)
    )
    what = "the most visited first" if tally.traffic is not None else "those with most first"
    return Table(f"Pages with something to mend, {what}", "Page", "Of places", lines)


def _said(source: str, joined: Joined, tally: _Tally) -> str:
    left = joined.addresses - joined.joined
    return (
        f"Visits are those of {source}, as they stand there: {number(joined.joined_visits)} of "
        f"{number(joined.visits)} are of pages of this crawl ({number(joined.joined)} of "
        f"{counted(joined.addresses, 'address', 'addresses')}). A row has the visits of all pages that it stands on. "
        f"{number(left)} of the addresses {'is' if left == 1 else 'are'} no page of this crawl; "
        f"{counted(tally.not_visited, 'page')} with something to mend {'is' if tally.not_visited == 1 else 'are'} not "
        "in the file."
    )


SECTION = Section("where", "Where", "sections/where.html", where)
