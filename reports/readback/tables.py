"""The tables in a file, as a spreadsheet program left it: XLSX, or text with any separator and encoding."""

from __future__ import annotations

import codecs
import csv
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING

from core.errors import UsageError
from core.sheets.formats import SEPARATOR_LINE, encoding_of, is_workbook
from core.sheets.workbook import Cell, Workbook
from reports.readback.columns import HEADER_ROWS, holds_header

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

MAX_ROWS = 1_048_576  # of a sheet, in every program
_SEPARATORS = ",;\t"
_CHUNK = 1 << 20  # bytes
_LINE_CHARS = 1000  # of the first line, which may name the separator


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
    """The sheets of a file, to be gone through one after the other. Raises UsageError where it holds none."""
    if is_workbook(path):
        yield from _workbook(path)
        return
    yield _text(path)


def _workbook(path: Path) -> Iterator[Table]:
    with closing(Workbook(path)) as book:
        if book.has_macros:
            raise SheetError(f"{path} holds macros: save it as XLSX, an Excel workbook without them")
        for name, part in book.sheets:
            yield Table(name if len(book.sheets) > 1 else None, (Line(*row) for row in book.cells(part)))


def _text(path: Path) -> Table:
    encoding = _encoding(path)
    with _opened(path, encoding) as file:
        first = file.readline(_LINE_CHARS)
        if not first.strip() and not any(map(str.strip, file)):
            raise SheetError(f"{path} is empty: nothing was saved in it, or it is another file")
    given = SEPARATOR_LINE.match(first)
    named = given is not None  # that line is no row of the sheet: programs take it away
    separators = given[1] if given is not None else _SEPARATORS
    for separator in separators:
        with closing(_lines(path, encoding, separator, named=named)) as lines:
            if holds_header([line.cells for line in islice(lines, HEADER_ROWS)]):
                break
    else:
        separator = separators[0]
    lossy = encoding == "cp1252"
    notes = (
        ("It was saved without Unicode: letters of other scripts, and emoji, may have become “?”.",) if lossy else ()
    )
    return Table(None, _lines(path, encoding, separator, named=named), notes, lossy)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        encoding = encoding_of(file.read(_CHUNK))
        if encoding == "utf-8-sig":  # so it begins
            file.seek(0)
            decoder = codecs.getincrementaldecoder("utf-8")()
            try:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
            except UnicodeDecodeError:
                return "cp1252"
    return encoding


def _opened(path: Path, encoding: str) -> IO[str]:
    return path.open(encoding=encoding, errors="replace", newline="")


def _lines(path: Path, encoding: str, separator: str, *, named: bool) -> Generator[Line, None, None]:
    """The rows of a CSV file by their number in the sheet: a cell may hold several lines of the file."""
    with _opened(path, encoding) as file:
        if named:
            file.readline()
        rows = csv.reader(file, delimiter=separator, strict=True)
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
