"""The records of captioning models measured on pictures of which people have said something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Figures:
    """How near captions come to what people said, over some pictures; 0 to 1, CIDEr 0 to 10."""

    bleu: tuple[float, float, float, float]  # BLEU-1 to BLEU-4
    rouge_l: float
    cider: float


@dataclass(frozen=True, slots=True)
class Bin:
    """A fifth of a model's captions, those of much the same confidence."""

    captions: int
    confidence: float  # the mean
    in_common: float  # of its content words, the share that some person used: what the confidence should be
    cider: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far a model's confidence may be believed; of all that it says or withholds, the least sure first."""

    bins: tuple[Bin, ...]
    error: float  # the mean distance of confidence and share in common over the bins, weighted
    rank_correlation: float | None  # Spearman's, of confidence and CIDEr; None where one of them is always the same


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of one picture."""

    text: str | None
    withheld: str | None  # what it abstained from saying, where it tells
    confidence: float | None
    cider: float  # of the text, or of what is withheld; 0 for nothing
    failure: str | None = None  # stage/code

    @property
    def words(self) -> str:
        """What is measured: the text, or what is withheld."""
        return self.text or self.withheld or ""


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model on all pictures."""

    name: str  # as it was asked for
    description: str
    spoken: int  # pictures of which it says something
    failed: dict[str, int]  # pictures that it could not be asked about, by stage/code; they count as silence
    figures: Figures  # silence counts as a caption without words
    said: Figures | None  # over the pictures of which it speaks; None where it speaks of all, or of none
    ungated: Figures | None  # with what it withholds; None where it withholds nothing
    calibration: Calibration | None  # None without confidences
    seconds: float  # from the first file to the last caption, without loading; 0 where it was not measured
    answers: tuple[Answer, ...]  # in the order of the pictures


@dataclass(frozen=True, slots=True)
class MeasuredPicture:
    """A picture, and what people said of it."""

    id: str
    path: str
    captions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelEvaluation:
    """Models side by side."""

    dataset: str
    split: str
    pictures: tuple[MeasuredPicture, ...]
    left_out: int  # pictures of the split beyond the limit
    models: tuple[ModelResult, ...]

    def pictures_per_s(self, model: ModelResult) -> float:
        """How quick it was, files read and decoded."""
        return len(self.pictures) / model.seconds if model.seconds else 0.0

    def answers(self, place: int) -> Mapping[str, Answer]:
        """What each model says of one picture, by their names."""
        return {model.name: model.answers[place] for model in self.models}
