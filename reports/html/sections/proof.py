"""What became of the texts that people decided: together, by batch and by person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Outcome
from reports.html.numbers import days, number, share
from reports.html.section import Section
from reports.texts import bounded
from store.fixes import fixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.html.sources import ReportSources
    from store.fixes import AllFixes, Fixes

MAX_BATCHES = 20  # the last ones
MAX_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """Decided texts by what the crawls saw of them."""

    name: str
    decided: str
    live: str
    live_share: str
    regressed: str
    changed: str
    open: str
    to_live: str  # how long it took, half of them


@dataclass(frozen=True, slots=True)
class Proof:
    """A line for all, and one for each batch and person."""

    lines: tuple[Line, ...]


def proof(sources: ReportSources) -> Proof:
    """What became of what was decided on the site; no line where nothing was."""
    return Proof(tuple(_lines(sources.read(fixes))))


def _lines(found: AllFixes) -> Iterator[Line]:
    if not found.together.decided:
        return
    yield _line("All decided texts", found.together)
    for name, one in list(found.batches.items())[-MAX_BATCHES:]:
        yield _line(f"Batch {bounded(name, 60)}", one)
    for name, one in list(found.people.items())[:MAX_PEOPLE]:
        yield _line(f"By {bounded(name, 60)}", one)


def _line(name: str, one: Fixes) -> Line:
    live = one.outcomes[Outcome.LIVE]
    return Line(
        name=name,
        decided=number(one.decided),
        live=number(live),
        live_share=share(live, one.decided),
        regressed=number(one.outcomes[Outcome.REGRESSED]),
        changed=number(one.outcomes[Outcome.CHANGED]),
        open=number(one.open),
        to_live=days(one.seconds_to_live),
    )


SECTION = Section("proof", "Decided texts", "sections/proof.html", proof)
