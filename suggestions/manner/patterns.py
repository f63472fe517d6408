"""How a site writes: what its own good texts say of the weights of evidence, and the patterns they follow. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from core.text import collapse
from suggestions.evidence.witnesses import heading_of
from suggestions.page.page_texts import file_words
from suggestions.page.titles import parts_of
from suggestions.word_lists import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.records import Occurrence


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text that a site makes of something that its page says: "An example {title}"."""

    slot: str  # what of the page, as `slots` names it
    before: str  # the text around that, with its spaces
    behind: str
    share: float  # of the site's good texts where the page has the slot, how many are of this pattern


@dataclass(frozen=True)
class Manner:
    """How texts are chosen on a site."""

    evidence: tuple[tuple[str, float], ...]  # the weights of evidence, by name
    patterns: tuple[Pattern, ...] = ()  # the surest first
    names_kinds: bool = True  # whether texts say "icon" or "dialog" of a picture
    known: int = field(default=0, compare=False, repr=False)  # good texts that it was learned from

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """The weights of evidence by name, as in evidence.toml."""
        return dict(self.evidence)

    def texts(self, place: Occurrence, page_title: str | None) -> Iterator[tuple[str, float]]:
        """What the patterns make of this place, with the share of the site's texts that were so."""
        if not self.patterns:
            return
        said = slots(place, page_title)
        for pattern in self.patterns:
            filling = said.get(pattern.slot)
            if filling:
                yield f"{pattern.before}{filling}{pattern.behind}", pattern.share


def slots(place: Occurrence, page_title: str | None) -> dict[str, str]:
    """What a page says that a text of the site may be made of, by name."""
    context = place.context
    title = parts_of(page_title) if page_title else []
    said = {
        "product": context.product,
        "title": title[0] if title else None,
        "heading": context.heading,
        "topic": heading_of(context),
        "figcaption": context.figcaption,
        "term": context.term,
        "link": context.link_text,
        "file": " ".join(file_words(place)),
    }
    found = {name: collapse(text) for name, text in said.items() if text and text.strip()}
    joined = {f"{name}, joined": "".join(filter(str.isalnum, text)) for name, text in found.items()}
    return found | {name: text for name, text in joined.items() if text != found[name.removesuffix(", joined")]}


def _shipped() -> Manner:
    lists = word_list("evidence")
    flat: dict[str, float] = {}
    for name, value in lists.items():
        if isinstance(value, dict):
            flat |= {key if name == "weight" else f"{name}.{key}": float(number) for key, number in value.items()}
        else:
            flat[name] = float(value)
    return Manner(tuple(sorted(flat.items())))


SHIPPED = _shipped()  # of a site that has no texts to learn from
