"""Reading what --join names: the export of a content system, as the system wrote it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import UsageError
from core.sheets.formats import OLD_WORKBOOK, WORKBOOK, encoding_of
from core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_BYTES = 512 * 1024 * 1024
MAX_NAMED = 30  # columns named in a message


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts. Columns are found by their names, whatever their capitals."""

    path: Path
    headings: tuple[str, ...]  # as written
    rows: tuple[tuple[str, ...], ...]  # each as long as the headings

    def find(self, *names: str) -> int | None:
        """The first column that has one of these names."""
        lowered = [heading.strip().lower() for heading in self.headings]
        return next((lowered.index(name.lower()) for name in names if name.lower() in lowered), None)

    def column(self, *names: str) -> int:
        """The same. Raises UsageError where there is none."""
        found = self.find(*names)
        if found is None:
            raise UsageError(
                f"{self.path} has no column {' or '.join(names)}, so it is another file than is needed. It has "
                f"{named(self.headings)}."
            )
        return found


def named(headings: Sequence[str]) -> str:
    """The names of columns, in a sentence."""
    more = f" and {len(headings) - MAX_NAMED} more" if len(headings) > MAX_NAMED else ""
    return ", ".join(shorten(heading, 60) or "(empty)" for heading in headings[:MAX_NAMED]) + more


def read_table(path: Path) -> Table:
    """A CSV file: comma, semicolon or tab, as its first line has them. Raises UsageError where it is none."""
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(MAX_BYTES)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        headings = tuple(next(lines, ()))
        rows = tuple(_padded(line, len(headings), path, lines.line_num) for line in lines if line)
    except csv.Error as error:
        raise UsageError(f"{path} is no whole CSV file: {error}. Export it again, and do not edit it.") from error
    if len(headings) < 2:
        raise UsageError(f"{path} is no table: its first line is {shorten(first, 80)!r}.")
    return Table(path, headings, rows)


def read_json(path: Path) -> Any:
    """A JSON file. Raises UsageError where it is none."""
    return _loaded(_text(path), f"{path}")


def read_json_lines(path: Path) -> list[Any]:
    """A file with a JSON value on each line. Raises UsageError where it is none."""
    lines = _text(path).split("\n")
    return [_loaded(line, f"line {number} of {path}") for number, line in enumerate(lines, 1) if line.strip()]


def _loaded(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what} is no JSON: {error}. Export it again, and do not edit it.") from error


def _padded(line: list[str], width: int, path: Path, number: int) -> tuple[str, ...]:
    if len(line) > width:
        raise UsageError(
            f"line {number} of {path} has {len(line)} cells, its first line {width}: export again, do not edit it."
        )
    return (*line, *[""] * (width - len(line)))


def _text(path: Path) -> str:
    """What stands in the file. It has to be whole: what lost its letters would be written back into the system."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} has more than {MAX_BYTES // 2**20} MiB: export a part of it.")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}. Name the system's export.") from error
    if data.startswith((WORKBOOK, OLD_WORKBOOK)):
        raise UsageError(f"{path} is a workbook or an archive: unpack it, or export CSV (UTF-8).")
    encoding = encoding_of(data)
    try:
        text = "" if encoding == "cp1252" else data.decode(encoding)
    except UnicodeDecodeError:  # half a character at the end of UTF-16
        text = ""
    if data and not text:
        raise UsageError(
            f"{path} is not UTF-8: a spreadsheet has saved it its own way. Take the export as it came from the system, "
            "or save it as CSV UTF-8."
        )
    if "\0" in text:
        raise UsageError(f"{path} is no text file. Name the system's export.")
    return text
