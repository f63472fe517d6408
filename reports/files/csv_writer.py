"""CSV files: for people in a spreadsheet (safe to open there), and for programs (every text as it is)."""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from core.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reports.report_options import ReportOptions

Record = TypeVar("Record")

CELL_CHARS = 32_767  # Excel spills what is longer into the next cells

# What a spreadsheet runs as a formula: OWASP, CSV Injection. Full-width forms count in some locales, white
# space before the sign is dropped by some programs, and a quote that stands there already is doubled so that
# `restore` can tell it from ours.
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r\n]")


def neutralise(text: str) -> str:
    """The text as a spreadsheet may show it: one that could run as a formula gets a quote in front."""
    if text[:1].isalnum():  # most do, and cost a third so
        return text
    return f"'{text}" if _FORMULA.match(text) else text


def restore(text: str) -> str:
    """The text that `neutralise` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def spreadsheet_cell(text: str) -> str:
    """A text from the web as it may stand in a cell that a person opens."""
    return neutralise(shown(text[: CELL_CHARS - 1]))


@dataclass(frozen=True, slots=True)
class CsvWriter(Generic[Record]):
    """A CSV file (RFC 4180) with one line for each record that it wants; for people, every cell is in quotes."""

    record: type[Record]
    name: str
    title: str
    help: str
    columns: tuple[tuple[str, Callable[[Record], str]], ...]  # (heading, text of the cell)
    wanted: Callable[[Record], bool] = lambda _: True
    raw: bool = False  # for programs: no byte order mark, no cell changed
    extra: bool = False
    file: str = ""

    @property
    def file_name(self) -> str:
        """The name in the folder of the report."""
        return self.file or f"{self.name}.csv"

    @property
    def headings(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(heading for heading, _ in self.columns)

    def wants(self, record: Record) -> bool:
        """Whether the record gets a line."""
        return self.wanted(record)

    def cells(self, record: Record) -> list[str]:
        """The line of a record."""
        texts = [text(record) for _, text in self.columns]
        return texts if self.raw else [spreadsheet_cell(text) for text in texts]

    @contextmanager
    def opened(self, folder: Path, options: ReportOptions) -> Iterator[Callable[[Record], None]]:
        """The file, open, with its headings."""
        encoding = "utf-8" if self.raw else "utf-8-sig"  # Excel takes UTF-8 without the mark for something else
        with (folder / self.file_name).open("w", encoding=encoding, newline="") as file:
            lines = csv.writer(file, lineterminator="\r\n")
            if not self.raw:
                lines = csv.writer(file, delimiter=options.csv_separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            lines.writerow(self.headings)
            yield lambda record: lines.writerow(self.cells(record))
