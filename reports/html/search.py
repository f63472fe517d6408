"""The search of the report: an index of all rows in pieces, which a script of the page reads from the disk, too."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from core.text import shown_line
from reports.html.labels import CLASSIFICATION_LABELS, SEVERITY_LABELS
from reports.html.numbers import number
from reports.html.scripts import SEARCH, put_script
from reports.picture_words import kind
from reports.row import STATUS_LABELS
from reports.texts import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jinja2 import Environment

    from reports.row import Row

PAGE = "search.html"
PIECE_BYTES = 1_000_000
TEXT_CHARS = 200  # of a text that is searched and shown
# What can be chosen, in the order of the fields of a row in the index; the rules are its last field.
FILTERS = ("severity", "classification", "status", "kind", "language")


_LABELS: dict[str, Mapping[Any, tuple[str, str]]] = {
    "severity": SEVERITY_LABELS,
    "classification": CLASSIFICATION_LABELS,
    "status": STATUS_LABELS,
}


def piece_file(number: int) -> str:
    """The name of a piece of the index, counted from 1."""
    return f"search-{number:03d}.js"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that rows can be filtered by."""

    value: str
    label: str
    rows: str


@dataclass(slots=True)
class SearchIndex:
    """Writes the rows into pieces while they pass by; holds none of them."""

    folder: Path
    rows_per_page: int
    pieces: int = 0
    _piece: TextIO | None = None  # that is being written
    _bytes: int = 0
    _numbers: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, row: Row, position: int, *, has_thumbnail: bool) -> None:
        """Take in the row at `position`, counted from 1."""
        values = (row.severity, row.classification, row.status, kind(row), row.language)
        rules = [shown_line(finding.rule) for finding in row.findings]
        for name, value in zip(FILTERS, values, strict=True):
            self._numbers.setdefault(name, Counter())[value] += 1
        self._numbers.setdefault("rule", Counter()).update(set(rules))
        texts = (row.name, row.alt, row.suggested, row.first_page.title, row.first_page.url, row.image_url)
        record: list[Any] = [
            position,
            *(None if text is None else shown_line(bounded(text, TEXT_CHARS)) for text in texts),
            row.occurrences,
            row.digest if has_thumbnail else None,
            *values,
            rules,
        ]
        line = json.dumps(record, separators=(",", ":"))  # ASCII: no text ends the line or the script
        if self._piece is None:
            self.pieces += 1
            self._piece = (self.folder / piece_file(self.pieces)).open("w", encoding="ascii", newline="\n")
            self._piece.write(f"altAuditRows([\n{line}")
        else:
            self._piece.write(f",\n{line}")
        self._bytes += len(line) + 2
        if self._bytes >= PIECE_BYTES:
            self._end()

    def close(self, templates: Environment, site: str) -> None:
        """Write the last piece, the script and the page."""
        self._end()
        put_script(self.folder, SEARCH)
        choices = {name: list(self._choices(name)) for name in (*FILTERS, "rule")}
        page = templates.get_template(PAGE).generate(
            site=site, choices=choices, pieces=self.pieces, rows_per_page=self.rows_per_page
        )
        with (self.folder / PAGE).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(page)

    def _end(self) -> None:
        if self._piece is not None:
            self._piece.write("\n]);\n")
            self._piece.close()
        self._piece, self._bytes = None, 0

    def _choices(self, name: str) -> Iterator[Choice]:
        labels = _LABELS.get(name, {})
        for value, rows in self._numbers.get(name, Counter()).most_common():
            if value:
                yield Choice(value, labels[value][0] if value in labels else value, number(rows))
