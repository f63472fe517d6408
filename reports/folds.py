"""Rows of one cause are shown as one: the same text with the same faults, mended by one repair of a template.

They lie in a temporary database, of which SQLite keeps a part in memory, since it is only known in the end how many
there are. rows.csv and import.csv have every row; the rest is written from folds. What one text on very many pictures
makes one cause is folded in the report alone: in the sheets of editors each picture has a row, since each needs a text.
"""

from __future__ import annotations

import hashlib
import pickle
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from core.records import Severity
from store.report import CLASSIFICATIONS, MORE_PAGES, places_of_images
from store.report_records import PageName

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from sqlalchemy.orm import Session

    from reports.row import Row

# Mended without a look at the picture, and so alike wherever one text has these faults alone.
MENDED_ALIKE = frozenset({
    "alt-equals-title", "alt-equals-text", "alt-equals-adjacent", "alt-equals-heading", "dup-adjacent",
    "redundant-prefix", "redundant-suffix", "too-long", "keyword-stuffing", "bytes-alt", "emoji", "markup", "mojibake",
    "lang-mismatch", "untranslated", "in-quotes", "decor-with-alt", "role-conflict", "repeated-on-every-page",
})  # fmt: skip
MANY_PICTURES = 20  # of which one text cannot be what people wrote: a template or a program did
IMAGES_AT_ONCE = 500  # asked for together
_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
_KINDS = {classification: rank for rank, classification in enumerate(CLASSIFICATIONS)}


@dataclass(frozen=True, slots=True)
class Fold:
    """What is shown as one row: `row` is the first, with the numbers of places and pages of them all."""

    number: int
    row: Row
    rows: int

    @property
    def lists_pages(self) -> bool:
        """Whether all pages are known here, and more than the row itself names."""
        return self.rows > 1 and self.row.pages > 1 + MORE_PAGES


class PagePlaces(NamedTuple):
    """A page, and in how many places of a fold it has its image."""

    page: PageName
    places: int


def cause(row: Row, shared: Container[str] = ()) -> bytes | None:
    """What rows of one cause have in common, as a digest; None for a row that stands for itself.

    Where there is no text, each place needs one of its own. Where the text says nothing of the picture, it is one cause
    only for one picture, or where the text is one of those `shared` by many. What was decided or proposed must be the
    same, too.
    """
    if not (row.alt or "").strip() or not row.findings:
        return None
    rules = sorted({finding.rule for finding in row.findings})
    alike = row.alt in shared or MENDED_ALIKE.issuperset(rules)
    picture = None if alike else row.digest or row.image_url or row.html
    parts = (
        row.alt, rules, picture, row.element, row.classification, row.language, row.suggested, row.suggestion_state,
        row.status, row.author, row.publishable, row.needs_human,
    )  # fmt: skip
    return _digest(repr(parts))


class Folds:
    """Filled with the rows in their order, then with the pages; then read."""

    def __init__(self, database: sqlite3.Connection, shared: Container[str]) -> None:
        self._database = database
        self._shared = shared  # texts of many pictures

    def add(self, row: Row) -> str:
        """Take a row in; returns the id of the row as which it is shown."""
        common = cause(row, self._shared)
        first = common and self._database.execute("SELECT number, id FROM folds WHERE cause = ?", (common,)).fetchone()
        if not first:
            values = (common, row.id, _RANKS[row.severity], _KINDS[row.classification], row.occurrences, row.pages,
                      pickle.dumps(row))  # fmt: skip
            cursor = self._database.execute(
                "INSERT INTO folds (cause, id, rank, kind, rows, places, pages, row) VALUES (?, ?, ?, ?, 1, ?, ?, ?)",
                values,
            )
            number, shown_as = cursor.lastrowid, row.id
        else:
            number, shown_as = first
            self._database.execute(
                "UPDATE folds SET rows = rows + 1, places = places + ? WHERE number = ?", (row.occurrences, number)
            )
        if common:
            self._database.execute(
                "INSERT INTO members (key, image, fold) VALUES (?, ?, ?)",
                (_digest(repr(row.key)), row.key.image_id, number),
            )
        return shown_as

    def read_pages(self, session: Session, site_id: int) -> None:
        """Learn on which pages the folds of several rows stand."""
        images = self._database.execute(
            "SELECT DISTINCT image FROM members JOIN folds ON number = fold WHERE rows > 1 ORDER BY image"
        )
        while some := [image for (image,) in islice(images, IMAGES_AT_ONCE)]:
            self._database.executemany(
                "INSERT INTO pages (fold, url, title, places)"
                " SELECT number, ?2, ?3, 1 FROM members JOIN folds ON number = fold WHERE key = ?1 AND rows > 1"
                " ON CONFLICT (fold, url) DO UPDATE SET places = places + 1",
                ((_digest(repr(key)), page.url, page.title) for key, page in places_of_images(session, site_id, some)),
            )
        self._database.execute(
            "UPDATE folds SET pages = (SELECT count(*) FROM pages WHERE fold = number) WHERE rows > 1"
        )

    def by_severity(self) -> dict[Severity, int]:
        """How many folds there are."""
        numbers = dict(self._database.execute("SELECT rank, count(*) FROM folds GROUP BY rank"))
        return {severity: numbers.get(rank, 0) for severity, rank in _RANKS.items()}

    def __iter__(self) -> Iterator[Fold]:
        """In the order of the rows: worst first, then by classification, then on most pages first."""
        for number, rows, places, pages, pickled in self._database.execute(
            "SELECT number, rows, places, pages, row FROM folds ORDER BY rank, kind, pages DESC, number"
        ):
            row: Row = pickle.loads(pickled)  # noqa: S301 - written a moment ago, into a file that nobody else has
            if rows > 1:
                others = (name for name, _ in self.pages(number) if name.url != row.first_page.url)
                row = replace(row, occurrences=places, pages=pages, more_pages=tuple(islice(others, MORE_PAGES)))
            yield Fold(number, row, rows)

    def pages(self, number: int) -> Iterator[PagePlaces]:
        """All pages of a fold of several rows, by address."""
        for url, title, places in self._database.execute(
            "SELECT url, title, places FROM pages WHERE fold = ? ORDER BY url", (number,)
        ):
            yield PagePlaces(PageName(url, title), places)


@contextmanager
def folds(shared: Container[str] = ()) -> Iterator[Folds]:
    """None yet, as long as the block runs. `shared` are texts of MANY_PICTURES."""
    database = sqlite3.connect("")  # a temporary file of its own
    try:
        # `fold` has the type of `number`: without it, no index would find the one by the other.
        for statement in (
            "CREATE TABLE folds (number INTEGER PRIMARY KEY, cause UNIQUE, id, rank, kind, rows, places, pages, row)",
            "CREATE TABLE members (key PRIMARY KEY, image, fold INTEGER) WITHOUT ROWID",
            "CREATE TABLE pages (fold INTEGER, url, title, places, PRIMARY KEY (fold, url)) WITHOUT ROWID",
        ):
            database.execute(statement)
        yield Folds(database, shared)
    finally:
        database.close()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
