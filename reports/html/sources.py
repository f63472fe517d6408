"""What the parts of the front page are computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from reports.diff.comparison import Comparison
    from reports.diff.largest import Largest
    from reports.failure import FailureRow
    from reports.html.paging import RowsView
    from reports.html.silent import SilentPlaces
    from reports.ignoring import Ignoring
    from reports.open_files import WrittenFile
    from reports.previous import Kept
    from reports.totals import Totals
    from reports.traffic import Traffic
    from store.counts import CrawlFacts, RuleTally
    from store.folding import LookAlikes
    from store.sites import Site

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since the crawl before."""

    comparison: Comparison
    largest: Largest  # of each kind


@dataclass(slots=True)
class ReportSources:
    """What was met while the rows passed by, and the store for all else, read in the same snapshot."""

    session: Session
    site: Site
    crawl: CrawlFacts
    alike: LookAlikes
    totals: Totals  # of all rows
    rows: RowsView  # the first page of them
    files: Sequence[WrittenFile]
    failed_images: Sequence[FailureRow]  # the first few
    failed_pages: Sequence[FailureRow]  # the first few
    ignoring: Ignoring  # what it hid
    traffic: Traffic | None  # visits, joined to the pages
    changes: Changes | None  # None: this is the first crawl
    silent: SilentPlaces
    previous: Sequence[Kept]  # the newest first
    model_note: str | None  # licence and origin of the model, in a sentence
    elapsed_s: float | None  # of the whole run
    rows_per_page: int
    rules: Sequence[RuleTally]  # that are broken, the worst first
    _answers: dict[Any, Any] = field(default_factory=dict)

    def read(self, query: Callable[[Session, int], Answer]) -> Answer:
        """What a query of the store says of the site; asked once, however many parts want it."""
        if query not in self._answers:
            self._answers[query] = query(self.session, self.site.id)
        answer: Answer = self._answers[query]
        return answer
