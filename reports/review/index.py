"""What is asked of all rows at once: which are next, how many there are of each kind, which hold a word.

The columns for that lie in a temporary database, read from the store when the review starts and again for the pictures
that a decision concerns. A row itself is always read from the store, so what a person decides on is what stands there.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from core.records import SuggestionState
from reports.folds import cause
from reports.picture_words import kind
from reports.review.filters import ALL, DECIDED, FACETS, TODO, Filter, level
from reports.row import RowStatus
from reports.texts import bounded

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from reports.row import Row

_STATUS = FACETS.index("status")
# What a machine may fill by the thousand: what a person has decided stays as it is.
OPEN = tuple(status for status in RowStatus if status not in {RowStatus.DECIDED, RowStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Listed:
    """A row in a list."""

    position: int
    id: str
    image_id: int | None
    context_key: str
    name: str
    digest: str | None  # of the picture
    alt: str | None  # cut
    suggested: str | None  # whole
    state: str  # of the suggestion; pending where there is none
    status: str
    severity: str
    language: str
    places: int
    page: str

    @property
    def place(self) -> tuple[int, str] | None:
        """What a decision would be on; None where no decision can be taken."""
        return (self.image_id, self.context_key) if self.image_id is not None else None


class Number(NamedTuple):
    """Rows, and the places in which they stand."""

    rows: int = 0
    places: int = 0

    def plus(self, other: Number) -> Number:
        """Both together."""
        return Number(self.rows + other.rows, self.places + other.places)


class Alike(NamedTuple):
    """A cause (`reports.folds.cause`) and how many rows have it."""

    cause: str
    rows: int


class Kind(NamedTuple):
    """What filters go by: a few hundred kinds of rows on any site."""

    facets: tuple[str, ...]  # values of FACETS
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tallies:
    """How many rows a filter finds, and would with another value of one facet."""

    found: Number
    facets: dict[str, dict[str, int]]
    rules: dict[str, int]


@dataclass(frozen=True, slots=True)
class Bulk:
    """The rows that a bulk would decide on: one for each decision, the first."""

    number: Number
    drafted: int  # of them have a text proposed
    rows: list[Listed]  # as many as were asked for


_LISTED = (
    "position, id, image_id, context_key, name, digest, alt, suggested, state, status, severity, language, places, page"
)
_COLUMNS = f"{_LISTED}, kind, cause, haystack"


class Index:
    """The rows of a site in their order, counted. Many threads may ask."""

    def __init__(self, database: sqlite3.Connection, shared: Container[str]) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._shared = shared  # texts of many pictures
        self._kinds: dict[Kind, int] = {}  # by the number that rows are marked with
        self._numbers: dict[int, Number] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows in, in their order."""
        for row in rows:
            with self._lock:
                self._insert(row, None)

    def refresh(self, image_ids: Iterable[int], rows: Iterable[Row]) -> None:
        """These are all rows of these images now; those that were there before keep their positions."""
        with self._lock:
            positions: dict[str, int] = {}
            for image_id in image_ids:
                found = self._database.execute(
                    "DELETE FROM rows WHERE image_id = ? RETURNING id, position, kind, places", (image_id,)
                )
                for name, position, of_kind, places in found.fetchall():
                    positions[name] = position
                    self._numbers[of_kind] = self._numbers[of_kind].plus(Number(-1, -places))
            for row in rows:
                self._insert(row, positions.get(row.id))

    def _insert(self, row: Row, position: int | None) -> None:
        said = [row.name, row.image_url, row.alt or "", row.suggested or ""]
        for page in (row.first_page, *row.more_pages):
            said += [page.url, page.title or ""]
        facets = (row.status, row.severity, row.classification, level(row), kind(row), row.language)
        of_kind = Kind(facets, frozenset(finding.rule for finding in row.findings))
        number = self._kinds.setdefault(of_kind, len(self._kinds))
        self._numbers[number] = self._numbers.get(number, Number()).plus(Number(1, row.occurrences))
        common = cause(row, self._shared)
        values = (
            position, row.id, row.key.image_id, row.context_key, row.name, row.digest,
            bounded(row.alt) if row.alt is not None else None, row.suggested,
            row.suggestion_state or SuggestionState.PENDING, row.status, row.severity, row.language, row.occurrences,
            row.first_page.title or row.first_page.url, number, common and common.hex(), "\n".join(said).casefold(),
        )  # fmt: skip
        self._database.execute(f"INSERT INTO rows ({_COLUMNS}) VALUES ({_marks(values)})", values)

    def progress(self) -> tuple[Number, Number]:
        """What is decided, and all there is."""
        decided, whole = Number(), Number()
        with self._lock:
            for of_kind, number in self._numbers_of(Filter()):
                whole = whole.plus(number)
                if of_kind.facets[_STATUS] in DECIDED:
                    decided = decided.plus(number)
        return decided, whole

    def tallies(self, wanted: Filter) -> Tallies:
        """How many rows there are with this filter and, for each facet, with any other value of it."""
        found = Number()
        facets: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
        rules: Counter[str] = Counter()
        with self._lock:
            numbers = self._numbers_of(wanted)
        for of_kind, number in numbers:
            named = list(zip(FACETS, of_kind.facets, strict=True))
            misses = [facet for facet, value in named if not wanted.takes(facet, value)]
            if not misses:
                for rule in of_kind.rules:
                    rules[rule] += number.rows
            if wanted.rule is not None and wanted.rule not in of_kind.rules:
                continue
            if not misses:
                found = found.plus(number)
            for facet, value in named:
                if misses in ([], [facet]):
                    facets[facet][value] += number.rows
        status = facets["status"]
        status[ALL] = status.total()
        status[TODO] = status[ALL] - sum(status[one] for one in DECIDED)
        return Tallies(found, {name: dict(+counter) for name, counter in facets.items()}, dict(+rules))

    def _numbers_of(self, wanted: Filter) -> list[tuple[Kind, Number]]:
        """How many rows there are of each kind, as far as the search and the cause let them through."""
        numbers = self._numbers
        if wanted.q or wanted.cause is not None:
            where, values = self._where(Filter(status=ALL, cause=wanted.cause, q=wanted.q))
            found = self._database.execute(
                f"SELECT kind, count(*), sum(places) FROM rows WHERE {where} GROUP BY kind", values
            )
            numbers = {of_kind: Number(rows, places) for of_kind, rows, places in found}
        return [(of_kind, numbers[mark]) for of_kind, mark in self._kinds.items() if numbers.get(mark, Number()).rows]

    def _where(self, wanted: Filter) -> tuple[str, list[Any]]:
        """A condition on table rows and its values."""
        conditions, values = [], list[Any]()
        kinds = [
            mark
            for of_kind, mark in self._kinds.items()
            if all(wanted.takes(facet, value) for facet, value in zip(FACETS, of_kind.facets, strict=True))
            and (wanted.rule is None or wanted.rule in of_kind.rules)
        ]
        if len(kinds) < len(self._kinds):
            conditions.append(f"kind IN ({', '.join(map(str, kinds))})")
        if wanted.cause is not None:
            conditions.append("cause = ?")
            values.append(wanted.cause)
        if wanted.q:
            conditions.append("instr(haystack, ?)")
            values.append(wanted.q.casefold())
        return " AND ".join(conditions or ["1"]), values

    def beside(self, wanted: Filter, position: int, *, before: int, after: int) -> list[Listed]:
        """The rows of a filter around a position, the one that stands there among them if the filter finds it."""
        earlier = self._select(wanted, "position < ? ORDER BY position DESC LIMIT ?", position, before)
        return [
            *reversed(earlier),
            *self._select(wanted, "position >= ? ORDER BY position LIMIT ?", position, after + 1),
        ]

    def first(self, wanted: Filter) -> Listed | None:
        """The first row that a filter finds."""
        return next(iter(self.page(wanted, 0, 1)), None)

    def rank(self, wanted: Filter, position: int) -> int:
        """How many rows of a filter come before a position."""
        with self._lock:
            where, values = self._where(wanted)
            found = self._database.execute(
                f"SELECT count(*) FROM rows WHERE {where} AND position < ?", (*values, position)
            )
            return int(found.fetchone()[0])

    def page(self, wanted: Filter, offset: int, limit: int) -> list[Listed]:
        """Some rows that a filter finds, in their order; with a limit of -1 all that are left."""
        return self._select(wanted, "1 ORDER BY position LIMIT ? OFFSET ?", limit, offset)

    def bulk(self, wanted: Filter, chosen: Sequence[str], limit: int) -> Bulk:
        """What a bulk on the rows of a filter, or on those `chosen` alone, would decide on; the first rows of it.

        Rows on which somebody has decided, or nobody can, are left out.
        """
        with self._lock:
            where, values = self._where(Filter(status=ALL) if chosen else wanted)
            rest = f"status IN ({_marks(OPEN)}) AND image_id IS NOT NULL"
            if chosen:
                rest += f" AND id IN ({_marks(chosen)})"
            # SQLite takes the other columns from the row of the least position (sqlite.org/lang_select.html, 2.5).
            groups = (
                f"SELECT min({_LISTED.replace(',', '),', 1)} FROM rows WHERE {where} AND {rest}"
                " GROUP BY image_id, context_key"
            )
            given = (*values, *OPEN, *chosen)
            rows = self._database.execute(f"{groups} ORDER BY 1 LIMIT ?", (*given, limit)).fetchall()
            numbers = self._database.execute(
                f"SELECT count(*), coalesce(sum(places), 0), coalesce(sum(suggested != ''), 0) FROM ({groups})", given
            ).fetchone()
        return Bulk(Number(*numbers[:2]), numbers[2], [Listed(*row) for row in rows])

    def alike(self, position: int) -> Alike | None:
        """What the row at a position has in common with others; None where it stands for itself."""
        with self._lock:
            found = self._database.execute(
                "SELECT cause, count(*) FROM rows WHERE cause = (SELECT cause FROM rows WHERE position = ?)",
                (position,),
            ).fetchone()
        return Alike(*found) if found[1] > 1 else None

    def named(self, row_id: str) -> Listed | None:
        """The row of this id."""
        return next(iter(self._select(Filter(status=ALL), "id = ?", row_id)), None)

    def of_image(self, image_id: int) -> list[Listed]:
        """All rows of a picture's address."""
        return self._select(Filter(status=ALL), "image_id = ? ORDER BY position", image_id)

    def _select(self, wanted: Filter, rest: str, *values: object) -> list[Listed]:
        with self._lock:
            where, given = self._where(wanted)
            rows = self._database.execute(
                f"SELECT {_LISTED} FROM rows WHERE {where} AND {rest}", (*given, *values)
            ).fetchall()
        return [Listed(*row) for row in rows]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


@contextmanager
def index(shared: Container[str] = ()) -> Iterator[Index]:
    """An empty one, as long as the block runs. `shared` are texts of many pictures (`reports.folds`)."""
    database = sqlite3.connect("", check_same_thread=False, isolation_level=None)  # a temporary file of its own
    try:
        for statement in (
            f"CREATE TABLE rows ({_COLUMNS.replace('position', 'position INTEGER PRIMARY KEY', 1)})",
            "CREATE UNIQUE INDEX by_id ON rows (id)",
            "CREATE INDEX by_image ON rows (image_id, context_key)",
            "CREATE INDEX by_cause ON rows (cause)",
        ):
            database.execute(statement)
        yield Index(database, shared)
    finally:
        database.close()
