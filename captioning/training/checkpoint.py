"""Where a training stands: all that is needed to go on as if it had not been stopped."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from captioning.training.files import replacing
from core.errors import CaptionerError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Epoch:
    """What came of one epoch."""

    phase: int
    step: int  # of the phase
    told: float | None  # the mean loss or reward; None of what was there at the start
    cider: float  # of the mean of the weights, on dev


@dataclass(slots=True)
class Standing:
    """How far a training has come. Chance is no part of it: it depends on the seed and the steps alone."""

    phase: int = 0
    step: int = 0  # of the phase
    taught: int = 0  # steps in all
    told: float = 0.0  # sum of the losses or rewards of this epoch's steps
    epochs: list[Epoch] = field(default_factory=list)
    best: dict[str, Tensor] | None = None  # the mean of the weights that did best on dev

    def best_cider(self) -> float:
        """On dev; below all that there is where nothing was measured yet."""
        return max((one.cider for one in self.epochs), default=-1.0)

    def epochs_without_better(self) -> int:
        """Epochs of this phase since the best one of all, or since the phase began."""
        best = self.best_cider()
        mine = [one.cider for one in self.epochs if one.phase == self.phase and one.told is not None]
        return next((place for place, cider in enumerate(reversed(mine)) if cider == best), len(mine))


def save(path: Path, standing: Standing, weights: dict[str, Any]) -> None:
    """Write all at once: a full disk or a kill leaves what was there before. Raises CaptionerError."""
    buffer = io.BytesIO()  # torch would hide why a file cannot be written
    fields = {name: getattr(standing, name) for name in ("phase", "step", "taught", "told", "best")}
    torch.save({**fields, "epochs": [asdict(one) for one in standing.epochs], "weights": weights}, buffer)
    with replacing(path) as file:
        file.write(buffer.getbuffer())


def load(path: Path, device: torch.device) -> tuple[Standing, dict[str, Any]] | None:
    """What `save` wrote; None where nothing was. Raises CaptionerError for a file that is damaged."""
    if not path.exists():
        return None
    try:
        read = torch.load(path, map_location=device, weights_only=True)
        weights = read.pop("weights")
        epochs = [Epoch(**one) for one in read.pop("epochs")]
        return Standing(**read, epochs=epochs), weights
    except Exception as error:  # what torch raises for a damaged file is of many kinds
        raise CaptionerError(f"{path} is damaged ({type(error).__name__}): begin anew with --fresh") from error
