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


class Alike(NamedTuple):
    """A cause (`reports.folds.cause`) and how many rows have it."""

    cause: str
    rows: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """How many rows a filter finds, and would with another value of one facet."""

    found: Number
    facets: dict[str, dict[str, int]]
    rules: dict[str, int]


_LISTED = (
    "position, id, image_id, context_key, name, digest, alt, suggested, state, status, severity, language, places, page"
)
_COLUMNS = f"{_LISTED}, classification, level, kind, cause, haystack"


class Index:
    """The rows of a site in their order, counted. Many threads may ask."""

    def __init__(self, database: sqlite3.Connection, shared: Container[str]) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._shared = shared  # texts of many pictures
        self._rows: Counter[tuple[str | None, ...]] = Counter()  # by a rule or None for all, then FACETS
        self._places: Counter[tuple[str | None, ...]] = Counter()

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows in, in their order."""
        with self._lock:
            for row in rows:
                self._insert(row, None)

    def refresh(self, image_ids: Iterable[int], rows: Iterable[Row]) -> None:
        """These are all rows of these images now; those that were there before keep their positions."""
        with self._lock:
            positions: dict[str, int] = {}
            for image_id in image_ids:
                found = self._database.execute("SELECT position, id FROM rows WHERE image_id = ?", (image_id,))
                for position, name in found.fetchall():
                    positions[name] = position
                    self._delete(position)
            for row in rows:
                self._insert(row, positions.get(row.id))

    def _insert(self, row: Row, position: int | None) -> None:
        pages = [row.first_page, *row.more_pages]
        said = [row.name, row.image_url, row.alt or "", row.suggested or ""]
        for page in pages:
            said += [page.url, page.title or ""]
        state = row.suggestion_state or SuggestionState.PENDING
        values = (
            position, row.id, row.key.image_id, row.context_key, row.name, row.digest,
            bounded(row.alt) if row.alt is not None else None, row.suggested, state, row.status, row.severity,
            row.language, row.occurrences, row.first_page.title or row.first_page.url, row.classification, level(row),
            kind(row), (cause(row, self._shared) or b"").hex(), "\n".join(said).casefold(),
        )  # fmt: skip
        marks = ", ".join("?" * len(values))
        inserted = self._database.execute(f"INSERT INTO rows ({_COLUMNS}) VALUES ({marks})", values)
        rules = {finding.rule for finding in row.findings}
        self._database.executemany(
            "INSERT INTO rules (rule, position) VALUES (?, ?)", [(rule, inserted.lastrowid) for rule in rules]
        )
        self._count(inserted.lastrowid, 1)

    def _delete(self, position: int) -> None:
        self._count(position, -1)
        for table in ("rows", "rules"):
            self._database.execute(f"DELETE FROM {table} WHERE position = ?", (position,))

    def _count(self, position: int | None, sign: int) -> None:
        *facets, places = self._database.execute(
            f"SELECT {', '.join(FACETS)}, places FROM rows WHERE position = ?",
            (position,),
        ).fetchone()
        rules = self._database.execute("SELECT rule FROM rules WHERE position = ?", (position,))
        for rule in [None, *(rule for (rule,) in rules)]:
            self._rows[rule, *facets] += sign
            self._places[rule, *facets] += sign * places

    def progress(self) -> tuple[Number, Number]:
        """What is decided, and all there is."""
        with self._lock:
            cube = self._cube(Filter())
        status = 1 + FACETS.index("status")
        whole = {key: number for key, number in cube.items() if key[0] is None}
        return _total(number for key, number in whole.items() if key[status] in DECIDED), _total(whole.values())

    def tallies(self, wanted: Filter) -> Tallies:
        """How many rows there are with this filter and, for each facet, with any other value of it."""
        with self._lock:
            cube = self._cube(wanted)
        found: list[Number] = []
        facets: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
        rules: Counter[str] = Counter()
        for (rule, *values), number in cube.items():
            misses = [facet for facet, value in zip(FACETS, values, strict=True) if not wanted.takes(facet, str(value))]
            if rule is not None and not misses:
                rules[rule] += number.rows
            if rule != wanted.rule or len(misses) > 1:
                continue
            if not misses:
                found.append(number)
            for facet, value in zip(FACETS, values, strict=True):
                if misses in ([], [facet]):
                    facets[facet][str(value)] += number.rows
        status = facets["status"]
        status[ALL] = status.total()
        status[TODO] = status[ALL] - sum(status[one] for one in DECIDED)
        return Tallies(_total(found), {name: dict(+counter) for name, counter in facets.items()}, dict(+rules))

    def _cube(self, wanted: Filter) -> dict[tuple[str | None, ...], Number]:
        """Numbers by a rule or None for all, then FACETS, of what the search and the cause let through."""
        if not wanted.q and wanted.cause is None:
            return {key: Number(rows, self._places[key]) for key, rows in self._rows.items() if rows}
        where, values = _where(Filter(status=ALL, cause=wanted.cause, q=wanted.q))
        facets = ", ".join(FACETS)
        cube: dict[tuple[str | None, ...], Number] = {}
        for rule, table in (("NULL", "rows"), ("rule", "rows JOIN rules USING (position)")):
            for *key, rows, places in self._database.execute(
                f"SELECT {rule}, {facets}, count(*), sum(places) FROM {table} WHERE {where}"
                f" GROUP BY {rule}, {facets}", values
            ):  # fmt: skip
                cube[tuple(key)] = Number(rows, places)
        return cube

    def beside(self, wanted: Filter, position: int, *, before: int, after: int) -> list[Listed]:
        """The rows of a filter around a position, the one that stands there among them if the filter finds it."""
        earlier = self._select(wanted, "position < ? ORDER BY position DESC LIMIT ?", position, before)
        return [
            *reversed(earlier),
            *self._select(wanted, "position >= ? ORDER BY position LIMIT ?", position, after + 1),
        ]

    def first(self, wanted: Filter) -> Listed | None:
        """The first row that a filter finds."""
        return next(iter(self._select(wanted, "position > ? ORDER BY position LIMIT 1", 0)), None)

    def rank(self, wanted: Filter, position: int) -> int:
        """How many rows of a filter come before a position."""
        where, values = _where(wanted)
        with self._lock:
            found = self._database.execute(
                f"SELECT count(*) FROM rows WHERE {where} AND position < ?",
                (*values, position),
            )
            return int(found.fetchone()[0])

    def page(self, wanted: Filter, offset: int, limit: int) -> list[Listed]:
        """Some rows that a filter finds, in their order."""
        return self._select(wanted, "1 ORDER BY position LIMIT ? OFFSET ?", limit, offset)

    def all(self, wanted: Filter) -> list[Listed]:
        """All rows that a filter finds, in their order."""
        return self._select(wanted, "1 ORDER BY position")

    def alike(self, position: int) -> Alike | None:
        """What the row at a position has in common with others; None where it stands for itself."""
        with self._lock:
            found = self._database.execute(
                "SELECT cause, count(*) FROM rows"
                " WHERE cause = (SELECT cause FROM rows WHERE position = ?) AND cause != '' GROUP BY cause", (position,)
            ).fetchone()  # fmt: skip
        return Alike(*found) if found and found[1] > 1 else None

    def named(self, ids: Sequence[str]) -> list[Listed]:
        """The rows of these ids, as far as there are such."""
        return [row for one in ids for row in self._select(Filter(status=ALL), "id = ?", one)]

    def of_image(self, image_id: int) -> list[Listed]:
        """All rows of a picture's address."""
        return self._select(Filter(status=ALL), "image_id = ? ORDER BY position", image_id)

    def _select(self, wanted: Filter, rest: str, *values: object) -> list[Listed]:
        where, given = _where(wanted)
        with self._lock:
            rows = self._database.execute(
                f"SELECT {_LISTED} FROM rows WHERE {where} AND {rest}",
                (*given, *values),
            ).fetchall()
        return [Listed(*row) for row in rows]


def undecided(rows: Iterable[Listed]) -> list[Listed]:
    """Those of the rows on which nobody has decided and a decision can be taken; one for each decision, the first."""
    found: dict[tuple[int, str], Listed] = {}
    for row in rows:
        if row.place is not None and row.status in OPEN:
            found.setdefault(row.place, row)
    return list(found.values())


def _where(wanted: Filter) -> tuple[str, list[Any]]:
    """A condition on table rows, always true where the filter takes all, and its values."""
    conditions, values = ["1"], list[Any]()
    for name in ("severity", "classification", "level", "kind", "language", "cause"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(f"{name} = ?")
            values.append(value)
    if wanted.status == TODO:
        conditions.append(f"status NOT IN ({_marks(DECIDED)})")
        values += DECIDED
    elif wanted.status != ALL:
        conditions.append("status = ?")
        values.append(wanted.status)
    if wanted.rule is not None:
        conditions.append("position IN (SELECT position FROM rules WHERE rule = ?)")
        values.append(wanted.rule)
    if wanted.q:
        conditions.append("instr(haystack, ?)")
        values.append(wanted.q.casefold())
    return " AND ".join(conditions), values


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _total(numbers: Iterable[Number]) -> Number:
    rows = places = 0
    for number in numbers:
        rows, places = rows + number.rows, places + number.places
    return Number(rows, places)


@contextmanager
def index(shared: Container[str] = ()) -> Iterator[Index]:
    """An empty one, as long as the block runs. `shared` are texts of many pictures (`reports.folds`)."""
    database = sqlite3.connect("", check_same_thread=False, isolation_level=None)  # a temporary file of its own
    try:
        for statement in (
            f"CREATE TABLE rows ({_COLUMNS.replace('position', 'position INTEGER PRIMARY KEY', 1)})",
            "CREATE UNIQUE INDEX by_id ON rows (id)",
            "CREATE INDEX by_image ON rows (image_id)",
            "CREATE INDEX by_status ON rows (status, position)",
            "CREATE INDEX by_cause ON rows (cause)",
            "CREATE TABLE rules (rule, position, PRIMARY KEY (rule, position)) WITHOUT ROWID",
            "CREATE INDEX by_position ON rules (position)",
        ):
            database.execute(statement)
        yield Index(database, shared)
    finally:
        database.close()
