"""The rows of a file, whatever program wrote it: CSV with any separator, a sheet of a workbook, or plain lines."""

from __future__ import annotations

import csv
import json
import re
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, Protocol

from core.errors import UsageError
from core.sheets.formats import MAX_COLUMNS, SEPARATOR_LINE, Row, encoding_of, is_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS = ",;\t|"
NOT_CSV = "not CSV: "
_SNIFFED_BYTES = 65_536
_LIST_MARK = re.compile(r"(?:[-*+•–]|\d{1,9}[.)])\s+(?=\S)")
_ADDRESSES = re.compile(r"https?://\S+(?:\s+https?://\S+)+", re.I)
_RULE = re.compile(r"[\s|:=-]+\Z")  # the line below the header of a Markdown table


class Table(Protocol):
    """Rows that can be gone through again and again."""

    @property
    def name(self) -> str | None:
        """Of the sheet."""
        ...

    @property
    def is_lines(self) -> bool:
        """Whether it has no columns."""
        ...

    def rows(self) -> Iterator[Row]:
        """The rows that hold anything, but for comments. One that is no CSV has one cell that says so."""
        ...


def open_text(path: Path) -> IO[str]:
    """A text file with line ends as they are: UTF-8 or UTF-16 with or without a mark, else windows-1252.

    Raises UsageError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_SNIFFED_BYTES)
        return path.open(encoding=encoding_of(start), errors="replace", newline="")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


@dataclass(frozen=True)
class CsvTable:
    """A text file with a separator between its columns."""

    path: Path
    delimiter: str
    name = None
    is_lines = False

    def rows(self) -> Iterator[Row]:
        """The rows."""
        with open_text(self.path) as file:
            rows = csv.reader(file, delimiter=self.delimiter)
            while True:
                try:
                    cells = next(rows, None)
                except csv.Error as error:
                    yield Row(rows.line_num, [f"{NOT_CSV}{error}"])
                    continue
                if cells is None:
                    return
                if any(cells) and not _says_nothing(cells, self.delimiter):
                    yield Row(rows.line_num, cells[:MAX_COLUMNS])


@dataclass(frozen=True)
class Lines:
    """A text file with one address a line: as it is, in a list of Markdown, in JSON."""

    path: Path
    name = None
    is_lines = True

    def rows(self) -> Iterator[Row]:
        """A row for each line, or for each address on a line that holds several."""
        with open_text(self.path) as file:
            for number, line in enumerate(file, 1):
                text = line.strip()
                if not text or text.startswith("#") or text in {"[", "]"} or SEPARATOR_LINE.match(text):
                    continue
                for cell in _entries(text):
                    yield Row(number, [cell])


@dataclass(frozen=True)
class SheetTable:
    """A sheet of a workbook."""

    path: Path
    name: str
    part: str
    is_lines = False

    def rows(self) -> Iterator[Row]:
        """The rows."""
        from core.sheets.workbook import Workbook

        with closing(Workbook(self.path)) as book:
            for row in book.rows(self.part):
                if not _says_nothing(row.cells, ""):
                    yield row


def tables(path: Path) -> list[Table]:
    """The ways to read a file: the sheets of a workbook; a text file by each separator that it may have, and as lines.

    Raises UsageError when it cannot be read.
    """
    if is_workbook(path):
        return _sheets(path)
    with open_text(path) as file:
        head = file.read(_SNIFFED_BYTES)
    first = head.lstrip().splitlines()[0] if head.strip() else ""
    given = SEPARATOR_LINE.match(first)
    if given is not None:
        return [CsvTable(path, given[1])]
    found = [CsvTable(path, delimiter) for delimiter in DELIMITERS if delimiter in head]
    return [*found, Lines(path)]


def _sheets(path: Path) -> list[Table]:
    from core.sheets.workbook import Workbook

    with closing(Workbook(path)) as book:
        return [SheetTable(path, name, part) for name, part in book.sheets]


def _says_nothing(cells: list[str], delimiter: str) -> bool:
    """Whether a row is a comment, as GA4 writes them, names the separator, or is a line of a drawn table."""
    first = cells[0].strip()
    if first.startswith("#") and (len(first) > 1 or not any(cell.strip() for cell in cells[1:])):
        return True
    if not first and delimiter != "|":
        return False
    return (len(cells) <= 2 and SEPARATOR_LINE.match(delimiter.join(cells)) is not None) or (
        delimiter == "|" and all(not cell.strip() or _RULE.match(cell) for cell in cells)
    )


def _entries(line: str) -> Iterator[str]:
    """What should be the addresses on a line, without what stands around them."""
    if line.startswith("{"):
        try:
            values = json.loads(line.rstrip(","))
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            texts = [value for value in values.values() if isinstance(value, str)]
            yield next((text for text in texts if text[:4].lower() == "http"), line)
            return
    text = _LIST_MARK.sub("", line, count=1) if _LIST_MARK.match(line) else line
    if _ADDRESSES.match(text):
        yield from text.split()
        return
    if text.startswith("<"):
        text = text.rstrip(";,")
        text = text[1:-1] if text.endswith(">") else text
    elif text[0] in "\"'" and text.rstrip(";,").endswith(text[0]):
        text = text.rstrip(";,")
    yield text


def sample(table: Table, number: int) -> list[Row]:
    """The first rows of a table."""
    return list(islice(table.rows(), number))
