"""Reading a Screaming Frog export of inlinks: a row for each place that links to a page or shows an image.

The files are `all_inlinks.csv` (Bulk Export > Links > All Inlinks) and
`images_missing_alt_text_inlinks.csv` (Bulk Export > Images). They come in the order of the linked
addresses and may hold millions of rows, so they are put in the order of the pages in a temporary database on disk.
"""

from __future__ import annotations

import csv
import html
import re
import sqlite3
import unicodedata
from collections import Counter
from contextlib import closing
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from core.errors import UsageError
from core.identity.occurrence_key import image_identity, occurrence_key
from core.identity.urls import MAX_URL_CHARS, absolute, canonical_image_url, file_name, page_url
from core.records import Context, ImageKind, Occurrence, PageFacts, PageRead
from core.text import comparable, counted, shorten, storable
from crawler.inputs.base import ImportCounts
from crawler.inputs.lists import delimiter_of, open_text
from rules.judge import judge_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_OCCURRENCES = 2000  # of a page in one visit; the rest follows in further ones
MAX_ALT_CHARS = 2000
_DOCUMENTED_COLUMNS = 12  # at least, of an inlinks export

# The program writes its headers in the language of its window. Where a name is not known here, the documented
# order decides: Type, Source, Destination, Size, Alt Text, Anchor, ..., Link Path.
_NAMES = {
    "type": "type|typ|tipo|type de lien|linktyp|タイプ|種類|リンクタイプ",
    "source": "source|url source|quelle|origen|fuente|origine|sorgente|origem|fonte|bron|ソース|リンク元",
    "destination": "destination|url de destination|ziel|destino|destinazione|bestemming|doel|リンク先|宛先",
    "alt": "alt text|texte alt|texte alternatif|alt-text|alternativtext|texto alt|texto alternativo|testo alt"
    "|testo alternativo|alt-tekst|alternatieve tekst|altテキスト|alt テキスト|代替テキスト",
    "anchor": "anchor|anchor text|ancrage|ancre|texte d'ancrage|anker|ankertext|ancla|texto de anclaje|ancora"
    "|testo di ancoraggio|âncora|texto âncora|ankertekst|アンカー|アンカーテキスト",
    "path": "link path|chemin du lien|linkpfad|link-pfad|ruta del enlace|ruta de enlace|percorso del link"
    "|percorso link|caminho do link|linkpad|link-pad|リンクパス",
}
_COLUMNS = {name: column for column, names in _NAMES.items() for name in names.split("|")}
_IMAGE = frozenset("image img bild imagen immagine imagem afbeelding 画像 イメージ".split())
_LINK = frozenset(
    ("hyperlink", "ahref", "link", "lien hypertexte", "lien", "hipervínculo", "enlace", "collegamento ipertestuale",
     "collegamento", "hiperlink", "hiperligação", "ハイパーリンク", "リンク")
)  # fmt: skip
_WEB_ADDRESS = re.compile(r"https?://", re.I)
_STEP = re.compile(r"(?P<tag>[a-z][a-z0-9-]*)(?:\[(?:(?P<nth>\d+)|@id=['\"](?P<id>[\w-]+)['\"])\])?\Z", re.I)

# page, image or link (1 or 0), address, alt, anchor, path
Row: TypeAlias = "tuple[str, int, str, str, str, str]"


def css_of(xpath: str) -> str:
    """The CSS selector that means the same as a simple XPath, `//body/div[2]/a/img`; any other text as it is."""
    steps = [_STEP.match(step) for step in xpath.lstrip("/").split("/")]
    if not xpath.startswith("/") or not all(steps):
        return xpath
    return " > ".join(_css_step(step) for step in steps if step is not None)


def _css_step(step: re.Match[str]) -> str:
    if step["id"]:
        return f"{step['tag']}#{step['id']}" if step["id"][0].isalpha() else f'{step["tag"]}[id="{step["id"]}"]'
    return f"{step['tag']}:nth-of-type({step['nth']})" if step["nth"] else step["tag"]


class Inlinks:
    """An export, read once and put in the order of its pages. Close it after use."""

    def __init__(self, path: Path, *, blank_is_empty: bool = False) -> None:
        """`blank_is_empty`: an empty Alt Text cell means alt="", which a CSV cannot tell from a missing alt.

        Raises UsageError when the file cannot be read, is another export, or shows no image.
        """
        self.counts = ImportCounts()
        self._blank = "" if blank_is_empty else None
        self._rows = sqlite3.connect("")  # a temporary file of SQLite's own, gone when it is closed
        self._rows.execute("CREATE TABLE rows (page, image, address, alt, anchor, path)")
        try:
            with open_text(path) as file:
                self._rows.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", self._read(path, file))
            if not self.counts.images:
                raise UsageError(f"{path} shows no image: none of its {self.counts.rows} rows is one of type Image")
            self._rows.execute("CREATE INDEX by_page ON rows (page)")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the temporary database."""
        self._rows.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """How blank alt texts were taken."""
        if not self.counts.blank_alts:
            return ()
        means, other = ('alt=""', "missing") if self._blank is not None else ("a missing alt", "empty")
        return (
            f"{counted(self.counts.blank_alts, 'image has', 'images have')} a blank alt text, taken for {means}: the "
            "file cannot tell whether the attribute is missing or empty. "
            f"--blank-alt {other} takes it the other way.",
        )

    def visits(self) -> Iterator[PageRead]:
        """The pages with their images, judged; a page with very many comes in several visits, one after the other."""
        with closing(self._rows.execute("SELECT * FROM rows ORDER BY page, rowid")) as rows:
            for page, found in groupby(rows, key=itemgetter(0)):
                yield from self._page(page, found)

    def _page(self, page: str, rows: Iterable[Row]) -> Iterator[PageRead]:
        links: dict[str, Row] = {}
        seen: Counter[str] = Counter()
        images = []
        for row in rows:
            if row[1]:
                images.append(row)
            else:
                links[row[5]] = row
        occurrences = (self._occurrence(row, links, seen) for row in images)
        while some := tuple(islice(occurrences, MAX_OCCURRENCES)):
            facts = PageFacts(page, title=None, lang=None, robots=(), links=(), occurrences=some)
            yield PageRead(page, 0, facts, judge_page(facts))

    def _occurrence(self, row: Row, links: dict[str, Row], seen: Counter[str]) -> Occurrence:
        _, _, address, text, _, path = row
        alt = storable(text)[:MAX_ALT_CHARS] or self._blank
        image_url = canonical_image_url(address)
        # The same as a crawl's, so that one that follows finds the place again.
        identity = image_identity(ImageKind.IMG, "img", image_url, None)
        seen[identity] += 1
        link = _link_around(path, links)
        label = comparable(link[4]) if link is not None else ""
        markup = f'<img src="{html.escape(address)}"' + (f' alt="{html.escape(alt)}">' if alt is not None else ">")
        return Occurrence(
            key=occurrence_key(identity, seen[identity]),
            kind=ImageKind.IMG,
            element="img",
            selector=css_of(path) if path else f'img[src$="{_quoted(file_name(address) or address)}"]',
            html=markup[:400],
            src=address,
            image_url=image_url,
            address=address if len(address) <= MAX_URL_CHARS and not address.startswith("data:") else None,
            fetch_url=address,
            alt=alt,
            accessible_name=alt or None,
            interactive="link" if link is not None else None,
            sole_content=link is not None and label in {"", comparable(text)},
            context=Context(
                link_url=link[2] if link is not None else None,
                link_text=shorten(link[4], 300) or None if link is not None and label != comparable(text) else None,
            ),
        )

    def _read(self, path: Path, file: Iterable[str]) -> Iterator[Row]:
        lines = iter(file)
        header = next(lines, "")
        rows = csv.reader(lines, delimiter=delimiter_of(header))
        names = next(csv.reader([header], delimiter=delimiter_of(header)), [])
        places: dict[str, int] | None = None
        while True:
            try:
                cells = next(rows, None)
            except csv.Error as error:
                self.counts.rows += 1
                self.counts.refuse(rows.line_num + 1, "", f"not CSV: {error}")
                continue
            if cells is None:
                break
            if not any(cells):
                continue
            if places is None:
                places = _places(path, names, cells)
            self.counts.rows += 1
            row = self._row(places, cells, rows.line_num + 1)
            if row is not None:
                yield row
        if places is None:
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
        return page, int(is_image), target, alt, anchor, path


def _places(path: Path, header: list[str], row: list[str]) -> dict[str, int]:
    """Where the columns stand, by their names, else by the documented order and the first row's content."""
    names = [unicodedata.normalize("NFKC", name).strip().casefold().replace("’", "'") for name in header]
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in _COLUMNS:
            places.setdefault(_COLUMNS[name], place)
    if {"type", "source", "destination"} <= places.keys():
        return places
    if len(row) >= _DOCUMENTED_COLUMNS and all(_WEB_ADDRESS.match(row[place]) for place in (1, 2)):
        xpath = next((place for place in range(6, len(row)) if row[place].startswith("//")), None)
        return {"type": 0, "source": 1, "destination": 2, "alt": 4, "anchor": 5} | ({"path": xpath} if xpath else {})
    raise UsageError(
        f"{path} does not say on which page each image stands: it has the columns {', '.join(header[:4])}, ... "
        "Export 'Bulk Export > Links > All Inlinks' (all_inlinks.csv) or 'Bulk Export > Images > Images Missing Alt "
        "Text Inlinks' from Screaming Frog."
    )


def _link_around(path: str, links: dict[str, Row]) -> Row | None:
    """The link whose element holds the one at `path`."""
    while "/" in path.strip("/"):
        path = path.rpartition("/")[0]
        if path in links:
            return links[path]
    return None


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
