"""Self-critical sequence training: captions that the network makes up are learnt where they are worth more than others.

Rennie et al., 2017, with the mean of a picture's other captions as the bar to be cleared (Luo, 2020), so no search is
needed. Captions are drawn from sharpened chances: it is those at the top that a search reads, and the chances as such
stay those of people's captions, which are learnt beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from captioning.captioners.builtin.search import END, PAD, START, UNKNOWN

if TYPE_CHECKING:
    from torch import Tensor

    from captioning.captioners.builtin.decoder import Decoder
    from captioning.training.batches import Batch
    from captioning.training.network import Network
    from captioning.training.reward import Reward
    from captioning.training.train_options import TrainOptions

SHARPNESS = 2.0  # that log-probabilities are multiplied by
_UNSAID = [PAD, START, UNKNOWN]


def draw_captions(decoder: Decoder, memory: Tensor, number: int) -> Tensor:
    """So many captions by chance for each row of the memory (B, cells, W): ids (B * number, T), PAD behind the end."""
    state = decoder.start(memory)
    words = torch.full((len(memory), number), START, device=memory.device)
    written: list[Tensor] = []
    ended = torch.zeros_like(words, dtype=torch.bool)
    while len(written) < decoder.shape.positions - 1 and not bool(ended.all()):
        chances = _sharpened(decoder.step(state, words)).softmax(dim=-1)
        words = torch.multinomial(chances.flatten(0, 1), 1).view_as(words).masked_fill(ended, PAD)
        written.append(words)
        ended |= words == END
    return torch.stack(written, dim=-1).flatten(0, 1)


def reward_loss(
    network: Network, batch: Batch, reward: Reward, options: TrainOptions, device: torch.device, *, half: bool
) -> tuple[Tensor, float]:
    """A number to descend on for captions that people might say, and what those drawn now are worth on average."""
    samples, training = options.reward_samples, network.training
    # Apart from what is learnt: autocast keeps the weights that it has cast, here without their gradients.
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=half):
        grid = network.grid(batch.middle.to(device).float())
        captions = draw_captions(network.eval().decoder, network.decoder.look(grid), samples)
    network.train(training)
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        told = functional.pad(captions[:, :-1], (1, 0), value=START)
        pictures = torch.arange(len(grid), device=device).repeat_interleave(samples)
        read = network.decoder.read(network.decoder.look(grid), told, pictures)
        kept = (captions != PAD).flatten().nonzero()[:, 0]
        logits = network.decoder.scores(read.flatten(0, 1)[kept])
    rows = [row for row in batch.rows for _ in range(samples)]
    worth = torch.tensor([reward.of(row, caption) for row, caption in zip(rows, captions.tolist(), strict=True)])
    of_picture = worth.view(-1, samples)
    others = (of_picture.sum(dim=1, keepdim=True) - of_picture) / (samples - 1)
    gain = (of_picture - others).view(-1, 1).expand_as(captions).flatten().to(device)[kept]
    surprise = functional.cross_entropy(_sharpened(logits.float()), captions.flatten()[kept], reduction="none")
    return (gain * surprise).mean(), float(worth.mean())


def _sharpened(logits: Tensor) -> Tensor:
    logits = SHARPNESS * logits
    logits[..., _UNSAID] = -torch.inf
    return logits
