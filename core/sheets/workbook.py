"""Reading the cells of an Excel workbook (XLSX, ECMA-376): each sheet row by row, with no tree kept.

Zip and XML are read by the libraries that the program has anyway; what is left is which cell is where. openpyxl would
bring all texts of a workbook into memory as objects, and expands entities unless a further library is there.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from lxml.etree import LxmlError, iterparse

from core.errors import UsageError
from core.sheets.formats import MAX_COLUMNS, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element

MAX_SHEETS = 100
MAX_UNPACKED_BYTES = 2_000_000_000  # of all XML in it; a million rows of twenty columns have less
MAX_TEXT_BYTES = 400_000_000  # of the texts that the cells of a workbook share
_COLUMN = re.compile(r"([A-Z]{1,3})\d+\Z")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how XML 1.0 is made to hold every character, ECMA-376 22.9.2.19
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])  # ECMA-376 18.8.30
_NO_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')  # what is not a placeholder in the code of a number's format
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class CellKind(StrEnum):
    """What a spreadsheet takes a cell for."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"  # or a time: a number that is shown as one
    TRUTH = "truth"
    FORMULA = "formula"
    ERROR = "error"


class Cell(NamedTuple):
    """A cell, with what the file has as its value: of a date a number, of a formula what it came to."""

    text: str = ""
    kind: CellKind = CellKind.TEXT


_KINDS = {
    "s": CellKind.TEXT, "str": CellKind.TEXT, "inlineStr": CellKind.TEXT, "b": CellKind.TRUTH, "e": CellKind.ERROR,
    "d": CellKind.DATE,
}  # fmt: skip


class _Texts:
    """Very many texts, one after the other in one piece of memory."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def append(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    @property
    def size(self) -> int:
        return len(self._bytes)

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self._ends) - 1:
            return ""
        return self._bytes[self._ends[place] : self._ends[place + 1]].decode("utf-8", "replace")


class Workbook:
    """An open file. Raises UsageError when it cannot be read; close it after use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from None
        except zipfile.BadZipFile:
            raise self._damaged() from None
        names = self._zip.namelist()
        if "xl/workbook.xml" not in names:
            what = (
                "is a sheet of LibreOffice (.ods): save it as XLSX or CSV"
                if names[:1] == ["mimetype"] and "content.xml" in names
                else "is an archive, but no Excel workbook (.xlsx): unpack it, or save the table as XLSX or CSV"
            )
            raise UsageError(f"{path} {what}")
        if sum(part.file_size for part in self._zip.infolist() if part.filename.endswith(".xml")) > MAX_UNPACKED_BYTES:
            raise UsageError(f"{path} holds more than {MAX_UNPACKED_BYTES:,} bytes when it is unpacked: divide it")
        self.has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
        self.sheets = tuple(self._sheets())
        self._texts: _Texts | None = None
        self._dates: frozenset[int] | None = None  # styles that show a number as a date

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _damaged(self) -> UsageError:
        return UsageError(f"{self._path} is a damaged workbook: open it, and save it again as XLSX or CSV")

    def _sheets(self) -> Iterator[tuple[str, str]]:
        """(name, file in the archive) of each sheet."""
        files = {
            element.get("Id"): element.get("Target", "")
            for element in self._elements("xl/_rels/workbook.xml.rels", "Relationship")
        }
        for number, element in enumerate(self._elements("xl/workbook.xml", "sheet")):
            target = files.get(element.get(_RELATION) or element.get(_STRICT_RELATION))
            if target and number < MAX_SHEETS:
                yield element.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def _elements(self, part: str, *names: str) -> Iterator[_Element]:
        """The elements with these names, one by one; each is emptied when the next is asked for."""
        try:
            with self._zip.open(part) as file:
                tags = [f"{{*}}{name}" for name in names]
                for _, element in iterparse(file, tag=tags, resolve_entities=False, no_network=True, load_dtd=False):
                    yield element
                    element.clear(keep_tail=False)
                    parent = element.getparent()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]
        except KeyError:  # there is no such part
            return
        except (LxmlError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            raise self._damaged() from None  # RuntimeError: it has a password

    def rows(self, part: str) -> Iterator[Row]:
        """The rows of a sheet that hold anything, by their numbers."""
        for number, cells in self.cells(part):
            yield Row(number, [cell.text for cell in cells])

    def cells(self, part: str) -> Iterator[tuple[int, list[Cell]]]:
        """The same with what each cell is taken for."""
        cells: list[Cell] = []
        number = 0
        for element in self._elements(part, "c", "row"):
            if _name(element) == "row":
                number = _number(element.get("r"), number + 1)
                if any(cell.text for cell in cells):
                    yield number, cells
                cells = []
                continue
            column = _column(element.get("r"), len(cells))
            if column < MAX_COLUMNS:
                cells += [Cell()] * (column - len(cells))
                cells[column:] = [self._cell(element)]

    def _cell(self, cell: _Element) -> Cell:
        kind, text, formula = cell.get("t"), "", False
        for part in cell:
            name = _name(part)
            if name == "v":
                text = part.text or ""
            formula = formula or name == "f"
        if kind == "inlineStr":
            text = _joined(cell)
        elif kind == "s":
            if self._texts is None:
                self._texts = self._shared()
            text = self._texts[int(text)] if text.isdecimal() else ""
        if formula:
            return Cell(text, CellKind.FORMULA)
        if not text:
            return Cell()
        known = _KINDS.get(kind or "")
        return Cell(text, known or (CellKind.DATE if self._is_date(cell.get("s")) else CellKind.NUMBER))

    def _is_date(self, style: str | None) -> bool:
        if self._dates is None:
            self._dates = frozenset(self._date_styles())
        return style is not None and style.isdecimal() and int(style) in self._dates

    def _date_styles(self) -> Iterator[int]:
        dates = set(map(str, _DATE_FORMATS))
        for element in self._elements("xl/styles.xml", "numFmt", "cellXfs"):
            if _name(element) == "numFmt":
                if re.search("[dmyhs]", _NO_DATE.sub("", element.get("formatCode", "")), re.I):
                    dates.add(element.get("numFmtId", ""))
                continue
            yield from (number for number, style in enumerate(element) if style.get("numFmtId") in dates)

    def _shared(self) -> _Texts:
        texts = _Texts()
        part = next((name for name in self._zip.namelist() if name.lower() == "xl/sharedstrings.xml"), "")
        for element in self._elements(part, "si"):
            texts.append(_joined(element))
            if texts.size > MAX_TEXT_BYTES:
                raise UsageError(f"{self._path} holds more text than a list of pages: save the one sheet as CSV")
        return texts


def _name(element: _Element) -> str:
    """Without its namespace, of which there are two."""
    return str(element.tag).rpartition("}")[2]


def _joined(element: _Element) -> str:
    """Its text without its formats, and without how it is pronounced."""
    parts = element.findall(".//{*}t")
    if len(parts) > 1:
        parts = [part for part in parts if next(part.iterancestors("{*}rPh"), None) is None]
    text = "".join(part.text or "" for part in parts)
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _number(given: str | None, otherwise: int) -> int:
    return int(given) if given and given.isdecimal() and len(given) < 9 else otherwise


@lru_cache(maxsize=MAX_COLUMNS)
def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _column(reference: str | None, otherwise: int) -> int:
    """The place of a cell in its row, from 0: of BC12 it is 54."""
    found = _COLUMN.match(reference or "")
    if found is None:
        return otherwise
    return _place(found[1])
