"""How a captioner of the hub is fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ADAPTED_RATE = 5e-4
FULL_RATE = 2e-5


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """An epoch is once through all captions, or `epoch_steps` steps where that is more."""

    base: str  # the id of a model of the hub, or a folder with one
    seed: int = 1
    full: bool = False  # all weights; else low-rank adapters (LoRA), which are merged into them at the end

    epochs: int = 10  # at most
    epoch_steps: int = 50
    patience: int = 3  # epochs without a better CIDEr on dev after which it ends
    batch_size: int = 16  # captions in one step
    accumulate: int = 1  # parts in which the gradient of a step is reckoned
    checkpointing: bool = False  # reckon anew what the way back needs of the way forth, instead of keeping it
    captions: int = 5  # of a picture, at most

    learning_rate: float = ADAPTED_RATE
    warm_up: float = 0.1  # share of all steps
    weight_decay: float = 0.01
    rank: int = 16  # of the adapters
    scale: float = 2.0  # of the adapters
    dropout: float = 0.05  # of what goes into the adapters


def tune_options_for(base: str, seed: int, given: dict[str, Any]) -> TuneOptions:
    """The options of a fine-tuning of `base`: what is `given`, else what suits that."""
    suited = {"learning_rate": FULL_RATE} if given.get("full") else {}
    return TuneOptions(base=base, seed=seed, **suited | given)
