"""Reading the cells of an Excel workbook (XLSX, ECMA-376): the texts of each sheet, row by row, with no tree kept.

Zip and XML are read by the libraries that the program has anyway; what is left is which cell is where. openpyxl would
bring all texts of a workbook into memory as objects, and expands entities unless a further library is there.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from typing import TYPE_CHECKING

from lxml.etree import LxmlError, QName, iterparse

from core.errors import UsageError
from crawler.inputs.tables import MAX_COLUMNS, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element

MAX_SHEETS = 100
MAX_TEXT_BYTES = 400_000_000  # of the texts that the cells of a workbook share
_COLUMN = re.compile(r"([A-Z]{1,3})\d+\Z")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


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
        if "xl/workbook.xml" not in self._zip.namelist():
            raise UsageError(
                f"{path} is an archive, but no Excel workbook (.xlsx): unpack it, or save the table as CSV"
            )
        self.sheets = tuple(self._sheets())
        self._texts: _Texts | None = None

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
        cells: list[str] = []
        number = 0
        for element in self._elements(part, "c", "row"):
            if QName(element).localname == "row":
                number = _number(element.get("r"), number + 1)
                if any(cells):
                    yield Row(number, cells)
                cells = []
                continue
            column = _column(element.get("r"), len(cells))
            if column < MAX_COLUMNS:
                cells += [""] * (column - len(cells))
                cells[column:] = [self._text(element)]

    def _text(self, cell: _Element) -> str:
        kind = cell.get("t")
        if kind == "inlineStr":
            return _joined(cell)
        value = next(cell.iterchildren("{*}v"), None)
        text = (value.text if value is not None else None) or ""
        if kind != "s":
            return text
        if self._texts is None:
            self._texts = self._shared()
        return self._texts[int(text)] if text.isdecimal() else ""

    def _shared(self) -> _Texts:
        texts = _Texts()
        part = next((name for name in self._zip.namelist() if name.lower() == "xl/sharedstrings.xml"), "")
        for element in self._elements(part, "si"):
            texts.append(_joined(element))
            if texts.size > MAX_TEXT_BYTES:
                raise UsageError(f"{self._path} holds more text than a list of pages: save the one sheet as CSV")
        return texts


def _joined(element: _Element) -> str:
    """Its text without its formats, and without how it is pronounced."""
    return "".join(part.text or "" for part in element.iter("{*}t") if next(part.iterancestors("{*}rPh"), None) is None)


def _number(given: str | None, otherwise: int) -> int:
    return int(given) if given and given.isdecimal() and len(given) < 9 else otherwise


def _column(reference: str | None, otherwise: int) -> int:
    """The place of a cell in its row, from 0: of BC12 it is 54."""
    found = _COLUMN.match(reference or "")
    if found is None:
        return otherwise
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - 64
    return place - 1
