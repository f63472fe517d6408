"""How good a network is on the pictures that it is chosen by, and what its confidence is worth there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.optimize import lsq_linear

from captioning.captioners.builtin.captioner import Confidence, content_words, say
from captioning.captioners.builtin.text import split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captioning.captioners.builtin.search import SearchSettings, Sentence
    from captioning.datasets.records import Picture
    from captioning.training.features import Features
    from captioning.training.lessons import Lessons
    from captioning.training.network import Network
    from captioning.training.vocabulary import Vocabulary

_BATCH = 50
_DIGITS = 4  # of the coefficients
THRESHOLD = 0.54  # that of the shipped captioner: most content words are likely to be right


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network says of one picture."""

    text: str  # words with spaces between them, as they are scored
    words: frozenset[str]  # content words, in lower case
    mean_log_prob: float
    mean_bag_log_prob: float | None  # None where it has no content words


@dataclass(frozen=True, slots=True)
class Exam:
    """Pictures that nothing is learnt from, with what people say of them."""

    features: Features
    rows: tuple[int, ...]  # that can be read
    pictures: tuple[Picture, ...]  # of these rows

    @property
    def references(self) -> list[tuple[str, ...]]:
        """What people say of each."""
        return [picture.captions for picture in self.pictures]

    @torch.inference_mode()
    def answers(self, network: Network, lessons: Lessons, search: SearchSettings, device: torch.device) -> list[Answer]:
        """What a network says of each."""
        vocabulary = lessons.vocabulary
        content = content_words(vocabulary.words, lessons.language)
        answers: list[Answer] = []
        for start in range(0, len(self.rows), _BATCH):
            middle = np.stack([self.features[row, 0] for row in self.rows[start : start + _BATCH]])
            grid = network.grid(torch.from_numpy(middle).to(device).float())
            answers += [
                _answer(sentence, bag, vocabulary, content)
                for sentence, bag in say(network.decoder, grid, search, content)
            ]
        return answers


def fit_confidence(answers: Sequence[Answer], references: Sequence[Sequence[str]]) -> tuple[Confidence, list[float]]:
    """The confidence that tells best which share of an answer's content words people used, and its quartiles.

    Neither kind of probability may count against an answer, as it might with few pictures.
    """
    spoken = [
        (answer, of) for answer, of in zip(answers, references, strict=True) if answer.mean_bag_log_prob is not None
    ]
    signals = np.array([[one.mean_log_prob, one.mean_bag_log_prob, 1.0] for one, _ in spoken]).reshape(-1, 3)
    shares = np.array([agreement(answer, of) for answer, of in spoken])
    found = lsq_linear(signals, shares, ([0.0, 0.0, -np.inf], np.inf)).x if spoken else np.zeros(3)
    per_word, per_bag, offset = (round(float(value), _DIGITS) for value in found)
    unbounded = Confidence(per_word, per_bag, offset, 0.0)
    values = [unbounded.of(one.mean_log_prob, one.mean_bag_log_prob or 0.0) for one, _ in spoken]
    quartiles = [round(float(value), _DIGITS) for value in np.quantile(values or [0.0], (0.25, 0.5, 0.75))]
    return Confidence(per_word, per_bag, offset, THRESHOLD), quartiles


def agreement(answer: Answer, references: Sequence[str]) -> float:
    """Which share of an answer's content words people used, too."""
    used = {word.lower() for reference in references for word in split_words(reference)}
    return len(answer.words & used) / len(answer.words)


def _answer(sentence: Sentence, bag: float | None, vocabulary: Vocabulary, content: frozenset[int]) -> Answer:
    return Answer(
        " ".join(vocabulary.words[word] for word in sentence.words),
        frozenset(vocabulary.words[word].lower() for word in content.intersection(sentence.words)),
        sentence.mean_log_prob,
        bag,
    )
