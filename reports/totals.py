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
Wide: TypeAlias = "tuple[int, int, Row]"  # places; position, which no two rows share; the row
WIDEST_ROWS = 5  # the rows in most places, which the report names as a head start


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
    _faulty: list[Wide] = field(default_factory=list)  # heaps, the narrowest on top
    _to_mend: list[Wide] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Count one row that is shown."""
        self.rows += 1
        self.statuses[row.status] += 1
        self.rules.update({finding.rule for finding in row.findings})
        if row.classification in NEEDS_TEXT and row.settled:
            self.settled_places += row.occurrences
        elif row.classification in NEEDS_TEXT:
            self.to_mend += 1
            self._keep(self._to_mend, row)
            self.in_templates += any(finding.rule == ON_EVERY_PAGE for finding in row.findings)
        if row.severity is not Severity.REVIEW:
            self.faulty_places += row.occurrences
            self._keep(self._faulty, row)

    def _keep(self, heap: list[Wide], row: Row) -> None:
        heapq.heappush(heap, (row.occurrences, -self.rows, row))
        if len(heap) > WIDEST_ROWS:
            heapq.heappop(heap)

    def widest(self) -> list[Wide]:
        """(places, position, row) of the faulty rows in most places, the widest first."""
        return [(places, -position, row) for places, position, row in sorted(self._faulty, reverse=True)]

    def widest_to_mend(self) -> list[Row]:
        """The rows that need a text, or a better one, in most places."""
        return [row for _, _, row in sorted(self._to_mend, reverse=True)]
