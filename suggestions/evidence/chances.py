"""How likely a text of the page is what a person would write for a picture: who else says so. Pure.

Five families of sources are witnesses: captions, headings, the texts beside, the name of the file, and text in the
picture. The file's name is the best of them, and the worst author. The numbers are in evidence.toml, with where they
come from; a site with good texts of its own may have others (`suggestions.manner.patterns`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from core.records import SuggestionSource, Witness
from core.text import letters
from suggestions.evidence.witnesses import heading_of, meant
from suggestions.manner.patterns import SHIPPED
from suggestions.page.page_texts import file_words, page_texts, stem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.records import Occurrence
    from suggestions.evidence.picture_text import PictureText
    from suggestions.manner.patterns import Manner
    from suggestions.page.page_texts import PageText

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
    SuggestionSource.DIALOG: Witness.PICTURE,
    SuggestionSource.READ: Witness.PICTURE,
}
# What they say may be of a place as well as of the picture in it.
OF_THE_PLACE = frozenset(
    {SuggestionSource.HEADING, SuggestionSource.TITLE, SuggestionSource.BEFORE, SuggestionSource.AFTER}
)
_WITH_NOUN = frozenset({SuggestionSource.PHRASE, SuggestionSource.DIALOG})
_OF_THE_FILE = frozenset({Witness.FILE, Witness.PICTURE})
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text of the page with what speaks for it and against it: numbers by the names of their weights."""

    text: str
    source: SuggestionSource
    traits: Mapping[str, float]
    witnesses: tuple[Witness, ...]


@lru_cache(maxsize=256)  # a group's places are asked for its texts, and once more when one of them is chosen
def ranked(
    place: Occurrence, page_title: str | None, manner: Manner = SHIPPED, read: PictureText | None = None
) -> tuple[Evidence, ...]:
    """The texts that could stand in this place, the likeliest first; those without hope are left out.

    `read` is text in the picture.
    """
    weights = manner.weights
    found = [
        Evidence(one.text, one.source, chance(one.traits, weights), one.witnesses)
        for one in weighed(place, page_title, read)
    ]
    found = _with_more_said(found)
    found += [Evidence(text, SuggestionSource.PATTERN, share, ()) for text, share in manner.texts(place, page_title)]
    best: dict[str, Evidence] = {}
    for one in sorted(found, key=lambda one: (-one.chance, -len(one.text))):
        if one.chance >= weights["least"]:
            best.setdefault(one.text.casefold(), one)
    return tuple(best.values())


def weighed(place: Occurrence, page_title: str | None, read: PictureText | None = None) -> list[Weighed]:
    """The texts that could stand in this place, with what speaks for each."""
    texts = [(one, meant(one.text)) for one in page_texts(place, page_title, read)]
    families = _families(place, page_title, read)
    return [_weighed(one, words, texts, families, place) for one, words in texts]


def chance(traits: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The chance that a text with these traits will do, 0 to 1."""
    return 1 / (1 + math.exp(-math.fsum(weights[name] * value for name, value in traits.items())))


def _with_more_said(found: list[Evidence]) -> list[Evidence]:
    """A name with its noun is no worse than the name: the noun is the page's, and an editor would add it."""
    by_chance = sorted(found, key=lambda one: one.chance)
    names = {one.text.casefold(): one for one in by_chance if one.source not in _WITH_NOUN}

    def lifted(one: Evidence) -> Evidence:
        words = one.text.casefold().split()
        shorter = (names.get(" ".join(words[:-cut])) for cut in (1, 2) if one.source in _WITH_NOUN)
        name = next(filter(None, shorter), None)
        if name is None or name.chance <= one.chance:
            return one
        return replace(one, chance=name.chance, witnesses=name.witnesses)

    return [lifted(one) for one in found]


def _families(place: Occurrence, page_title: str | None, read: PictureText | None) -> dict[Witness, set[str]]:
    """The words that mean something, by family."""
    context = place.context
    said = {
        Witness.CAPTION: (context.figcaption, context.label, context.term, context.column, context.product),
        Witness.HEADING: (heading_of(context), page_title),
        Witness.TEXT: (context.before, context.after, context.passage),
        Witness.FILE: (" ".join(file_words(place)),),
        Witness.PICTURE: (read.words if read is not None else None,),
    }
    return {family: meant(" . ".join(filter(None, parts))) for family, parts in said.items()}


def _weighed(
    one: PageText,
    words: set[str],
    texts: list[tuple[PageText, set[str]]],
    families: dict[Witness, set[str]],
    place: Occurrence,
) -> Weighed:
    own = _FAMILIES[one.source]
    shares = {
        family: len(words & known) / len(words) if words else 0.0 for family, known in families.items() if family != own
    }
    if own is not Witness.FILE and _stands_in(one.text, stem_of(place)):
        shares[Witness.FILE] = 1.0  # "bsfsampler.png" for "BSF Sampler"
    traits = {"base": 1.0, f"prior.{one.source}": 1.0, "long": max(0, len(one.text.split()) - 8) / 8}
    traits |= {f"witness.{family}": share for family, share in shares.items()}
    if not words or (len(words) < 2 and len(one.text.split()) < 2):
        traits["single"] = 1.0
    if words and any(_FAMILIES[other.source] != own and said == words for other, said in texts):
        traits["twice"] = 1.0
    if own is Witness.HEADING:
        traits["pictures"] = math.log2(min(place.context.pictures or 1, _SHARED_BY_MOST))
    if own is Witness.FILE:
        known = _of_the_page(families)
        traits["file_words"] = min(len(words), 8) / 8
        traits["file_unknown"] = len(words - known) / len(words) if words else 1.0
    if (
        one.source is SuggestionSource.AFTER
        and not shares[Witness.FILE]
        and families[Witness.FILE] & _of_the_page(families)
    ):  # the file speaks the page's language, and does not know the text: that is about the next thing
        traits["after_alone"] = 1.0
    confirm = tuple(family for family, share in shares.items() if share >= _CONFIRMS)
    return Weighed(one.text, one.source, traits, confirm)


def _of_the_page(families: dict[Witness, set[str]]) -> set[str]:
    """The words that the page has, whatever the file is called."""
    return set.union(*(said for family, said in families.items() if family not in _OF_THE_FILE))


def _stands_in(text: str, stem: str) -> bool:
    """Whether a file's name holds a text without its spaces; not one so short that it may be chance."""
    glued = letters(text)
    return len(glued) >= _LONG_ENOUGH and glued in letters(stem)
