"""How likely a text of the page is what a person would write for a picture: who else says so. Pure.

Four families of sources are witnesses: captions, headings, the texts beside, the name of the file. The file's name is
the best of them, and the worst author. The numbers are in evidence.toml, with where they come from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.records import SuggestionSource, Witness
from core.text import letters
from suggestions.page_texts import file_words, page_texts, stem_of
from suggestions.witnesses import heading_of, meant
from suggestions.word_lists import word_list

if TYPE_CHECKING:
    from core.records import Occurrence
    from suggestions.page_texts import PageText

_FAMILIES = {
    SuggestionSource.PRODUCT: Witness.CAPTION,
    SuggestionSource.FIGCAPTION: Witness.CAPTION,
    SuggestionSource.LABEL: Witness.CAPTION,
    SuggestionSource.TERM: Witness.CAPTION,
    SuggestionSource.HEADING: Witness.HEADING,
    SuggestionSource.TITLE: Witness.HEADING,
    SuggestionSource.BEFORE: Witness.TEXT,
    SuggestionSource.AFTER: Witness.TEXT,
    SuggestionSource.PHRASE: Witness.TEXT,
    SuggestionSource.FILE_NAME: Witness.FILE,
}
# What they say may be of a place as well as of the picture in it.
OF_THE_PLACE = frozenset(
    {SuggestionSource.HEADING, SuggestionSource.TITLE, SuggestionSource.BEFORE, SuggestionSource.AFTER}
)
_CONFIRMS = 0.5  # of a text's words: then its family is told as a witness
_LONG_ENOUGH = 5  # letters of a text that stands in a name without spaces
_SHARED_BY_MOST = 16  # pictures under a heading; more say no more


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text of the page with the chance that it will do, 0 to 1, and the other families that say it."""

    text: str
    source: SuggestionSource
    chance: float
    witnesses: tuple[Witness, ...]


@lru_cache(maxsize=256)  # a group's places are asked for its texts, and once more when one of them is chosen
def ranked(place: Occurrence, page_title: str | None) -> tuple[Evidence, ...]:
    """The texts that could stand in this place, the likeliest first; those without hope are left out."""
    texts = [(one, meant(one.text)) for one in page_texts(place, page_title)]
    families = _families(place, page_title)
    found = _with_more_said([_weighed(one, words, texts, families, place) for one, words in texts])
    least: Any = word_list("evidence")["least"]
    best: dict[str, Evidence] = {}
    for one in sorted(found, key=lambda one: (-one.chance, -len(one.text))):
        if one.chance >= least:
            best.setdefault(one.text.casefold(), one)
    return tuple(best.values())


def _with_more_said(found: list[Evidence]) -> list[Evidence]:
    """A name with its noun is no worse than the name: the noun is the page's, and an editor would add it."""
    by_chance = sorted(found, key=lambda one: one.chance)
    names = {one.text.casefold(): one for one in by_chance if one.source is not SuggestionSource.PHRASE}

    def lifted(one: Evidence) -> Evidence:
        words = one.text.casefold().split()
        shorter = (names.get(" ".join(words[:-cut])) for cut in (1, 2) if one.source is SuggestionSource.PHRASE)
        name = next(filter(None, shorter), None)
        if name is None or name.chance <= one.chance:
            return one
        return replace(one, chance=name.chance, witnesses=name.witnesses)

    return [lifted(one) for one in found]


def _families(place: Occurrence, page_title: str | None) -> dict[Witness, set[str]]:
    """The words that mean something, by family."""
    context = place.context
    said = {
        Witness.CAPTION: (context.figcaption, context.label, context.term, context.column, context.product),
        Witness.HEADING: (heading_of(context), page_title),
        Witness.TEXT: (context.before, context.after, context.passage),
        Witness.FILE: (" ".join(file_words(place)),),
    }
    return {family: meant(" . ".join(filter(None, parts))) for family, parts in said.items()}


def _weighed(
    one: PageText,
    words: set[str],
    texts: list[tuple[PageText, set[str]]],
    families: dict[Witness, set[str]],
    place: Occurrence,
) -> Evidence:
    numbers = word_list("evidence")
    weight, own = numbers["weight"], _FAMILIES[one.source]
    shares = {
        family: len(words & known) / len(words) if words else 0.0 for family, known in families.items() if family != own
    }
    if own is not Witness.FILE and _stands_in(one.text, stem_of(place)):
        shares[Witness.FILE] = 1.0  # "bsfsampler.png" for "BSF Sampler"
    total = numbers["base"] + numbers["prior"][one.source]
    total += math.fsum(numbers["witness"][family] * share for family, share in shares.items())
    total += weight["long"] * max(0, len(one.text.split()) - 8) / 8
    if not words or (len(words) < 2 and len(one.text.split()) < 2):
        total += weight["single"]
    if words and any(_FAMILIES[other.source] != own and said == words for other, said in texts):
        total += weight["twice"]
    if own is Witness.HEADING:
        total += weight["pictures"] * math.log2(min(place.context.pictures or 1, _SHARED_BY_MOST))
    if own is Witness.FILE:
        known = _of_the_page(families)
        total += weight["file_words"] * min(len(words), 8) / 8
        total += weight["file_unknown"] * (len(words - known) / len(words) if words else 1.0)
    if (
        one.source is SuggestionSource.AFTER
        and not shares[Witness.FILE]
        and families[Witness.FILE] & _of_the_page(families)
    ):
        total += weight[
            "after_alone"
        ]  # the file speaks the page's language, and does not know the text: the next thing's
    confirm = tuple(family for family, share in shares.items() if share >= _CONFIRMS)
    return Evidence(one.text, one.source, 1 / (1 + math.exp(-total)), confirm)


def _of_the_page(families: dict[Witness, set[str]]) -> set[str]:
    """The words that the page has, whatever the file is called."""
    return set.union(*(said for family, said in families.items() if family is not Witness.FILE))


def _stands_in(text: str, stem: str) -> bool:
    """Whether a file's name holds a text without its spaces; not one so short that it may be chance."""
    glued = letters(text)
    return len(glued) >= _LONG_ENOUGH and glued in letters(stem)
