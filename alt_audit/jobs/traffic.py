"""A file of visits, as Search Console, GA4 or anybody else exports it: pages in one column, a number in another."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import UsageError
from crawler.inputs.tables import sample, tables
from crawler.urls.start_urls import listed_url
from reports.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.sheets.formats import Row
    from crawler.inputs.tables import Table

SAMPLE_ROWS = 200
# What a column of visits is called, those first that say most of people who came; in the languages of the tools.
_NAMES = (
    r"clicks|klicks|clics?|cliques|klikken|kliknięcia|клики|クリック",
    r"sessions|sitzungen|sesiones|sessioni|sessões|sessies|sesje|сеансы|セッション",
    r"visits|besuche|visites|visitas|visite|bezoeken|wizyty|визиты|訪問",
    r"views|aufrufe|vues|vistas|visualizaciones|visualizzazioni|visualizações|weergaven|wyświetlenia|просмотры|表示回数",
    r"users|nutzer|utilisateurs|usuarios|utenti|usuários|gebruikers|użytkownicy|пользователи|ユーザー",
    r"traffic|trafic|tráfico|traffico|verkehr",
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,'’\u00a0\u202f ])\d{3})(?:\1\d{3})*\Z")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?\Z")


@dataclass(frozen=True, slots=True)
class _Columns:
    table: Table
    address: int
    visits: int
    title: str | None
    rank: tuple[bool, int, int]  # whether a name says visits; rows of the sample that have both; columns


def read_traffic(path: Path) -> Traffic:
    """The visits in a file. Raises UsageError where there are none that can be read."""
    if zipfile.is_zipfile(path) and not _is_workbook(path):
        raise UsageError(f"{path} is an archive: unpack it, and give the file of the pages in it (Pages.csv)")
    ways = [way for table in tables(path) if (way := _columns(table)) is not None]
    found = max(ways, key=lambda way: way.rank, default=None)
    if found is None:
        raise UsageError(
            f"{path} holds no visits: a column of page addresses (or paths as /shop/) and one of numbers are wanted, "
            "as Search Console and GA4 export them."
        )
    column = f"column “{found.title}”" if found.title else f"column {found.visits + 1}"
    traffic = Traffic(f"{column} of {path.name}")
    for row in found.table.rows():
        address, visits = _address(_cell(row, found.address)), _number(_cell(row, found.visits))
        if address is not None and visits is not None:
            traffic.add(address, visits)
    return traffic


def _columns(table: Table) -> _Columns | None:
    rows = sample(table, SAMPLE_ROWS)
    width = max((len(row.cells) for row in rows), default=0)
    addresses = [sum(_address(_cell(row, place)) is not None for row in rows) for place in range(width)]
    if not any(addresses):
        return None
    address = addresses.index(max(addresses))
    named = [row for row in rows if _address(_cell(row, address)) is not None]
    numbers = [
        place
        for place in range(width)
        if place != address and 2 * sum(_number(_cell(row, place)) is not None for row in named) > len(named)
    ]
    if not numbers:
        return None
    header = next((row for row in rows if row.number < named[0].number and len(row.cells) > max(numbers)), None)
    visits, is_named = _named(header, numbers)
    title = _cell(header, visits).strip() if header is not None else ""
    both = sum(_number(_cell(row, visits)) is not None for row in named)
    return _Columns(table, address, visits, title or None, (is_named, both, width))


def _named(header: Row | None, numbers: Sequence[int]) -> tuple[int, bool]:
    """The column that says visits, and whether its name does; where none does, the first of numbers."""
    for names in _NAMES:
        for place in numbers:
            if header is not None and re.search(names, _folded(_cell(header, place))):
                return place, True
    return numbers[0], False


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _address(cell: str) -> str | None:
    text = cell.strip()
    return text if text.startswith("/") and not text.startswith("//") else listed_url(text)


def _number(cell: str) -> int | None:
    """Visits are whole: 1,234 and 1.234 are a thousand and more, in whatever language."""
    text = cell.strip()
    if _GROUPED.match(text):
        return int(re.sub(r"\D", "", text))
    return round(float(text.replace(",", "."))) if _NUMBER.match(text) and len(text) < 16 else None


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return True  # and why it cannot be read, its reader says
