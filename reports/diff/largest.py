"""The changes that matter most of each kind, kept while all of them pass by."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from typing import TYPE_CHECKING

from reports.diff.folding import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.diff.folding import FoldedChange


class Largest:
    """Of each kind the changes on most pages, what needs a text first; and how many there are."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[Kind, list[tuple[int, int, FoldedChange]]] = {kind: [] for kind in Kind}
        self._met = 0
        self.changes: Counter[Kind] = Counter()
        self.places: Counter[Kind] = Counter()
        self.to_mend: Counter[Kind] = Counter()  # of the changes: those that need a text now

    def add(self, change: FoldedChange) -> None:
        """Meet one."""
        self.changes[change.kind] += 1
        self.places[change.kind] += change.occurrences
        self.to_mend[change.kind] += change.needs_text
        # `-number` keeps the order among equals, and changes out of comparisons.
        rank = change.pages + (1 << 40 if change.needs_text else 0)
        kept = self._kept[change.kind]
        kept.append((rank, -self._met, change))
        self._met += 1
        if len(kept) > 10 * self._limit:
            self._kept[change.kind] = nlargest(self._limit, kept)

    def of(self, kind: Kind) -> Iterable[FoldedChange]:
        """At most `limit` of a kind, the largest first."""
        return (change for _, _, change in nlargest(self._limit, self._kept[kind]))
