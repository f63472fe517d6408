"""Which rows stand on which HTML page, and the ways from one page to another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.html.labels import SEVERITY_LABELS
from reports.html.numbers import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.records import Severity
    from reports.html.row_view import RowView

_NEIGHBOURS = 2  # page numbers shown on each side of the current one


def page_file(page: int) -> str:
    """File name of a page of rows; the first stands on the report's front page."""
    return "index.html" if page == 1 else f"images-{page:03d}.html"


def row_address(position: int, rows_per_page: int) -> str:
    """Where a row stands, counted from 1."""
    return f"{page_file((position - 1) // rows_per_page + 1)}#row-{position}"


def places_file(number: int) -> str:
    """File name of the list of all pages of a fold of rows."""
    return f"places-{number:03d}.html"


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page number to click; href None is the current page, text '…' stands for those left out."""

    text: str
    href: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class Jump:
    """Where the rows of one severity begin."""

    severity: str
    label: str
    rows: str
    href: str


@dataclass(frozen=True, slots=True)
class Pager:
    """The navigation of one page of rows."""

    position: str  # Rows 201 to 400 of 12,340
    page: str  # Page 2 of 62
    previous: str | None
    following: str | None
    numbers: tuple[PageLink, ...]
    jumps: tuple[Jump, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one severity on one page."""

    severity: str
    title: str
    explanation: str
    total: str
    continued: bool  # it began on an earlier page
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class RowsView:
    """One page of rows."""

    pager: Pager
    sections: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows are spread over pages."""

    rows: Mapping[Severity, int]  # in the order in which they are shown
    rows_per_page: int

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def pages(self) -> int:
        """At least one, which also holds the summary."""
        return max(1, math.ceil(self.total / self.rows_per_page))

    def view(self, page: int, rows: Sequence[tuple[Severity, RowView]]) -> RowsView:
        """Page number `page`, counted from 1, with its rows in order."""
        return RowsView(self._pager(page, len(rows)), self._sections(page, rows))

    def _starts(self) -> dict[Severity, int]:
        """Position of the first row of each severity that has rows, counted from 0."""
        starts, position = {}, 0
        for severity, rows in self.rows.items():
            if rows:
                starts[severity] = position
            position += rows
        return starts

    def _sections(self, page: int, rows: Sequence[tuple[Severity, RowView]]) -> tuple[Block, ...]:
        offset = (page - 1) * self.rows_per_page
        sections = []
        for severity, start in self._starts().items():
            shown = tuple(row for other, row in rows if other is severity)
            if not shown:
                continue
            title, explanation = SEVERITY_LABELS[severity]
            total = number(self.rows[severity])
            sections.append(Block(severity, title, explanation, total, start < offset, shown))
        return tuple(sections)

    def _pager(self, page: int, shown: int) -> Pager:
        first = (page - 1) * self.rows_per_page
        jumps = tuple(
            Jump(
                severity,
                SEVERITY_LABELS[severity][0],
                number(self.rows[severity]),
                f"{page_file(start // self.rows_per_page + 1)}#{severity}",
            )
            for severity, start in self._starts().items()
        )
        return Pager(
            position=f"Rows {number(first + 1)} to {number(first + shown)} of {number(self.total)}",
            page=f"Page {number(page)} of {number(self.pages)}",
            previous=_href(page - 1) if page > 1 else None,
            following=_href(page + 1) if page < self.pages else None,
            numbers=self._numbers(page),
            jumps=jumps,
        )

    def _numbers(self, page: int) -> tuple[PageLink, ...]:
        near = range(page - _NEIGHBOURS, page + _NEIGHBOURS + 1)
        shown = sorted({1, self.pages, *(n for n in near if 1 <= n <= self.pages)})
        links: list[PageLink] = []
        for before, n in zip([0, *shown], shown, strict=False):
            if n > before + 1:
                links.append(PageLink("…", None, current=False))
            links.append(PageLink(number(n), None if n == page else _href(n), current=n == page))
        return tuple(links)


def _href(page: int) -> str:
    return f"{page_file(page)}#rows"
