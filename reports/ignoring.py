"""What people do not want to be asked for, with their reasons. A decided row is never ignored: people have spoken."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.records import NEEDS_TEXT, Classification, Severity
from reports.row import RowStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.records import Finding
    from reports.ignore_entry import IgnoreEntry
    from reports.row import Row

_WORST = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(slots=True)
class Ignored:
    """What became of an entry."""

    entry: IgnoreEntry
    rows: int = 0  # of which it hides something
    places: int = 0
    came_back: int = 0  # rows that it would hide, but for their picture, which is another one
    digests: set[str] = field(default_factory=set)  # sha256 of the pictures of those rows, two at most

    def count(self, row: Row) -> None:
        """A row of which something is hidden."""
        self.rows += 1
        self.places += row.occurrences
        if row.digest is not None and len(self.digests) < 2:
            self.digests.add(row.digest)


class Ignoring:
    """Applied to the rows one by one. `pages_of` gives the addresses of all pages of a row that names only some."""

    def __init__(self, entries: Sequence[IgnoreEntry], pages_of: Callable[[Row], Iterable[str]]) -> None:
        self.entries = tuple(Ignored(entry) for entry in entries)
        self.places = 0  # that need a text by the store's count, and are not asked for
        self.rows = 0  # hidden as a whole
        self.hidden: set[str] = set()  # ids of those
        self.passed: set[str] = set()  # ids of those that need no text but for what is hidden
        self.images: set[int] = set()  # of rows of which something is hidden
        self.findings: Counter[tuple[str, Severity]] = Counter()  # that are hidden, by rule and severity: places
        self.pages_of = pages_of

    def kept(self, row: Row) -> Row | None:
        """The row without the findings that are ignored; None where nothing is left to ask for."""
        if row.status is RowStatus.DECIDED:
            return row
        about = [ignored for ignored in self.entries if self._is_about(ignored, row)]
        if not about:
            return row
        left = tuple(finding for finding in row.findings if not _hides(about, finding))
        used = [ignored for ignored in about if ignored.entry.rule in {None, *(one.rule for one in row.findings)}]
        for ignored in used:
            ignored.count(row)
        self._note(row, left)
        if not left and (row.findings or any(ignored.entry.rule is None for ignored in about)):
            self.rows += 1
            self.hidden.add(row.id)
            self.places += row.occurrences if row.classification in NEEDS_TEXT else 0
            return None
        return self._with(row, left) if len(left) < len(row.findings) else row

    def _note(self, row: Row, left: Sequence[Finding]) -> None:
        gone = [(finding.rule, finding.severity) for finding in row.findings if finding not in left]
        self.findings.update(dict.fromkeys(gone, row.occurrences))
        if gone and row.key.image_id is not None:
            self.images.add(row.key.image_id)

    def _with(self, row: Row, left: tuple[Finding, ...]) -> Row:
        severity = min((finding.severity for finding in left), key=_WORST.__getitem__)
        verdict = row.classification
        if verdict is Classification.SUSPICIOUS and severity is Severity.REVIEW:  # as the judge would have it
            verdict = Classification.OK
            self.passed.add(row.id)
            self.places += row.occurrences
        return replace(row, findings=left, severity=severity, classification=verdict)

    def _is_about(self, ignored: Ignored, row: Row) -> bool:
        entry = ignored.entry
        fits = (
            (entry.row is None or entry.row == row.id)
            and (entry.image is None or _fits(entry.image, row.image_url))
            and (entry.page is None or self._stands_only_on(entry.page, row))
        )
        if fits and None not in {entry.sha256, row.digest} and entry.sha256 != row.digest:
            ignored.came_back += 1
            return False
        return fits

    def _stands_only_on(self, pattern: str, row: Row) -> bool:
        """Whether all pages of a row are meant: on the others it would be to mend all the same."""
        named = [row.first_page.url, *(page.url for page in row.more_pages)]
        if not all(_fits(pattern, url) for url in named):
            return False
        return row.pages <= len(named) or all(_fits(pattern, url) for url in self.pages_of(row))


def _hides(about: Sequence[Ignored], finding: Finding) -> bool:
    return any(ignored.entry.rule in {None, finding.rule} for ignored in about)


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.S) is not None
