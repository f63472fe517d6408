"""The parts of a training: what is learnt in each, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captioning.training.train_options import TrainOptions


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the training with a learning rate that falls to its end."""

    title: str
    epochs: int  # at most
    rate: float  # of the decoder
    encoder_rate: float | None = None  # None: the encoder stays as it is
    rewarded: bool = False  # for captions of its own, beside learning people's

    @property
    def measure(self) -> str:
        """What a step gives a number of."""
        return "reward" if self.rewarded else "loss"


def phases_of(options: TrainOptions) -> list[Phase]:
    """First the decoder alone, then with the encoder's upper blocks, then what it makes up is rewarded."""
    return [
        Phase("the decoder alone", options.epochs, options.learning_rate),
        Phase("fine-tuning the encoder, too", options.tuned_epochs, options.tuned_rate, options.encoder_rate),
        Phase("rewarded by CIDEr", options.reward_epochs, options.reward_rate, rewarded=True),
    ]
