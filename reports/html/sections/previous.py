"""The reports before this one, where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import counted
from reports.html.numbers import date
from reports.html.section import Section

if TYPE_CHECKING:
    from reports.html.sources import ReportSources

NAMED = 12


@dataclass(frozen=True, slots=True)
class Previous:
    """(address, day) of some of them, the newest first."""

    reports: tuple[tuple[str, str], ...]
    left: str | None  # how many are not named


def previous(sources: ReportSources) -> Previous:
    """The reports that are kept."""
    found = sources.previous
    left = len(found) - NAMED
    return Previous(
        tuple((one.href, date(one.written)) for one in found[:NAMED]),
        counted(left, "earlier one") if left > 0 else None,
    )


SECTION = Section("previous", None, "sections/previous.html", previous)
