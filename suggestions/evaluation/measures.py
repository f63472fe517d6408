"""How near a text comes to what a person wrote: CIDEr, and what counts as good. Pure."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from core.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AS_GOOD_F1 = 0.6
AS_GOOD_SIMILARITY = 0.8
_LONGEST = 4  # tokens of an n-gram
_SCALE = 10.0


def as_good(f1: float, similarity: float | None) -> bool:
    """Whether a text would do by figures alone. Of those that do a reader approves half unchanged, so read some."""
    return f1 >= AS_GOOD_F1 or (similarity is not None and similarity >= AS_GOOD_SIMILARITY)


class Cider:
    """CIDEr with one reference for each picture (Vedantam et al., 2015): n-grams that are rare on the site weigh more.

    0 to 10, without stemming, and without the length penalty of CIDEr-D.
    """

    def __init__(self, references: Sequence[str]) -> None:
        self._pictures = len(references)
        self._of: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(_LONGEST)]
        for reference in references:
            for size, counted in enumerate(self._of, 1):
                counted.update(set(_ngrams(tokens(reference), size)))

    def score(self, text: str, reference: str) -> float:
        """Of one text; the mean over all pictures is the CIDEr of whoever wrote them."""
        said, wanted = tokens(text), tokens(reference)
        sizes = range(1, _LONGEST + 1)
        return _SCALE * math.fsum(self._cosine(said, wanted, size) for size in sizes) / _LONGEST

    def _cosine(self, said: list[str], wanted: list[str], size: int) -> float:
        first, second = self._weights(said, size), self._weights(wanted, size)
        norms = math.hypot(*first.values()) * math.hypot(*second.values())
        return math.fsum(weight * second.get(ngram, 0.0) for ngram, weight in first.items()) / norms if norms else 0.0

    def _weights(self, words: list[str], size: int) -> dict[tuple[str, ...], float]:
        counted = Counter(_ngrams(words, size))
        total = counted.total()
        return {
            ngram: number / total * math.log(self._pictures / max(self._of[size - 1][ngram], 1))
            for ngram, number in counted.items()
        }


def mean(values: Iterable[float]) -> float | None:
    """The arithmetic mean; None of no values."""
    known = list(values)
    return math.fsum(known) / len(known) if known else None


def _ngrams(words: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + size]) for place in range(len(words) - size + 1)]
