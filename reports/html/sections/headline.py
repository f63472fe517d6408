"""How many things there are to mend, in how many places, and a bar of all places by verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import NEEDS_TEXT, Classification
from reports.html.labels import CLASSIFICATION_LABELS
from reports.html.numbers import Breakdown, breakdown
from reports.html.section import Section
from reports.summary.words import Language, words_of
from store.counts import counts

if TYPE_CHECKING:
    from reports.html.sources import ReportSources
    from reports.summary.words import Words
    from store.counts import Counts


_FAULTS = (Classification.MISSING, Classification.EMPTY, Classification.SUSPICIOUS)


@dataclass(frozen=True, slots=True)
class Headline:
    """The first thing that the report says."""

    number: str  # of rows to mend
    text: str
    places_text: str  # what they are in places
    places: Breakdown


def headline(sources: ReportSources, words: Words | None = None) -> Headline:
    """The headline of the site, in English or in these words."""
    words = words or words_of(Language.ENGLISH)
    numbers, totals = sources.read(counts), sources.totals
    needy = sum(numbers.classifications[name] for name in NEEDS_TEXT)
    faults = ", ".join(
        words.say(f"fault_{verdict}", places) for verdict in _FAULTS if (places := numbers.classifications[verdict])
    )
    where = words.say(
        "places_text",
        needy=words.number(needy),
        places=words.say("image_places", numbers.occurrences),
        pages=words.say("pages", numbers.pages),
    )
    asides = (("settled", totals.settled_places), ("ignored", sources.ignoring.places))
    return Headline(
        number=words.number(totals.to_mend),
        text=words.say("to_mend", totals.to_mend)
        + (words.say("in_templates", totals.in_templates) if totals.in_templates else ""),
        places_text=f"{where}{f': {faults}' if faults else ''}."
        + "".join(words.say(name, places) for name, places in asides if places),
        places=places_by_verdict(numbers),
    )


def places_by_verdict(numbers: Counts) -> Breakdown:
    """Every place where an image stands, what needs a text first."""
    return breakdown((name, *label, numbers.classifications[name]) for name, label in CLASSIFICATION_LABELS.items())


SECTION = Section("headline", None, "sections/headline.html", headline)
