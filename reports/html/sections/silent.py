"""What is silent on purpose, and how much of it looks informative: asked for more often than any fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Classification
from core.text import counted
from reports.html.numbers import number
from reports.html.section import Section
from store.counts import counts

if TYPE_CHECKING:
    from reports.html.sources import ReportSources


@dataclass(frozen=True, slots=True)
class Silent:
    """Numbers of places, and the pages that list them."""

    places: str
    informative: str | None  # None: none does
    first_informative: str | None
    rest: str | None
    first_rest: str | None
    backgrounds: str | None


def silent(sources: ReportSources) -> Silent:
    """The silent places of the site."""
    found = sources.silent
    backgrounds = sources.read(counts).classifications[Classification.DECORATIVE] - found.places
    rest = found.places - found.informative
    return Silent(
        places=counted(found.places, "place"),
        informative=number(found.informative) if found.informative else None,
        first_informative=found.first_informative,
        rest=number(rest) if rest else None,
        first_rest=found.first_rest,
        backgrounds=number(backgrounds) if backgrounds > 0 else None,
    )


SECTION = Section("silent", "Silent", "sections/silent.html", silent)
