"""What the kind of a picture, and a classifier's classes, say of a caption and of a text. Pure.

The built-in captioner has learned photographs of people and dogs, and sees both everywhere: what it says counts only of
photographs, and only where ImageNet's classes see a dog, too, or the head for people a person. A class by itself is
right for a picture in twenty-five, one that the file's name or the page says, too, in three of four.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from core.records import Witness
from suggestions.evidence.witnesses import meant, said_on_page
from suggestions.page.page_texts import file_words

if TYPE_CHECKING:
    from store.suggestions import ContextGroup

BUILTIN = "builtin"
_PHOTOGRAPH = 0.5
_DOG = 0.3  # of all classes of dogs, for a caption that names one
_PERSON = 0.5  # that there is one
_UNSURE = frozenset({"screenshot", "chart", "diagram", "map", "banner"})
_DOGS = re.compile(r"\b(?:dogs?|pupp(?:y|ies))\b", re.I)
PEOPLE = re.compile(
    r"\b(?:(?:wo)?m[ae]n|boys?|girls?|child(?:ren)?|kids?|people|persons?|bab(?:y|ies)|toddlers?|lad(?:y|ies)|adults?|teens?"
    r"|players?|teams?|crowds?|couples?|riders?|skiers?|surfers?|climbers?|bikers?|cyclists?|snowboarders?|skateboarders?"
    r"|runners?|swimmers?|hikers?|guys?)\b",
    re.I,
)


def kind_of(group: ContextGroup) -> str | None:
    """The kind of the picture, where that is sure; None where nobody has looked for it, or it is not."""
    kind = _said(group).get("kind")
    return kind if kind != "unknown" else None


def is_of_writing(group: ContextGroup) -> bool:
    """Whether the picture is of a kind that is mostly words and figures, of which models make up what it says."""
    return kind_of(group) in _UNSURE


def is_credible(group: ContextGroup) -> bool:
    """Whether what the captioner says may be so, as far as the kind and the classes of the picture tell."""
    said, caption = _said(group), group.caption
    if caption is None or caption.model != BUILTIN or not caption.text or not said:
        return True
    if said.get("photograph", 0.0) < _PHOTOGRAPH:
        return False
    if _DOGS.search(caption.text):
        return bool(said.get("dog", 0.0) >= _DOG)
    return not PEOPLE.search(caption.text) or bool(said.get("person", 0.0) >= _PERSON)


def shows_person(group: ContextGroup) -> bool:
    """Whether the picture is a photograph of a person, or of several."""
    return kind_of(group) == "photograph" and bool(_said(group).get("person", 0.0) >= _PERSON)


def named_class(group: ContextGroup) -> tuple[str, tuple[Witness, ...]] | None:
    """The likeliest class of a cut-out, or a photograph, that something beside it names, and what does.

    A photograph shows more than one thing: the page may speak of any of them, its file is named by what counts.
    """
    kind = kind_of(group)
    if kind not in {"photograph", "cutout"}:
        return None
    for one in _said(group)["classes"]:
        words = meant(one["name"])
        witnesses = (
            (Witness.FILE, all(words <= meant(" ".join(file_words(place))) for place in group.occurrences)),
            (Witness.TEXT, words <= meant(said_on_page(group))),
        )
        found = tuple(witness for witness, says in witnesses if says)
        if words and found and (kind == "cutout" or Witness.FILE in found):
            return one["name"], found
    return None


def _said(group: ContextGroup) -> dict[str, Any]:
    return group.analyses.get("kind", {})
