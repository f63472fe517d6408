"""What tells the formats of saved sheets apart. Costs nothing to import."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

WORKBOOK = b"PK\x03\x04"  # how an XLSX file begins
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # .xls, and whatever has a password
MAX_COLUMNS = 1000
SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*\Z", re.I)  # what Excel writes and reads before a table


class Separator(StrEnum):
    """What stands between the cells of a CSV file for people."""

    COMMA = ","
    SEMICOLON = ";"


class Row(NamedTuple):
    """A line of a file, or a row of a sheet."""

    number: int  # as editors count, from 1
    cells: list[str]


def is_workbook(path: Path) -> bool:
    """Whether a file is an XLSX workbook, by its first bytes.

    Raises UsageError when it cannot be read, or is a workbook that nothing here reads.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(WORKBOOK))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if start == OLD_WORKBOOK:
        raise UsageError(f"{path} is an old Excel workbook (.xls), or has a password: save it as XLSX or CSV")
    return start == WORKBOOK


def encoding_of(start: bytes) -> str:
    """UTF-8 or UTF-16, with or without a mark, else windows-1252; of the whole file, or of its beginning."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start[1:2] == b"\0":
        return "utf-16-le"
    if start[:1] == b"\0":
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
