"""The result of a fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from captioning.scoring import Scores


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of it."""

    folder: Path
    scores: Scores  # on dev
    before: float  # CIDEr on dev
    minutes: float
    pictures_per_s: float | None  # learnt from in this run, each with a caption; None where nothing was left to learn
