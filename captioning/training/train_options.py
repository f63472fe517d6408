"""How a captioner is trained. What the shipped one was trained with, unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IMAGENET = "imagenet"
KNOWING_RATE = 2.5e-4  # learning rate of a decoder that knows something already


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Epochs are once through the pictures, or `epoch_steps` steps where that is more."""

    start: str = IMAGENET  # a decoder that knows nothing; or 'builtin', or the folder of a trained captioner
    seed: int = 1
    language: str | None = None  # BCP 47; None: the one that most captions are surely in

    epochs: int = 15  # of the decoder alone, at most
    tuned_epochs: int = 6  # of the decoder with the last blocks of the encoder, at most
    reward_epochs: int = 5  # of the decoder alone again, rewarded for captions of its own, at most
    epoch_steps: int = 50
    patience: int = 4  # epochs without a better CIDEr on dev after which a phase ends
    batch_size: int = 32  # pictures, each with up to `captions` of its captions
    captions: int = 5
    copies: int = 4  # of each picture: whole, mirrored, cut out with other colours

    learning_rate: float = 6e-4
    tuned_rate: float = 2.5e-4  # of the decoder in the second phase
    encoder_rate: float = 1e-4
    reward_rate: float = 5e-5  # of the decoder in the third
    reward_samples: int = 5  # captions that it makes up of each picture
    caption_weight: float = 0.2  # of people's captions beside the reward
    warm_up_steps: int = 400  # at most, and no more than an eighth of a phase
    weight_decay: float = 0.02
    average: float = 0.998  # weight of the past in the mean of the weights that is kept

    dropout: float = 0.2
    grid_dropout: float = 0.3
    word_dropout: float = 0.05  # words that the decoder is not told
    smoothing: float = 0.1  # of the words that it should say
    bag_weight: float = 0.02  # of the bag of words beside the captions

    width: int = 256
    heads: int = 8
    decoder_layers: int = 3
    max_words: int = 60  # of a caption, at most; fewer where nearly all captions have fewer
    rare: int | None = None  # words seen less often are not learnt; None: 2 times in few captions, 4 in many


def options_for(start: str, seed: int, given: dict[str, Any]) -> TrainOptions:
    """The options of a training from `start`: what is `given`, else what suits that start."""
    suited = {} if start == IMAGENET else {"learning_rate": KNOWING_RATE}
    return TrainOptions(start=start, seed=seed, **suited | given)
