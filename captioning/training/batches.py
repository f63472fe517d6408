"""Which pictures and captions are learnt from at each step: a matter of the seed and the step's number alone.

So a run that is gone on with sees what it would have seen, and nothing about chance has to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from captioning.captioners.builtin.search import PAD, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from captioning.training.features import Features
    from captioning.training.lessons import Lesson
    from captioning.training.train_options import TrainOptions

_WHOLE = 0.4  # of the times a picture is shown as it is; its other copies share the rest
_ENOUGH = 0.4  # of a picture's captions have a word that the bag of words should be sure of


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures with their captions."""

    rows: tuple[int, ...]  # the B pictures' places among the lessons
    middle: Tensor  # float16 (B, 14, 14, 112)
    words: Tensor  # (C, T) ids, PAD behind the end
    pictures: Tensor  # (C,) rows of `middle`
    bag: Tensor  # float32 (B, vocabulary), in [0, 1]


class Batches:
    """All batches of a training, by their number."""

    def __init__(
        self, lessons: Sequence[Lesson], features: Features, rows: Sequence[int], words: int, options: TrainOptions
    ) -> None:
        """`rows` are the places of the pictures, in lessons and features, that can be learnt from."""
        self._lessons, self._features, self._rows = lessons, features, np.array(rows)
        self._words, self._options = words, options
        self.size = min(options.batch_size, len(rows))
        self.per_epoch = len(rows) // self.size

    def __getitem__(self, step: int) -> Batch:
        epoch, place = divmod(step, self.per_epoch)
        order = np.random.default_rng((self._options.seed, 1, epoch)).permutation(self._rows)
        chosen = order[place * self.size : (place + 1) * self.size]
        noise = np.random.default_rng((self._options.seed, 2, step))
        copies = noise.choice(self._features.shape[1], len(chosen), p=self._shares())
        captions = [self._captions(self._lessons[row], noise) for row in chosen]
        flat = [caption for of_picture in captions for caption in of_picture]
        words = torch.full((len(flat), max(map(len, flat))), PAD)
        for caption, row in zip(flat, words, strict=True):
            row[: len(caption)] = torch.tensor(caption)
        pictures = [place for place, of_picture in enumerate(captions) for _ in of_picture]
        middle = torch.from_numpy(
            np.stack([self._features[row, copy] for row, copy in zip(chosen, copies, strict=True)])
        )
        return Batch(tuple(chosen.tolist()), middle, words, torch.tensor(pictures), self._bag(captions))

    def _shares(self) -> list[float]:
        others = self._features.shape[1] - 1
        return [_WHOLE, *[(1 - _WHOLE) / others] * others] if others else [1.0]

    def _captions(self, lesson: Lesson, noise: np.random.Generator) -> list[tuple[int, ...]]:
        if len(lesson.captions) <= self._options.captions:
            return list(lesson.captions)
        chosen = noise.choice(len(lesson.captions), self._options.captions, replace=False)
        return [lesson.captions[index] for index in chosen]

    def _bag(self, captions: Sequence[Sequence[tuple[int, ...]]]) -> Tensor:
        bag = torch.zeros(len(captions), self._words)
        for row, of_picture in zip(bag, captions, strict=True):
            for caption in of_picture:
                row[list(set(caption))] += 1 / (_ENOUGH * len(of_picture))
        bag[:, : UNKNOWN + 1] = 0.0
        return bag.clamp_(max=1.0)
