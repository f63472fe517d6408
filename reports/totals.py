"""What is added up while the rows pass by, since none of them is kept."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.records import Severity
from reports.rows import row_name
from reports.status import RowStatus, status

if TYPE_CHECKING:
    from store.report import OccurrenceGroup

WIDEST_ROWS = 5  # the rows in most places, which the report names as a head start


@dataclass
class Totals:
    """The rows counted so far."""

    rows: int = 0
    faulty_places: int = 0  # occurrences in rows with an error or a warning
    statuses: Counter[RowStatus] = field(default_factory=Counter)
    importable: int = 0
    doubtful_drafts: int = 0  # machine drafts that ask for a person
    _widest: list[tuple[int, int, str]] = field(default_factory=list)  # a heap, the narrowest on top

    def add(self, group: OccurrenceGroup, *, importable: bool) -> None:
        """Count one row."""
        found = status(group)
        self.rows += 1
        self.statuses[found] += 1
        self.importable += importable
        if found is RowStatus.DRAFTED and group.suggestion is not None and group.suggestion.needs_human:
            self.doubtful_drafts += 1
        if group.severity is not Severity.REVIEW:
            self.faulty_places += group.occurrences
            heapq.heappush(self._widest, (group.occurrences, -self.rows, row_name(group)))
            if len(self._widest) > WIDEST_ROWS:
                heapq.heappop(self._widest)

    def widest(self) -> list[tuple[int, int, str]]:
        """(places, position of the row, name) of the faulty rows in most places, the widest first."""
        return [(places, -position, name) for places, position, name in sorted(self._widest, reverse=True)]
