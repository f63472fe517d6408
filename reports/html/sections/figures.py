"""How the figures add up: places by verdict, rows by status, and how places fold into pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.html.numbers import Breakdown, breakdown, number
from reports.html.section import Section
from reports.html.sections.headline import places_by_verdict
from reports.row import STATUS_LABELS
from store.counts import counts
from store.folding import folding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.html.sources import ReportSources
    from store.folding import Folding

_FOLDING = (
    ("occurrences", "Places where an image stands", "Alt text belongs to each of them."),
    ("with_address", "Places with a picture to fetch", "The others have no address: most are drawn in the page."),
    ("addresses", "Addresses as written", "Places that write the same address are counted once."),
    ("images", "Images", "Addresses that differ only in size, quality, format or a cache mark are one image."),
    ("fetched", "Images fetched so far", "Only what needs a text is fetched; the rest waits, failed or needs none."),
    ("pictures", "Pictures", "Images whose files are the same to the byte are one picture: the model looks once."),
    ("looks", "Pictures that look different", "A hint only: look-alikes keep a text each. A row's details name them."),
)


@dataclass(frozen=True, slots=True)
class FoldStep:
    """How many are left after one step of folding places into pictures."""

    label: str
    explanation: str
    all_places: str
    to_do: str  # of the places that need a text


@dataclass(frozen=True, slots=True)
class Figures:
    """The tables that add up."""

    places: Breakdown
    rows_by_status: Breakdown
    folding: tuple[FoldStep, ...]


def figures(sources: ReportSources) -> Figures:
    """The figures of the site."""
    everything = folding(sources.session, sources.site.id, sources.alike)
    to_do = folding(sources.session, sources.site.id, sources.alike, needing_text=True)
    statuses = sources.totals.statuses
    return Figures(
        places=places_by_verdict(sources.read(counts)),
        rows_by_status=breakdown((name, *label, statuses[name]) for name, label in STATUS_LABELS.items()),
        folding=tuple(_steps(everything, to_do)),
    )


def _steps(everything: Folding, to_do: Folding) -> Iterator[FoldStep]:
    for name, label, explanation in _FOLDING:
        yield FoldStep(label, explanation, number(getattr(everything, name)), number(getattr(to_do, name)))


SECTION = Section("figures", "Figures", "sections/figures.html", figures)
