"""How many things there are to mend, in how many places, and a bar of all places by verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import NEEDS_TEXT, Classification
from core.text import counted
from reports.html.labels import CLASSIFICATION_LABELS
from reports.html.numbers import Breakdown, breakdown, number
from reports.html.section import Section
from store.counts import counts

if TYPE_CHECKING:
    from reports.html.sources import ReportSources
    from store.counts import Counts


_FAULTS = {
    Classification.MISSING: "without an alt text",
    Classification.EMPTY: "wrongly empty",
    Classification.SUSPICIOUS: "with a bad one",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """The first thing that the report says."""

    number: str  # of rows to mend
    text: str
    places_text: str  # what they are in places
    places: Breakdown


def headline(sources: ReportSources) -> Headline:
    """The headline of the site."""
    numbers = sources.read(counts)
    needy = sum(numbers.classifications[name] for name in NEEDS_TEXT)
    totals = sources.totals
    templates = f", {number(totals.in_templates)} of them in templates" if totals.in_templates else ""
    settled = f" {number(totals.settled_places)} of them stand as a person wants them." if totals.settled_places else ""
    left_out = sources.ignoring.places
    ignored = f" {counted(left_out, 'of them is', 'of them are')} ignored, each with a reason." if left_out else ""
    parts = ", ".join(
        f"{number(places)} {what}" for verdict, what in _FAULTS.items() if (places := numbers.classifications[verdict])
    )
    return Headline(
        number=number(totals.to_mend),
        text=f"{'thing' if totals.to_mend == 1 else 'things'} to mend{templates}",
        places_text=f"In {number(needy)} of {counted(numbers.occurrences, 'image place')} on "
        f"{counted(numbers.pages, 'page')}{f': {parts}' if parts else ''}.{settled}{ignored}",
        places=places_by_verdict(numbers),
    )


def places_by_verdict(numbers: Counts) -> Breakdown:
    """Every place where an image stands, what needs a text first."""
    return breakdown((name, *label, numbers.classifications[name]) for name, label in CLASSIFICATION_LABELS.items())


SECTION = Section("headline", None, "sections/headline.html", headline)
