"""Which column of a table holds pages, which images and alt texts: told by what is in the cells, whatever its name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from crawler.inputs.tables import sample
from crawler.urls.scope import domain_of
from crawler.urls.start_urls import listed_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.sheets.formats import Row
    from crawler.inputs.tables import Table

SAMPLE_ROWS = 200
_REGULAR = 0.9  # of the rows of a table have as many cells as most
# Of several columns with addresses the one with such a name, in the languages of the tools that write such files.
_ADDRESS_COLUMNS = frozenset(
    "url urls address adresse dirección direccion indirizzo endereço endereco adres アドレス loc page link".split()
)
_ALT = re.compile(r"\balt\b|alternat|\balt(?:text|tekst|tag)|代替|altテキスト", re.I)
_IMAGE = re.compile(r"\bim(?:age|g)s?\b|bild|\bsrc\b|imagen|immagine|imagem|afbeelding|画像|picture|изображ", re.I)
_TAG = re.compile(r"(?:<|&lt;)img\b", re.I)
_WEB_ADDRESS = re.compile(r"https?://", re.I)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|ico|tiff?|heic)\Z", re.I)
_LIKE_AN_ADDRESS = re.compile(r"[./:\\]")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things are in a table; places from 0."""

    page: int
    title: str | None  # of that column
    header: tuple[str, ...] | None  # how the cells of its first line read
    start: int  # number of the first row behind the header
    image: int | None = None  # addresses of pictures, and
    alt: int | None = None  # their alt texts
    tags: int | None = None  # img elements

    @property
    def shows_images(self) -> bool:
        """Whether rows say which image stands on their page, and with which alt text."""
        return self.tags is not None or (self.image is not None and self.alt is not None)


@dataclass(slots=True)
class _Column:
    addresses: int = 0
    pictures: int = 0
    tags: int = 0
    bare: int = 0  # of the addresses, those without http://
    domains: set[str] = field(default_factory=set)

    def add(self, cell: str) -> None:
        if _TAG.search(cell):
            self.tags += 1
            return
        url = listed_url(cell)
        if url is None:
            return
        self.addresses += 1
        self.bare += not _WEB_ADDRESS.match(cell.strip().lstrip("\"'"))
        self.pictures += names_a_picture(url)
        self.domains.add(domain_of(url))


def names_a_picture(url: str) -> bool:
    """Whether an address ends like that of a picture."""
    return url[:5].lower() == "data:" or _PICTURE.search(file_name(url) or "") is not None


def best_table(tables: Sequence[Table]) -> tuple[Table, Columns] | None:
    """The table with the most addresses, and where they are; None when there is none in any.

    Of the ways to read a text file the one by which the rows have as many cells as the header, else lines: an address
    may hold any separator but a tab.
    """
    best: tuple[tuple[int, ...], Table, Columns] | None = None
    for table in tables:
        rows = sample(table, SAMPLE_ROWS)
        columns = find_columns(rows)
        if columns is None:
            continue
        found = sum(listed_url(row.cells[columns.page]) is not None for row in rows if len(row.cells) > columns.page)
        if table.is_lines:
            rank = (1, found, 1)
        elif table.name is not None:
            rank = (1, found, 0)
        else:
            width = _width(rows, columns)
            if width is None:
                continue
            rank = (2, found, width)
        if best is None or rank > best[0]:
            best = rank, table, columns
    return best[1:] if best is not None else None


def _width(rows: Sequence[Row], columns: Columns) -> int | None:
    """How many cells the rows of a text file have by a separator; None when it is none of this file."""
    widths = [len(row.cells) for row in rows if row.number >= columns.start]
    width = max(set(widths), key=widths.count, default=0)
    if width < 2 or widths.count(width) < _REGULAR * len(widths):
        return None
    if columns.header is not None:
        return width if len(columns.header) == width else None
    # What tells addresses apart is no cell of its own: /tea,1.html and /tea,2.html.
    lines = {tuple(row.cells) for row in rows}
    pages = {row.cells[columns.page] for row in rows if columns.page < len(row.cells)}
    return width if len(pages) >= _REGULAR * len(lines) else None


def find_columns(rows: Sequence[Row]) -> Columns | None:
    """Where pages, images and alt texts are in the first rows of a table; None when there is no address."""
    found: list[_Column] = []
    for row in rows:
        found += [_Column() for _ in range(len(row.cells) - len(found))]
        for column, cell in zip(found, row.cells, strict=False):
            column.add(cell)
    candidates = [place for place, column in enumerate(found) if column.addresses]
    if not candidates:
        return None
    names = _names(rows, candidates)
    pages = [place for place in candidates if 2 * found[place].pictures <= found[place].addresses] or candidates
    most = max(found[place].addresses for place in pages)
    page = min(
        pages,
        key=lambda place: (
            2 * found[place].addresses < most,
            2 * found[place].bare > found[place].addresses,
            names[place] not in _ADDRESS_COLUMNS,
            len(found[place].domains),
            place,
        ),
    )
    first = next(place for place, row in enumerate(rows) if page < len(row.cells) and listed_url(row.cells[page]))
    header = _header(rows[:first], rows[first], page)
    start = rows[header].number + 1 if header is not None else rows[_title_lines(rows[:first], rows[first])].number
    titles = [name.strip() for name in rows[header].cells] if header is not None else []
    title = titles[page] if page < len(titles) else None
    tags = max(range(len(found)), key=lambda place: found[place].tags)
    others = [place for place in candidates if place != page]
    image = next((place for place in others if 2 * found[place].pictures > found[place].addresses), None)
    if image is None:
        image = next((place for place in others if place < len(titles) and _IMAGE.search(titles[place])), None)
    alt = next((place for place, name in enumerate(titles) if place not in {page, image} and _ALT.search(name)), None)
    return Columns(
        page,
        title or None,
        tuple(rows[header].cells) if header is not None else None,
        start,
        image,
        alt,
        tags if found[tags].tags else None,
    )


def _names(rows: Sequence[Row], candidates: Sequence[int]) -> dict[int, str]:
    """What stands above the first address of each column."""
    names = {}
    for place in candidates:
        above = ""
        for row in rows:
            cell = row.cells[place] if place < len(row.cells) else ""
            if listed_url(cell) is not None:
                break
            above = cell or above
        names[place] = unicodedata.normalize("NFKC", above).strip().casefold()
    return names


def _header(above: Sequence[Row], first: Row, page: int) -> int | None:
    """Which of the rows above the first address is the header: the first that has about as many cells filled."""
    wanted = sum(map(bool, first.cells))
    for place, row in enumerate(above):
        name = row.cells[page].strip() if page < len(row.cells) else ""
        filled = sum(bool(cell.strip()) for cell in row.cells)
        if len(first.cells) == 1:
            return place if name and not _LIKE_AN_ADDRESS.search(name) else None
        if len(row.cells) > 1 and 2 * filled >= wanted:
            return place
    return None


def _title_lines(above: Sequence[Row], first: Row) -> int:
    """How many rows stand before the content: of a table without a header, lines that are no rows of it."""
    if len(first.cells) == 1:
        return 0
    return next((place for place, row in enumerate(above) if len(row.cells) > 1), len(above))


def content(table: Table, columns: Columns) -> Iterator[Row]:
    """The rows behind the header, which may come again."""
    for row in table.rows():
        if row.number >= columns.start and tuple(row.cells) != columns.header:
            yield row
