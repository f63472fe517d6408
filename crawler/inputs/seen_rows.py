"""What another crawler has seen, put in the order of its pages in a temporary database on disk.

Exports come in the order of the images, or in none, and may hold millions of rows.
"""

from __future__ import annotations

import html
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Self, TypeAlias

from core.identity.occurrence_key import image_identity, occurrence_key
from core.identity.urls import MAX_URL_CHARS, canonical_image_url, file_name
from core.records import Context, ImageKind, Occurrence, PageFacts, PageRead
from core.text import comparable, counted, shorten, storable
from rules.judge import judge_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from crawler.inputs.base import ImportCounts

MAX_OCCURRENCES = 2000  # of a page in one visit; the rest follows in further ones
MAX_ALT_CHARS = 2000
LINK, IMAGE, TAG = 0, 1, 2  # what a row is: TAG has the markup of an img in place of an address
_STEP = re.compile(r"(?P<tag>[a-z][a-z0-9-]*)(?:\[(?:(?P<nth>\d+)|@id=['\"](?P<id>[\w-]+)['\"])\])?\Z", re.I)

# page, LINK, IMAGE or TAG, address, alt, anchor, path
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


class SeenRows:
    """Rows of a file, read once. Close it after use."""

    def __init__(
        self, rows: Iterable[Row], counts: ImportCounts, *, blank_is_empty: bool, notes: tuple[str, ...] = ()
    ) -> None:
        """`blank_is_empty`: a blank alt text means alt="", which a table cannot tell from a missing alt.

        The `counts` are filled while the rows are gone through. Raises what they raise.
        """
        self.counts, self._notes = counts, notes
        self._blank = "" if blank_is_empty else None
        self._rows = sqlite3.connect("")  # a temporary file of SQLite's own, gone when it is closed
        self._rows.execute("CREATE TABLE rows (page, image, address, alt, anchor, path)")
        try:
            self._rows.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._rows.execute("CREATE INDEX by_page ON rows (page)")
            self._drop_repeated()
        except BaseException:
            self.close()
            raise

    def _drop_repeated(self) -> None:
        """Take a place once that several rows name alike: exports put together, or a table pasted twice.

        Only a path tells that it is the same place; without one, a page may show an image twice.
        """
        self._rows.execute(
            "CREATE TABLE again AS SELECT row, alt FROM (SELECT rowid AS row, alt, row_number() OVER "
            "(PARTITION BY page, path, address, alt ORDER BY rowid) AS time FROM rows WHERE image = ? AND path <> '') "
            "WHERE time > 1",
            (IMAGE,),
        )
        count = "SELECT count(*), count(*) FILTER (WHERE alt = '') FROM again"
        repeated, blank = self._rows.execute(count).fetchone()
        if repeated:
            self._rows.execute("DELETE FROM rows WHERE rowid IN (SELECT row FROM again)")
            self.counts.images -= repeated
            self.counts.blank_alts -= blank
            said = counted(repeated, "row names a place again", "rows name a place again")
            self._notes = (*self._notes, f"{said} that the file has named with the same image and text: taken once.")

    def close(self) -> None:
        """Remove the temporary database."""
        self._rows.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file and its blank alt texts were taken."""
        if not self.counts.blank_alts:
            return self._notes
        means, other = ('alt=""', "missing") if self._blank is not None else ("a missing alt", "empty")
        return (
            *self._notes,
            f"{counted(self.counts.blank_alts, 'image has', 'images have')} a blank alt text, taken for {means}: the "
            "file cannot tell whether the attribute is missing or empty. "
            f"--from-screaming-frog with --blank-alt {other} takes it the other way.",
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
            if row[1] != LINK:
                images.append(row)
            else:
                links[row[5]] = row
        occurrences = (
            _of_tag(page, row[2], seen) if row[1] == TAG else self._occurrence(row, links, seen) for row in images
        )
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


def _of_tag(page: str, markup: str, seen: Counter[str]) -> Occurrence:
    """The occurrence that an img element is; where it stands on its page, nobody knows."""
    from crawler.page.parse import parse_page

    found = next(iter(parse_page(page, markup.encode("utf-8", "replace"), "text/html; charset=utf-8").occurrences))
    identity = image_identity(found.kind, found.element, found.image_url, None)
    seen[identity] += 1
    name = file_name(found.address or found.src or "") or found.src or ""
    return replace(
        found, key=occurrence_key(identity, seen[identity]), selector=f'img[src$="{_quoted(name)}"]', line=None
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
