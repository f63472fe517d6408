"""The tables in a file, as a spreadsheet program left it: XLSX, or text with any separator and encoding."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.sheets.formats import OLD_WORKBOOK, SEPARATOR_LINE, WORKBOOK, encoding_of, old_workbook
from core.sheets.workbook import Cell, Workbook
from reports.readback.columns import HEADER_ROWS, holds_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_TEXT_BYTES = 200_000_000  # of a CSV file, which is read as a whole; a hundred thousand rows have less
MAX_ROWS = 1_048_576  # of a sheet, in every program
_SEPARATORS = ",;\t"


class SheetError(UsageError):
    """A file of which nothing can be taken."""


@dataclass(slots=True)
class Line:
    """A row as a person sees it. Where it could not be read, `problem` says why."""

    number: int  # as the program numbers them, from 1
    cells: list[Cell]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a file."""

    name: str | None  # None: the file has but one
    lines: Iterator[Line]
    notes: tuple[str, ...] = field(default=())  # what a person should know of how it was saved
    lossy: bool = False  # it was saved in an encoding that has not all letters


def tables(path: Path) -> Iterator[Table]:
    """The sheets of a file, to be gone through one after the other. Raises SheetError where it holds none."""
    try:
        with path.open("rb") as file:
            start = file.read(len(WORKBOOK))
            size = path.stat().st_size
    except OSError as error:
        raise SheetError(f"cannot read {path}: {error.strerror}") from None
    if start == OLD_WORKBOOK:
        raise old_workbook(path)
    if start == WORKBOOK:
        yield from _workbook(path)
        return
    if size > MAX_TEXT_BYTES:
        raise SheetError(f"{path} has more than {MAX_TEXT_BYTES:,} bytes: save the rows that were changed alone")
    yield _text(path)


def _workbook(path: Path) -> Iterator[Table]:
    with closing(Workbook(path)) as book:
        if book.has_macros:
            raise SheetError(f"{path} holds macros: save it as XLSX, an Excel workbook without them")
        for name, part in book.sheets:
            yield Table(name if len(book.sheets) > 1 else None, (Line(*row) for row in book.cells(part)))


def _text(path: Path) -> Table:
    data = path.read_bytes()
    encoding = encoding_of(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    if not text.strip():
        raise SheetError(f"{path} is empty: nothing was saved in it, or it is another file")
    first, end, rest = text.partition("\n") if "\n" in text else text.partition("\r")
    given = SEPARATOR_LINE.match(first)
    if given is not None and end:  # no row of the sheet: programs take it away
        text, separators = rest, given[1]
    else:
        separators = _SEPARATORS
    separator = next((one for one in separators if holds_header(_head(text, one))), separators[0])
    lossy = encoding == "cp1252"
    notes = (
        ("It was saved without Unicode: letters of other scripts, and emoji, may have become “?”.",) if lossy else ()
    )
    return Table(None, _lines(text, separator), notes, lossy)


def _head(text: str, separator: str) -> list[list[Cell]]:
    return [line.cells for line in islice(_lines(text, separator), HEADER_ROWS)]


def _lines(text: str, separator: str) -> Iterator[Line]:
    """The rows of a CSV file by their number in the sheet: a cell may hold several lines of the file."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for number in range(1, MAX_ROWS + 1):
        try:
            cells = next(rows, None)
        except csv.Error as error:
            why = "a quotation mark is opened and not closed" if "unexpected end" in str(error) else str(error)
            yield Line(number, [], f"cannot be read: {why}")
            continue
        if cells is None:
            return
        yield Line(number, [Cell(cell) for cell in cells])
