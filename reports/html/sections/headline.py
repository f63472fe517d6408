"""How many places need an alt text, and a bar of all places by verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import NEEDS_TEXT
from core.text import counted
from reports.html.labels import CLASSIFICATION_LABELS
from reports.html.numbers import Breakdown, breakdown, number
from reports.html.section import Section
from store.counts import counts

if TYPE_CHECKING:
    from reports.html.sources import ReportSources
    from store.counts import Counts


@dataclass(frozen=True, slots=True)
class Headline:
    """The first thing that the report says."""

    number: str
    text: str
    places: Breakdown


def headline(sources: ReportSources) -> Headline:
    """The headline of the site."""
    numbers = sources.read(counts)
    needy = sum(numbers.classifications[name] for name in NEEDS_TEXT)
    return Headline(
        number=number(needy),
        text=f"of {counted(numbers.occurrences, 'image place')} on {counted(numbers.pages, 'page')} "
        f"{'needs' if needy == 1 else 'need'} an alt text",
        places=places_by_verdict(numbers),
    )


def places_by_verdict(numbers: Counts) -> Breakdown:
    """Every place where an image stands, what needs a text first."""
    return breakdown((name, *label, numbers.classifications[name]) for name, label in CLASSIFICATION_LABELS.items())


SECTION = Section("headline", None, "sections/headline.html", headline)
