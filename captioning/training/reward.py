"""What a caption that a network made up is worth: its CIDEr-D against what people say of the picture."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.captioners.builtin.search import END, UNKNOWN
from core.tokens import caption_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 4  # words in a row that are compared
_SIGMA = 6.0  # of the penalty for another length
_SCALE = 10.0
_END = "</s>"  # counts as a word, or captions that break off ("in a") would lose nothing

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text as CIDEr sees it."""

    weights: dict[Tokens, float]  # of its pieces, of one word to four
    lengths: list[float]  # of the vectors of these, for each number of words
    words: int  # with the end, less one: pycocoevalcap counts the pairs


class Reward:
    """CIDEr-D as pycocoevalcap reckons it, of single captions, with the end of a caption as its last word."""

    def __init__(self, references: Sequence[Sequence[str]], vocabulary: Sequence[str]) -> None:
        """`references` are what people say of each picture; words that they say of many count little."""
        self._references = [[(*caption_tokens(text), _END) for text in texts] for texts in references]
        self._tokens = [() if word <= UNKNOWN else tuple(caption_tokens(text)) for word, text in enumerate(vocabulary)]
        self._tokens[END] = (_END,)
        self._pictures: Counter[Tokens] = Counter()  # of whose captions a piece is part
        for texts in self._references:
            self._pictures.update(set().union(*map(_pieces, texts)))
        self._most = math.log(len(self._references))

    def of(self, picture: int, words: Iterable[int]) -> float:
        """Of a caption, 0 to 10; `words` are ids, END among them where it came to an end."""
        said = self._weighed(tuple(token for word in words for token in self._tokens[word]))
        references = self._references[picture]
        return _SCALE * sum(_likeness(said, self._weighed(text)) for text in references) / len(references)

    def _weighed(self, tokens: Tokens) -> Weighed:
        weights = {
            piece: count * (self._most - math.log(max(1, self._pictures[piece])))
            for piece, count in _pieces(tokens).items()
        }
        squares = [0.0] * _LONGEST
        for piece, weight in weights.items():
            squares[len(piece) - 1] += weight * weight
        return Weighed(weights, [math.sqrt(square) for square in squares], max(len(tokens) - 1, 0))


def _pieces(tokens: Tokens) -> Counter[Tokens]:
    return Counter(
        tokens[place : place + size] for size in range(1, _LONGEST + 1) for place in range(len(tokens) - size + 1)
    )


def _likeness(said: Weighed, reference: Weighed) -> float:
    """The mean of the cosines of pieces of one word, two words and so on; less where the text is longer or shorter."""
    common = [0.0] * _LONGEST
    for piece, weight in said.weights.items():
        there = reference.weights.get(piece, 0.0)
        common[len(piece) - 1] += min(weight, there) * there
    lengths = zip(common, said.lengths, reference.lengths, strict=True)
    cosines = sum(shared / (ours * theirs) for shared, ours, theirs in lengths if ours * theirs)
    return cosines / _LONGEST * math.exp(-((said.words - reference.words) ** 2) / (2 * _SIGMA**2))
