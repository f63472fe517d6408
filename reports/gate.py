"""Whether what was found is reason enough to fail, and why: for CI."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.records import NEEDS_TEXT, Severity
from core.text import counted, shown_line
from reports.baseline import found_of
from reports.rows import asked_for, ignoring
from reports.texts import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from core.records import Finding
    from reports.baseline import Baseline
    from reports.report_options import ReportOptions
    from reports.row import Row

NAMED = 5  # rows that are said
_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(slots=True)
class Gate:
    """Rows with a finding at or above a severity. What is settled, ignored or known is no reason."""

    fail_on: Severity
    rows: Counter[Severity] = field(default_factory=Counter)  # by the worst new finding
    places: int = 0
    known: int = 0  # rows that would count but for the baseline
    ignored: int = 0  # rows that are hidden whole
    first: list[str] = field(default_factory=list)  # a line each

    @property
    def fails(self) -> bool:
        """Whether there is a reason."""
        return bool(self.rows)

    def read(self, session: Session, site_id: int, options: ReportOptions, baseline: Baseline | None) -> None:
        """Count the rows of a site, worst first."""
        hidden = ignoring(session, site_id, options)
        with closing(asked_for(session, site_id, hidden)) as rows:
            for row in rows:
                faulty = row.findings or row.classification in NEEDS_TEXT
                if faulty and not row.settled and _RANKS[row.severity] <= _RANKS[self.fail_on]:
                    self._count(row, baseline)
        self.ignored += hidden.rows

    def _count(self, row: Row, baseline: Baseline | None) -> None:
        findings = row.findings if baseline is None else baseline.new(found_of(row))
        # A row that no rule speaks of is left to a person: it counts as one to review.
        severity = min((one.severity for one in findings or ()), key=_RANKS.__getitem__, default=Severity.REVIEW)
        if findings is None or _RANKS[severity] > _RANKS[self.fail_on]:
            self.known += 1
            return
        self.rows[severity] += 1
        self.places += row.occurrences
        if len(self.first) < NAMED:
            worst = next((one for one in findings if one.severity is severity), None)
            self.first.append(_line(row, severity, worst))

    def lines(self) -> Iterator[str]:
        """What to tell people: the numbers, then the first rows."""
        asides = [f"{self.known:,} known"] if self.known else []
        asides += [f"{self.ignored:,} ignored"] if self.ignored else []
        beside = f" ({', '.join(asides)})" if asides else ""
        if not self.fails:
            yield f"--fail-on {self.fail_on}: nothing{' new' if self.known else ''} to fail on{beside}."
            return
        rows = sum(self.rows.values())
        parts = ", ".join(f"{severity} {self.rows[severity]:,}" for severity in Severity if self.rows[severity])
        yield (
            f"--fail-on {self.fail_on}: {counted(rows, 'row')} in {counted(self.places, 'place')}: {parts}{beside}. "
            "Exit code 3."
        )
        yield from self.first
        if rows > len(self.first):
            yield f"  and {rows - len(self.first):,} more, which the report lists"


def _line(row: Row, severity: Severity, finding: Finding | None) -> str:
    places = f" (and {counted(row.occurrences - 1, 'more place')})" if row.occurrences > 1 else ""
    rule = finding.rule if finding is not None else row.classification
    return "  " + shown_line(f"{severity} {rule}: {row.name} on {bounded(row.first_page.url, 120)}{places}")
