"""What a network is taught: the next word of people's captions, which words occur in them, and to earn a reward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from captioning.captioners.builtin.search import PAD, START, UNKNOWN
from captioning.training.self_critical import reward_loss

if TYPE_CHECKING:
    from torch import Tensor

    from captioning.training.batches import Batch
    from captioning.training.network import Network
    from captioning.training.reward import Reward
    from captioning.training.train_options import TrainOptions


@dataclass(frozen=True, slots=True)
class Objective:
    """What is descended on."""

    options: TrainOptions
    device: torch.device
    half: bool  # whether layers compute in bfloat16
    reward: Reward

    def of(self, network: Network, batch: Batch, *, rewarded: bool) -> tuple[Tensor, float]:
        """The number to descend on, and the one to tell: that, or the mean reward.

        Where captions of its own are rewarded, some of people's are learnt beside, so that chances stay chances.
        """
        if not rewarded:
            loss = loss_of(network, batch, self.options, self.device, half=self.half)
            return loss, loss.item()
        loss, reward = reward_loss(network, batch, self.reward, self.options, self.device, half=self.half)
        kept = torch.randperm(len(batch.words))[: len(batch.middle)]
        fewer = replace(batch, words=batch.words[kept], pictures=batch.pictures[kept])
        captions = loss_of(network, fewer, self.options, self.device, half=self.half)
        return loss + self.options.caption_weight * captions, reward


def loss_of(network: Network, batch: Batch, options: TrainOptions, device: torch.device, *, half: bool) -> Tensor:
    """How far the network is from a batch: a number to descend on.

    Each word is asked for with those before it as people wrote them; words that are not learnt are not asked for. With
    `half` the layers compute in bfloat16.
    """
    words, bag = batch.words.to(device), batch.bag.to(device)
    told, asked = words[:, :-1], words[:, 1:].flatten()
    if options.word_dropout and network.training:
        hidden = (torch.rand(told.shape, device=device) < options.word_dropout) & (told != START) & (told != PAD)
        told = told.masked_fill(hidden, UNKNOWN)
    kept = ((asked != PAD) & (asked != UNKNOWN)).nonzero()[:, 0]
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        memory = network.decoder.look(network.grid(batch.middle.to(device).float()))
        read = network.decoder.read(memory, told, batch.pictures.to(device))
        logits = network.decoder.scores(read.flatten(0, 1)[kept])
        occurring = network.decoder.bag_logits(memory)
    captions = functional.cross_entropy(logits.float(), asked[kept], label_smoothing=options.smoothing)
    words_at_all = functional.binary_cross_entropy_with_logits(occurring.float(), bag, reduction="none").sum(1).mean()
    return captions + options.bag_weight * words_at_all
