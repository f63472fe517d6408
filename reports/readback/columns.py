"""Which column of a sheet is which, by its heading in one of the first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.sheets.workbook import Cell

HEADER_ROWS = 10  # in which the headings stand: people write titles above them
# What is read, and what else people call it.
COLUMNS: dict[str, frozenset[str]] = {
    "row_id": frozenset(),
    "seen": frozenset(),
    "page_url": frozenset({"page"}),
    "image_url": frozenset(),
    "current_alt": frozenset(),
    "suggested_alt": frozenset(),
    "decision": frozenset({"yourdecision", "entscheidung", "décision", "decisión"}),
    "new_alt": frozenset({
        "newalttext", "youralt", "youralttext", "neueralt", "neueralttext", "nouvelalt", "nouveautextealt",
        "nuevoalt", "nuevotextoalt",
    }),
}  # fmt: skip
NEEDED = ("row_id", "new_alt")
_NAMES = {name: column for column, others in COLUMNS.items() for name in (column.replace("_", ""), *others)}


def column_of(heading: str) -> str | None:
    """The column that a heading names, whatever its case, spaces and hyphens."""
    return _NAMES.get("".join(filter(str.isalnum, heading.casefold())))


def holds_header(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether one of these rows is the headings."""
    return any(is_header(row) for row in rows)


def is_header(row: Sequence[Cell]) -> bool:
    """Whether a row is the headings: it has one that only our sheets have."""
    return any(column_of(cell.text) == "row_id" for cell in row)


def places(header: Sequence[Cell]) -> dict[str, int]:
    """Where each column stands.

    Raises ValueError, with what to do, when one that is needed is missing, or one is there twice.
    """
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        name = column_of(cell.text)
        if name is None:
            continue
        if name in found:
            raise ValueError(f"there are two columns {name} ({cell.text.strip()!r} is one): name one of them otherwise")
        found[name] = place
    for name in NEEDED:
        if name not in found:
            there = ", ".join(shorten(cell.text, 40) for cell in header if cell.text.strip())
            raise ValueError(f"there is no column {name}: name it so again. The columns are {there}.")
    return found
