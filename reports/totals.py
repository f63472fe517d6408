"""What is added up while the rows pass by, since none of them is kept."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from core.records import NEEDS_TEXT, Severity

if TYPE_CHECKING:
    from reports.row import Row, RowStatus

ON_EVERY_PAGE = "repeated-on-every-page"  # the rule that finds templates
Wide: TypeAlias = "tuple[int, int, Row]"  # places, or visits; position among the rows, from 1; the row
WIDEST_ROWS = 5  # the rows in most places, which the report names as a head start
TABLE_ROWS = 10


class Top:
    """The rows with the largest values, the first among equals."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[Wide] = []  # the least on top; no two rows share a position, so rows are not compared

    def add(self, value: int, position: int, row: Row) -> None:
        """Meet one."""
        heapq.heappush(self._heap, (value, -position, row))
        if len(self._heap) > self._limit:
            heapq.heappop(self._heap)

    def best(self) -> list[Wide]:
        """The largest first."""
        return [(value, -position, row) for value, position, row in sorted(self._heap, reverse=True)]


@dataclass
class Totals:
    """The rows counted so far."""

    rows: int = 0
    faulty_places: int = 0  # occurrences in rows with an error or a warning
    to_mend: int = 0  # rows that need a text, or a better one
    in_templates: int = 0  # of those: on most pages, mended once
    settled_places: int = 0  # occurrences that rules find fault with and people want as they are
    statuses: Counter[RowStatus] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)  # rows that break each
    publishable: int = 0  # of all rows, folded ones included
    widest: Top = field(default_factory=lambda: Top(WIDEST_ROWS))  # faulty rows, by places
    widest_to_mend: Top = field(default_factory=lambda: Top(WIDEST_ROWS))  # by places
    templates: Top = field(default_factory=lambda: Top(TABLE_ROWS))  # by places
    seen: Top = field(default_factory=lambda: Top(TABLE_ROWS))  # to mend, by visits

    def add(self, row: Row, visits: int = 0) -> None:
        """Count one row that is shown. `visits` are those of the pages that it stands on, where they are known."""
        self.rows += 1
        self.statuses[row.status] += 1
        self.rules.update({finding.rule for finding in row.findings})
        if row.classification in NEEDS_TEXT and row.settled:
            self.settled_places += row.occurrences
        elif row.classification in NEEDS_TEXT:
            self._count(row, visits)
        if row.severity is not Severity.REVIEW:
            self.faulty_places += row.occurrences
            self.widest.add(row.occurrences, self.rows, row)

    def _count(self, row: Row, visits: int) -> None:
        self.to_mend += 1
        self.widest_to_mend.add(row.occurrences, self.rows, row)
        if visits:
            self.seen.add(visits, self.rows, row)
        if any(finding.rule == ON_EVERY_PAGE for finding in row.findings):
            self.in_templates += 1
            self.templates.add(row.occurrences, self.rows, row)
