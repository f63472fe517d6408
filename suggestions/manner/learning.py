"""What a site's own good texts teach: which sources of its pages they agree with, and patterns that they follow. Pure.

The shipped weights are where the fit begins and what it is drawn to, so that few texts change little, and a site whose
texts say nothing of its pages is believed only as far as that goes on holding for those that were not fitted on.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from core.languages import UNDETERMINED, primary_subtag
from core.text import collapse, comparable
from core.tokens import token_f1
from suggestions.captions.languages import is_spoken
from suggestions.evidence.chances import weighed
from suggestions.evidence.kind_nouns import names_a_kind
from suggestions.manner.patterns import SHIPPED, Manner, Pattern, slots
from suggestions.page.shown import BESIDE, shown_where
from suggestions.page.standing import is_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from store.own_alts import OwnAlt

    _Vector: TypeAlias = NDArray[np.float64]
    _Numbers: TypeAlias = tuple[_Vector, _Vector]

MAX_PICTURES = 8  # that share a text, which then says little of any
LEAST_TEXTS = 50  # for the weights: ten change nothing, fifty a lot
WILL_DO = 0.55  # token F1 with the person's text
_DRAW = 5.0  # towards the shipped weights: the precision of a Gaussian prior around them
_FARTHEST = 4.0  # that a weight may move
_FIXED = frozenset({"least", "ready", "ready_named"})  # chances, not weights
_DIGITS = 2  # of the weights: a text more is no other manner

LEAST_USES = 10  # of a pattern's slot
LEAST_SHARE = 0.7  # of these that follow the pattern
_NAMES_KINDS = 0.2  # of the texts that say what kind of picture theirs is: then drafts do
_MAX_AROUND = 40  # characters before or behind what a pattern is filled with


def manners(own: Iterable[OwnAlt]) -> dict[str, Manner]:
    """The manner of a site in each of its languages, by primary subtag, from one place of each of its pictures.

    Texts that are the name of a file, or stand for many pictures, teach nothing; links and buttons have the text of
    what they do; and a text in another language than its page says was not written for it.
    """
    pictures = Counter[str]()
    by_language: dict[str, list[OwnAlt]] = {}
    for one in own:
        language = primary_subtag(one.occurrence.lang)
        if one.occurrence.functional is None and not is_file_name(one.alt, one.occurrence) and _is_in_its_language(one):
            pictures[comparable(one.alt)] += 1
            by_language.setdefault(language, []).append(one)
    return {
        language: learn([one for one in some if pictures[comparable(one.alt)] <= MAX_PICTURES])
        for language, some in by_language.items()
    }


def _is_in_its_language(one: OwnAlt) -> bool:
    language = primary_subtag(one.occurrence.language)
    return language == UNDETERMINED or is_spoken(one.alt, language)


def learn(examples: Sequence[OwnAlt]) -> Manner:
    """The manner that these places show, all in one language.

    Evidence keeps its shipped weights where there are fewer than LEAST_TEXTS, or others do no better on texts that they
    were not fitted on.
    """
    kinds = sum(names_a_kind(one.alt) for one in examples)
    names_kinds = len(examples) < LEAST_TEXTS or kinds >= _NAMES_KINDS * len(examples)
    return Manner(_evidence(examples), _patterns(examples), names_kinds, len(examples))


def _patterns(examples: Iterable[OwnAlt]) -> tuple[Pattern, ...]:
    uses: Counter[str] = Counter()
    held: Counter[tuple[str, str, str]] = Counter()
    for one in examples:
        alt = collapse(one.alt)
        for slot, filling in slots(one.occurrence, one.page_title).items():
            uses[slot] += 1
            around = _around(alt, filling)
            if around is not None:
                held[slot, *around] += 1
    found = [
        Pattern(slot, before, behind, round(number / (uses[slot] + 1), _DIGITS))
        for (slot, before, behind), number in held.items()
        if uses[slot] >= LEAST_USES and number >= LEAST_SHARE * uses[slot]
    ]
    return tuple(sorted(found, key=lambda one: (-one.share, one.slot, one.before, one.behind)))


def _around(alt: str, filling: str) -> tuple[str, str] | None:
    """What stands before and behind a text in another, whole words; None where it does not hold it."""
    said, wanted = alt.lower(), filling.lower()
    start = said.find(wanted)
    if start < 0 or len(said) != len(alt):
        return None
    before, behind = alt[:start], alt[start + len(wanted) :]
    if before[-1:].isalnum() or behind[:1].isalnum() or max(len(before), len(behind)) > _MAX_AROUND:
        return None
    return before, behind


def _evidence(examples: Sequence[OwnAlt]) -> tuple[tuple[str, float], ...]:
    # A site that writes its captions into its alts says nothing of the pictures that have no caption.
    examples = [one for one in examples if shown_where(one.occurrence.context, one.page_title, one.alt) not in BESIDE]
    if len(examples) < LEAST_TEXTS:
        return SHIPPED.evidence
    names = [name for name, _ in SHIPPED.evidence if name not in _FIXED]
    found = [_numbers(example, names) for example in examples]
    even, odd = _together(found[::2]), _together(found[1::2])
    shipped = np.array([SHIPPED.weights[name] for name in names])
    crossed = ((even, odd), (odd, even))
    if math.fsum(_loss(_fit(fitted, shipped), other) - _loss(shipped, other) for fitted, other in crossed) >= 0:
        return SHIPPED.evidence
    weights = _fit(_together(found), shipped)
    own = {name: round(float(weight), _DIGITS) for name, weight in zip(names, weights, strict=True)}
    return tuple(sorted({**SHIPPED.weights, **own}.items()))


def _numbers(example: OwnAlt, names: Sequence[str]) -> _Numbers:
    """Of the texts that the page has for a picture: their traits, and whether each would do. (n, names) and (n,)"""
    texts = weighed(example.occurrence, example.page_title)
    traits = [[one.traits.get(name, 0.0) for name in names] for one in texts]
    will_do = [token_f1(one.text, example.alt) >= WILL_DO for one in texts]
    return np.array(traits, dtype=float).reshape(len(texts), len(names)), np.array(will_do, dtype=float)


def _together(numbers: Sequence[_Numbers]) -> _Numbers:
    return np.concatenate([traits for traits, _ in numbers]), np.concatenate([will_do for _, will_do in numbers])


def _fit(numbers: _Numbers, shipped: _Vector) -> _Vector:
    """The weights that are likeliest after these texts: logistic regression with a Gaussian prior."""
    from scipy.optimize import minimize  # takes half a second, which a site with nothing to learn from does not need

    traits, will_do = numbers

    def loss(weights: _Vector) -> tuple[float, _Vector]:
        moved = weights - shipped
        slope = traits.T @ (expit(traits @ weights) - will_do) + _DRAW * moved
        return _loss(weights, numbers) + _DRAW / 2 * float(moved @ moved), slope

    bounds = [(weight - _FARTHEST, weight + _FARTHEST) for weight in shipped]
    found: _Vector = minimize(loss, shipped, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _loss(weights: _Vector, numbers: _Numbers) -> float:
    """The negative logarithm of how likely the weights make what is known."""
    traits, will_do = numbers
    score = traits @ weights
    return float((np.logaddexp(0.0, score) - will_do * score).sum())
