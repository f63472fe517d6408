"""What editors wrote into a sheet: taken as decisions in one transaction, or taken back."""

from __future__ import annotations

import getpass
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alt_audit.jobs.sites import chosen_site
from core.errors import UsageError
from core.identity.urls import file_name
from core.records import DecisionState
from store.batches import last_batch, next_batch
from store.decisions import undo
from store.engine import reading, writing
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from alt_audit.config import Settings
    from reports.readback.read import Remark
    from reports.row import Row
    from rules.rule_options import RuleOptions
    from store.sites import Site

PREFIX = "import"  # of the names of batches
# What rows can say, in the order in which it is told.
SAYINGS = (DecisionState.APPROVED, DecisionState.EDITED, DecisionState.REJECTED, DecisionState.DECORATIVE)


@dataclass(frozen=True, slots=True)
class SheetImport:
    """What became of a sheet."""

    site: Site
    batch: str | None  # None: nothing was decided
    dry_run: bool
    rows: int  # with a decision or a text
    silent: int  # without
    taken: Counter[DecisionState]  # rows
    settled: int  # rows that were decided so already
    decisions: int  # a row may be meant for several pictures
    remarks: tuple[Remark, ...]  # by row
    notes: tuple[str, ...] = field(default=())  # on the file

    @property
    def refused(self) -> tuple[Remark, ...]:
        """Why rows were not taken."""
        from reports.readback.read import Level

        return tuple(remark for remark in self.remarks if remark.level is Level.ERROR)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "site": self.site.name,
            "batch": self.batch,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "silent": self.silent,
            "taken": {state: self.taken[state] for state in SAYINGS},
            "settled": self.settled,
            "not_taken": len({remark.place for remark in self.refused}),
            "decisions": self.decisions,
            "remarks": [
                {
                    "sheet": remark.place.sheet,
                    "row": remark.place.number,
                    "row_id": remark.row_id,
                    "level": remark.level,
                    "message": remark.message,
                }
                for remark in self.remarks
            ],
            "notes": list(self.notes),
        }


def import_sheet(
    settings: Settings, path: Path, *, site: str | None = None, who: str | None = None, dry_run: bool = False
) -> SheetImport:
    """Take what the rows of a sheet say of a site, the last crawled one by default; all of it or, on an error, nothing.

    `dry_run` does the same and leaves the store as it was. Raises UsageError for a file that cannot be read or is none
    of this site's.
    """
    from reports.readback.conclude import conclude
    from reports.readback.read import Level, read_sheet
    from reports.readback.take import take

    sheet = read_sheet(path)
    chosen = chosen_site(settings, site)
    with opened(settings.database) as engine:
        with reading(engine) as session:
            found = conclude(
                session, chosen, sheet, settings.report, lambda text, row: list(_faults(text, row, settings.rules))
            )
        taken: Counter[DecisionState] = Counter()
        decisions, batch = 0, None
        if found.open:
            with writing(engine) as session, session.begin_nested() as savepoint:
                batch = next_batch(session, chosen.id, f"{PREFIX}-{datetime.now(UTC):%Y-%m-%d}")
                taken, decisions = take(session, chosen.id, found, who=who or login(), batch=batch)
                if dry_run:
                    savepoint.rollback()
    return SheetImport(
        site=chosen,
        batch=batch if decisions and not dry_run else None,
        dry_run=dry_run,
        rows=len(sheet.rows) + len({remark.place for remark in sheet.remarks if remark.level is Level.ERROR}),
        silent=sheet.silent,
        taken=taken,
        settled=len(found.claims) - len(found.open),
        decisions=decisions,
        remarks=tuple(sorted([*sheet.remarks, *found.remarks], key=lambda remark: remark.place)),
        notes=tuple(sheet.notes),
    )


def undo_import(
    settings: Settings, batch: str | None = None, *, site: str | None = None, who: str | None = None
) -> tuple[str, int]:
    """Take an import back, the last one that stands by default; returns its name, and how many decisions it had.

    Raises UsageError when there is none.
    """
    chosen = chosen_site(settings, site)
    with opened(settings.database) as engine, writing(engine) as session:
        name = batch or last_batch(session, chosen.id, PREFIX)
        if name is None:
            raise UsageError(f"no import on {chosen.name} is left to take back")
        return name, len(undo(session, chosen.id, who=who or login(), batch=name))


def login() -> str:
    """Who is at the terminal. Raises UsageError where the machine does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        raise UsageError("this machine does not say who you are: name yourself with --who") from None


def _faults(text: str, row: Row, options: RuleOptions) -> Iterator[str]:
    """What our own rules find in a text that is to stand in the place of a row."""
    from rules.text import lint

    language = row.language if row.language != "und" else None
    for finding in lint(text, file_name(row.image_url), language, options):
        yield f"{finding.message} ({finding.rule})"
