"""Reading a Screaming Frog export of inlinks: a row for each place that links to a page or shows an image.

The files are `all_inlinks.csv` (Bulk Export > Links > All Inlinks) and
`images_missing_alt_text_inlinks.csv` (Bulk Export > Images), in the order of the linked addresses.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.identity.urls import absolute, page_url
from crawler.inputs.base import ImportCounts
from crawler.inputs.seen_rows import IMAGE, LINK, Row, SeenRows
from crawler.inputs.tables import NOT_CSV, sample, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.inputs.tables import Table

_HEADER_BY = 20  # rows
_DOCUMENTED_COLUMNS = 12  # at least, of an inlinks export

# The program writes its headers in the language of its window. Where a name is not known here, the documented
# order decides: Type, Source, Destination, Size, Alt Text, Anchor, ..., Link Path.
_NAMES = {
    "type": "type|тип|typ|tipo|type de lien|linktyp|タイプ|種類|リンクタイプ",
    "source": "source|from|источник|url source|quelle|origen|fuente|origine|sorgente|origem|fonte|bron|ソース|リンク元",
    "destination": "destination|to|назначение|url de destination|ziel|destino|destinazione|bestemming|doel|リンク先"
    "|宛先",
    "alt": "alt text|замещающий текст|texte alt|texte alternatif|alt-text|alternativtext|texto alt|texto alternativo"
    "|testo alt|testo alternativo|alt-tekst|alternatieve tekst|altテキスト|alt テキスト|代替テキスト",
    "anchor": "anchor|анкор|anchor text|ancrage|ancre|texte d'ancrage|anker|ankertext|ancla|texto de anclaje|ancora"
    "|testo di ancoraggio|âncora|texto âncora|ankertekst|アンカー|アンカーテキスト",
    "path": "link path|путь ссылки|chemin du lien|linkpfad|link-pfad|ruta del enlace|ruta de enlace|percorso del link"
    "|percorso link|caminho do link|linkpad|link-pad|リンクパス",
}
_COLUMNS = {name: column for column, names in _NAMES.items() for name in names.split("|")}
_IMAGE = frozenset("image img изображение bild imagen immagine imagem afbeelding 画像 イメージ".split())
_LINK = frozenset(
    ("hyperlink", "гиперссылка", "ahref", "link", "lien hypertexte", "lien", "hipervínculo", "enlace",
     "collegamento ipertestuale", "collegamento", "hiperlink", "hiperligação", "ハイパーリンク", "リンク")
)  # fmt: skip
_WEB_ADDRESS = re.compile(r"https?://", re.I)


class Inlinks(SeenRows):
    """An export, read once and put in the order of its pages. Close it after use."""

    def __init__(self, path: Path, *, blank_is_empty: bool = False, notes: tuple[str, ...] = ()) -> None:
        """`blank_is_empty`: an empty Alt Text cell means alt="", which a CSV cannot tell from a missing alt.

        Raises UsageError when the file cannot be read, is another export, or shows no image.
        """
        self.counts = ImportCounts()
        super().__init__(self._read(path), self.counts, blank_is_empty=blank_is_empty, notes=notes)
        if not self.counts.images:
            self.close()
            raise UsageError(f"{path} shows no image: none of its {self.counts.rows} rows is one of type Image")

    def _read(self, path: Path) -> Iterator[Row]:
        table, first, places = _where(path)
        for line, cells in table.rows():
            if line < first:
                continue
            self.counts.rows += 1
            if len(cells) == 1 and cells[0].startswith(NOT_CSV):
                self.counts.refuse(line, "", cells[0])
            elif (row := self._row(places, cells, line)) is not None:
                yield row
        if not self.counts.rows:
            raise UsageError(f"{path} holds no rows")

    def _row(self, places: dict[str, int], cells: list[str], line: int) -> Row | None:
        if len(cells) <= max(places["source"], places["destination"], places["type"]):
            self.counts.refuse(line, ",".join(cells), "fewer columns than the first line")
            return None
        cell = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        kind = unicodedata.normalize("NFKC", cell["type"]).casefold()
        alt, anchor, path = (cell.get(name, "") for name in ("alt", "anchor", "path"))
        is_image = kind in _IMAGE
        if not is_image:
            self.counts.other_rows += 1
            if kind not in _LINK or not path or (anchor and not alt):  # no link around an image
                return None
        source, target = (absolute(cell[name], cell[name]) for name in ("source", "destination"))
        if source is None or source.startswith("data:") or target is None:
            if is_image:
                name = "source" if source is None or source.startswith("data:") else "destination"
                self.counts.refuse(line, cell[name], f"the {name} is no web address")
            return None
        page = page_url(source)
        if is_image:
            self.counts.images += 1
            self.counts.blank_alts += not alt
            self.counts.hosts[page.split("/", 3)[2]] += 1
        return page, IMAGE if is_image else LINK, target, alt, anchor, path


def _where(path: Path) -> tuple[Table, int, dict[str, int]]:
    """The table that is an export, the number of the first row below its header, and where its columns stand.

    Other programs save it again with other separators, lines above the header, or as a workbook.
    """
    seen: list[str] = []
    for table in tables(path):
        if table.is_lines:
            continue
        for number, cells in sample(table, _HEADER_BY):
            places = _named(cells)
            if places is not None:
                return table, number + 1, places
            if len(cells) >= _DOCUMENTED_COLUMNS and all(_WEB_ADDRESS.match(cells[place]) for place in (1, 2)):
                return table, number, _documented(cells)
            seen = max(seen, cells, key=len)
    if not seen:
        raise UsageError(f"{path} holds no rows")
    raise UsageError(
        f"{path} does not say on which page each image stands: it has the columns {', '.join(seen[:4])}, ... "
        "Export 'Bulk Export > Links > All Inlinks' (all_inlinks.csv) or 'Bulk Export > Images > Images Missing Alt "
        "Text Inlinks' from Screaming Frog."
    )


def _named(cells: list[str]) -> dict[str, int] | None:
    """Where the columns stand by their names, when this is their header."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = unicodedata.normalize("NFKC", cell).strip().casefold().replace("’", "'")
        if name in _COLUMNS:
            places.setdefault(_COLUMNS[name], place)
    return places if {"type", "source", "destination"} <= places.keys() else None


def _documented(row: list[str]) -> dict[str, int]:
    """Where the columns stand by the documented order, and by what is in the first row."""
    xpath = next((place for place in range(6, len(row)) if row[place].startswith("//")), None)
    return {"type": 0, "source": 1, "destination": 2, "alt": 4, "anchor": 5} | ({"path": xpath} if xpath else {})
