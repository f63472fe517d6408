"""From what the rows of a sheet say to decisions on what stands on the site today."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.text import counted, shorten
from reports.folds import cause
from reports.readback.cells import NotTakenError
from reports.readback.read import Level, Remark
from reports.readback.spoiled import WORDS, Spoiled, spoiled
from reports.readback.tables import SheetError
from reports.readback.today import images_named, rows_of_drawings
from reports.readback.wishes import Wish, as_typed, wish
from reports.row_id import stem
from reports.rows import ignoring, rows_of_images
from store.deciding import Choice, Seen
from store.image_addresses import images_sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.orm import Session

    from reports.readback.read import Sheet, SheetRow
    from reports.report_options import ReportOptions
    from reports.row import Row
    from store.sites import Site

FEW = 10  # percent of the rows of a file: where no more are known, it is of another time or site
MANY = 10  # rows, of which that can be said
_NAMED_CHARS = 60


@dataclass(slots=True)
class Claim:
    """A decision that a row of the sheet asks for, and where."""

    said: SheetRow
    wish: Wish
    seen: Seen
    places: list[tuple[int, str]]  # image id, context key


@dataclass(slots=True)
class Conclusions:
    """What a sheet comes to."""

    claims: list[Claim] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def open(self) -> list[Claim]:
        """The claims that are not settled yet."""
        return [claim for claim in self.claims if not claim.wish.settled]

    def choices(self) -> list[tuple[Choice, list[Claim]]]:
        """What is to be decided, each place once, and who asks for it."""
        return [
            (Choice(*place, claims[0].wish.state, claims[0].wish.text, claims[0].seen), claims)
            for place, claims in by_place(self.open).items()
        ]

    def refuse(self, said: SheetRow, message: str) -> None:
        """Say why a row is not taken."""
        self.remarks.append(Remark(said.place, Level.ERROR, message, said.row_id))


def conclude(
    session: Session,
    site: Site,
    sheet: Sheet,
    options: ReportOptions,
    lint: Callable[[str, Row], Sequence[str]] = lambda *_: (),
) -> Conclusions:
    """What the rows of a sheet ask for. `lint` says what is wrong with a text in the place of a row.

    What the options ignore is hidden in sheets, so no row stands for it; named itself, it is decided on like any other.

    Raises SheetError where the sheet is of another site, or of another time: hardly a row of it is left.
    """
    matching = _Matching(sheet)
    with closing(sqlite3.connect("")) as database:  # a temporary file of its own
        members = _Members(database)
        named = images_named(session, sheet.rows)
        hidden = ignoring(session, site.id, options)
        for row in chain(rows_of_images(session, site.id, named), rows_of_drawings(session, site.id, sheet.rows)):
            common = members.add(hidden.kept(row))
            for said in matching.of(row):
                matching.take(said, row, common, lint)
        _refuse_others(site, sheet, matching)
        for row in rows_of_images(session, site.id, images_sharing(session, site.id, matching.texts) - named):
            members.add(hidden.kept(row))
        for claim, common in matching.claims:
            if common is not None:
                claim.places += [place for place in members.of(common) if place != claim.places[0]]
    conclusions = matching.conclusions
    conclusions.claims = _without_spoiled([claim for claim, _ in matching.claims], matching.letters, conclusions)
    conclusions.claims = _without_conflicts(conclusions)
    matching.remark_on_the_rest()
    return conclusions


class _Members:
    """The places of the rows of each cause."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(
            "CREATE TABLE members (cause, image_id, context_key, PRIMARY KEY (cause, image_id, context_key))"
            " WITHOUT ROWID"
        )

    def add(self, row: Row | None) -> bytes | None:
        """Take in a row as sheets have it, if they have it; returns its cause."""
        common = cause(row) if row is not None else None
        if row is not None and common is not None and row.key.image_id is not None:
            values = common, row.key.image_id, row.key.context_key
            self._database.execute("INSERT OR IGNORE INTO members VALUES (?, ?, ?)", values)
        return common

    def of(self, common: bytes) -> list[tuple[int, str]]:
        found = self._database.execute("SELECT image_id, context_key FROM members WHERE cause = ?", (common,))
        return [(image_id, key) for image_id, key in found]


class _Matching:
    """Rows of a sheet, and the rows of today that they are of."""

    def __init__(self, sheet: Sheet) -> None:
        self.conclusions = Conclusions()
        self.claims: list[tuple[Claim, bytes | None]] = []
        self.texts: set[str] = set()  # of the claimed rows that have a cause
        self.letters: set[Spoiled] = set()
        self.known = 0
        self._waiting: dict[str, list[SheetRow]] = {}
        for said in sheet.rows:
            self._waiting.setdefault(stem(said.row_id), []).append(said)
        self._places = {said.row_id.rpartition("-")[0] for said in sheet.rows}
        self._today: dict[str, str | None] = {}  # the text that stands where another one stood

    def of(self, row: Row) -> list[SheetRow]:
        """The rows of the sheet that are about this one, each once, whatever rules think of its text by now."""
        found = self._waiting.pop(stem(row.id), [])
        place = row.id.rpartition("-")[0]
        if not found and place in self._places:
            self._today.setdefault(place, row.alt)
        self.known += len(found)
        return found

    def take(self, said: SheetRow, row: Row, common: bytes | None, lint: Callable[[str, Row], Sequence[str]]) -> None:
        """Take what a row says of one that is there today."""
        pairs = [(said.current_alt, row.alt)] + [(said.suggested_alt, row.suggested)] * (said.seen == row.seen)
        self.letters |= {bad for cell, true in pairs if (bad := spoiled(cell, as_typed(true or ""))) is not None}
        try:
            wanted = wish(said, row)
        except NotTakenError as error:
            self.conclusions.refuse(said, str(error))
            return
        if wanted.text is not None:
            self.conclusions.remarks += [
                Remark(said.place, Level.WARNING, message, said.row_id) for message in lint(wanted.text, row)
            ]
        assert row.key.image_id is not None
        seen = Seen() if row.suggestion_state is None else Seen(row.suggested, row.suggestion_state)
        self.claims.append((Claim(said, wanted, seen, [(row.key.image_id, row.key.context_key)]), common))
        if common is not None:
            self.texts.add(row.alt or "")

    def remark_on_the_rest(self) -> None:
        """Say of the rows that are not there any more what is."""
        for rows in self._waiting.values():
            for said in rows:
                place = said.row_id.rpartition("-")[0]
                if place not in self._today:
                    message = (
                        "nothing to do has this row_id: it was mended, changed or removed since the file was written, "
                        "or is of another site."
                    )
                elif not self._today[place]:
                    message = "the text that stood there is gone since the file was written."
                else:
                    text = shorten(self._today[place] or "", _NAMED_CHARS)
                    message = f"another text stands there since the file was written: “{text}”."
                self.conclusions.refuse(said, f"{message} A new file of the report has what is left.")


def by_place(claims: Iterable[Claim]) -> dict[tuple[int, str], list[Claim]]:
    """The claims on each place."""
    found: dict[tuple[int, str], list[Claim]] = {}
    for claim in claims:
        for place in claim.places:
            found.setdefault(place, []).append(claim)
    return found


def _refuse_others(site: Site, sheet: Sheet, matching: _Matching) -> None:
    """Raise SheetError where hardly a row is known."""
    if matching.known * 100 > len(sheet.rows) * FEW or not sheet.rows:
        return
    hosts = sorted({urlsplit(said.page_url).netloc for said in sheet.rows if said.page_url} - {""})
    if not matching.known and hosts and not {host.lower() for host in hosts} & set(site.hosts):
        raise SheetError(
            f"the file is about {', '.join(hosts[:3])}, and this is {site.name}: name its site with --site. "
            "Nothing was taken."
        )
    if len(sheet.rows) >= MANY:
        raise SheetError(
            f"of {counted(len(sheet.rows), 'row')} with a decision {matching.known} are still to be done on "
            f"{site.name}: the file is of another time, or all of it is mended. Nothing was taken. A new file of the "
            "report has what is left."
        )


def _without_spoiled(claims: list[Claim], letters: set[Spoiled], conclusions: Conclusions) -> list[Claim]:
    """The claims whose texts can be believed, when such letters came back spoiled."""
    kept = []
    for claim in claims:
        doubted = next((bad for bad in letters if bad.value.search(claim.wish.text or "")), None)
        if doubted is None:
            kept.append(claim)
        else:
            conclusions.refuse(claim.said, f"{WORDS[doubted]}. Save the sheet as XLSX or CSV UTF-8.")
    return kept


def _without_conflicts(conclusions: Conclusions) -> list[Claim]:
    """The claims that agree: where two rows say different things of one place, neither is taken."""
    clashing: dict[int, SheetRow] = {}  # by the claim's id
    for claims in by_place(conclusions.claims).values():
        first = claims[0]
        for other in claims[1:]:
            if other.wish != first.wish:
                clashing.setdefault(id(first), other.said)
                clashing[id(other)] = first.said
    for claim in conclusions.claims:
        if id(claim) in clashing:
            other_row = clashing[id(claim)].place
            conclusions.refuse(
                claim.said, f"{other_row} says something else of the same picture in the same role: neither is taken."
            )
    return [claim for claim in conclusions.claims if id(claim) not in clashing]
