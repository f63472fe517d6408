"""What the report does not ask for, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import counted
from reports.html.numbers import number
from reports.html.section import Section
from reports.texts import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.html.sources import ReportSources
    from reports.ignoring import Ignored


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the list."""

    what: tuple[str, ...]
    reason: str
    rows: str
    places: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IgnoredList:
    """All entries, in the order of the settings."""

    entries: tuple[Entry, ...]
    sum: str


def ignored(sources: ReportSources) -> IgnoredList:
    """What became of the entries of report.ignore."""
    found = sources.ignoring
    return IgnoredList(
        tuple(map(_entry, found.entries)),
        f"{counted(found.rows, 'row is', 'rows are')} in no list of this report.",
    )


def _entry(one: Ignored) -> Entry:
    entry = one.entry
    given = {"rule": entry.rule, "image": entry.image, "page": entry.page, "row": entry.row}
    return Entry(
        what=tuple(f"{name} {bounded(value, 120)}" for name, value in given.items() if value is not None),
        reason=entry.reason,
        rows=number(one.rows),
        places=number(one.places),
        notes=tuple(_notes(one)),
    )


def _notes(one: Ignored) -> Iterator[str]:
    if one.came_back:
        yield f"{counted(one.came_back, 'row is', 'rows are')} back: the picture is another one now."
    elif not one.rows:
        yield "Fits nothing now: it may be taken out."
    entry = one.entry
    if entry.sha256 is None and (entry.image or entry.row) and len(one.digests) == 1:
        (digest,) = one.digests
        yield f"Until the picture changes, with sha256: {digest}"


SECTION = Section("ignored", None, "sections/ignored.html", ignored)
