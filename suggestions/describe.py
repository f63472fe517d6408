"""A caption as alt text: what models begin with goes, people are named neutrally, loops are no text. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text import collapse, comparable, storable
from suggestions.gender_neutral import neutral

if TYPE_CHECKING:
    from rules.words import Words
    from store.suggestions import ContextGroup

# What captioning models begin with that says nothing; "arafed" is a word of BLIP-large alone.
_NOISE = re.compile(r"\b(?:araf\w*|araff\w*)\s+(?:image|photo|picture)?\s*(?:of\s+)?", re.I)
_OPENING = re.compile(
    r"^(?:there (?:is|are)\s+|this is\s+)?"
    r"(?:(?:an?|the)\s+)?(?:(?:close[- ]?up|blurry|black and white|old|stock|vintage)\s+)*"
    r"(?:image|photo|photograph|picture|pic|close[- ]?up|shot|view)\s+(?:of|showing)(?:\s+|$)",
    re.I,
)
_THERE_IS = re.compile(r"^there (?:is|are)\s+(?=\S+ \S+)", re.I)
_REPEATED = re.compile(r"\b(\w+)((?: and)?) \1\b(?! \1)", re.I)
_DANGLING = re.compile(
    r"[\s,;:–—-]+(?:a|an|and|are|as|at|by|for|from|his|her|in|is|its|of|on|or|that|the|their|to|while|with)$", re.I
)


def describe(caption: str, group: ContextGroup) -> str | None:
    """The caption as alt text; None when nothing is left of it, or the model ran in circles."""
    text = collapse(storable(caption))
    text = _NOISE.sub("", text)
    text = _OPENING.sub("", text)
    text = _THERE_IS.sub("", text)
    text = _REPEATED.sub(r"\1", text)
    if _loops(text) or len(text.split()) < 2:
        return None
    beside = " ".join(
        part
        for context in group.contexts
        for part in (context.heading, context.figcaption, context.product, context.surrounding, context.link_text)
        if part
    )
    return tidy(neutral(text, " ".join((beside, *group.page_titles)))) or None


def tidy(text: str) -> str:
    """Sentence case, no full stop at the end, no word left hanging by a cut."""
    text = text.rstrip(" .,;:…")
    while (shorter := _DANGLING.sub("", text)) != text:
        text = shorter
    return text[:1].upper() + text[1:]


def without_prefix(text: str, words: Words) -> str:
    """A collapsed text without an opening such as "image of" of the language whose lists these are."""
    while (match := words.prefix.match(comparable(text).replace("’", "'"))) is not None:
        rest = comparable(comparable(text).replace("’", "'")[match.end() :])
        # The two forms differ in length (case folding, punctuation): the cut is where the rest reads alike.
        cut = next((n for n in range(1, len(text)) if comparable(text[n:]).replace("’", "'") == rest), len(text))
        text = text[cut:].lstrip(" ,;:.–—-")
    return text


def _loops(text: str) -> bool:
    """Whether a run of two or more words comes back three times, or fewer than half of the words are different."""
    words = comparable(text).split()
    for size in (2, 3, 4):
        runs = [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]
        if any(runs.count(run) >= 3 for run in set(runs)):
            return True
    return len(words) >= 8 and len(set(words)) * 2 < len(words)
