"""A sheet that an editor has filled in: from the file to what each row says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from core.sheets.workbook import Cell
from core.text import collapse, shorten
from reports.readback.cells import NotTakenError, text_of, typed
from reports.readback.columns import HEADER_ROWS, is_header, places
from reports.readback.tables import SheetError, Table, tables
from reports.readback.words import Word, word_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAMED_CHARS = 60  # of a cell that is quoted
_ROW_ID = re.compile(r"[0-9a-f]{12}-[!-~]{1,100}")


class Level(StrEnum):
    """What a remark on a row means."""

    ERROR = "error"  # what it says is not taken
    WARNING = "warning"  # it is taken, and worth a look


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands, as the person with the sheet sees it."""

    sheet: str
    number: int

    def __str__(self) -> str:
        return f"{self.sheet}, row {self.number}" if self.sheet else f"row {self.number}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be said of one row."""

    place: Place
    level: Level
    message: str
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with an opinion. Cells that the sheet has no column for are None."""

    place: Place
    row_id: str
    new_alt: str | None  # one line; None: nothing is typed
    word: Word | None
    seen: str | None
    image_url: str | None
    page_url: str | None
    current_alt: str | None
    suggested_alt: str | None


@dataclass(slots=True)
class Sheet:
    """What a file says."""

    rows: list[SheetRow] = field(default_factory=list)  # those with an opinion
    silent: int = 0  # rows in which nothing was typed
    remarks: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # on the file


def read_sheet(path: Path) -> Sheet:
    """What the rows of a file say. Raises UsageError when it cannot be read, or is no sheet of ours."""
    sheet = Sheet()
    headings: list[str] = []
    found = False
    for table in tables(path):
        found |= _read_table(table, sheet, headings)
        sheet.notes += table.notes
    if not found:
        named = f" Its first rows say {', '.join(headings)}." if headings else ""
        raise SheetError(
            f"{path} is none of our sheets: no column row_id in its first {HEADER_ROWS} rows. Take editors.xlsx or "
            f"editors.csv of a report, and keep its headings. Saved as CSV, a workbook keeps the sheet in sight alone."
            f"{named}"
        )
    return sheet


def _read_table(table: Table, sheet: Sheet, headings: list[str]) -> bool:
    """Read the rows of a table; returns whether it has our headings."""
    columns: dict[str, int] | None = None
    read = 0
    for line in table.lines:
        if columns is None:
            read += 1
            if is_header(line.cells):
                try:
                    columns = places(line.cells)
                except ValueError as error:
                    raise SheetError(f"{Place(table.name or '', line.number)}: {error}") from None
            elif read == HEADER_ROWS:
                return False
            elif len(headings) < HEADER_ROWS:
                headings += [repr(shorten(cell.text, NAMED_CHARS)) for cell in line.cells if cell.text.strip()][:3]
            continue
        _read_line(Place(table.name or "", line.number), line.cells, line.problem, columns, sheet, lossy=table.lossy)
    return columns is not None


def _read_line(
    place: Place, cells: Sequence[Cell], problem: str | None, columns: dict[str, int], sheet: Sheet, *, lossy: bool
) -> None:
    def cell(name: str) -> Cell:
        position = columns.get(name, len(cells))
        return cells[position] if position < len(cells) else Cell()

    def text(name: str) -> str | None:
        return typed(cell(name).text) if name in columns else None

    def remark(level: Level, message: str) -> None:
        sheet.remarks.append(Remark(place, level, message, row_id))

    row_id = collapse(cell("row_id").text)
    row_id = row_id if _ROW_ID.fullmatch(row_id) else ""
    if problem is not None:
        remark(Level.ERROR, problem)
        return
    said, decided = cell("new_alt"), collapse(cell("decision").text)
    if not row_id:
        if collapse(said.text) or decided:
            remark(Level.ERROR, "no row_id, so nobody knows which picture it is about. Take it from the report's file.")
        elif any(collapse(one.text) for one in cells):
            remark(Level.WARNING, "no row_id: left out.")
        return
    word = word_of(decided)
    if decided and word is None:
        remark(
            Level.ERROR,
            f"{shorten(decided, NAMED_CHARS)!r} is no decision. Write {', '.join(list(Word)[:-1])} or {Word.SKIP}.",
        )
        return
    try:
        new_alt, doubt = text_of(said, lossy=lossy)
    except NotTakenError as error:
        remark(Level.ERROR, str(error))
        return
    if word is Word.SKIP or (word is None and new_alt is None):
        sheet.silent += 1
        return
    if doubt is not None:
        remark(Level.WARNING, doubt)
    sheet.rows.append(
        SheetRow(
            place, row_id, new_alt, word, text("seen"), text("image_url"), text("page_url"), text("current_alt"),
            text("suggested_alt"),
        )
    )  # fmt: skip
