"""Beam search over the decoder, for a whole batch at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from captioning.captioners.builtin.decoder import Decoder

PAD, START, END, UNKNOWN = range(4)  # the first words of the vocabulary


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How captions are searched; `config.json` beside the weights has the values, chosen on Flickr8k dev.

    Three beams: more gain nothing.
    """

    beams: int
    length_power: float  # a caption's score is its log-probability / length ** this; 0 favours short ones
    max_words: int  # the end included
    sharpness: float = 1.0  # that log-probabilities are multiplied by: that of the captions that were rewarded


@dataclass(frozen=True, slots=True)
class Sentence:
    """The best caption found for one picture."""

    words: tuple[int, ...]  # ids, without start and end
    mean_log_prob: float  # per word, the end included, before they are sharpened


def beam_search(decoder: Decoder, memory: Tensor, settings: SearchSettings) -> list[Sentence]:
    """The best caption for each row of the memory (B, cells, W), in order; no two words in a row occur twice in it.

    A picture is done once as many captions as there are beams have ended. What becomes of it does not depend on the
    other pictures of the batch, which only decide how long the loop runs.
    """
    pictures, beams, device = len(memory), settings.beams, memory.device
    state = decoder.start(memory)
    rows = torch.arange(pictures, device=device).unsqueeze(1)  # (B, 1)

    words = torch.full((pictures, beams), START, device=device)
    written = torch.empty((pictures, beams, 0), dtype=torch.long, device=device)
    # All beams start alike: but for the first they are ruled out, or each would be found `beams` times.
    totals = torch.full((pictures, beams), -torch.inf, device=device)
    totals[:, 0] = 0.0
    plain_totals = torch.zeros_like(totals)  # what confidence is made of

    best = torch.full((pictures, settings.max_words), PAD, device=device)
    best_score = torch.full((pictures,), -torch.inf, device=device)
    best_mean = torch.zeros(pictures, device=device)
    ended = torch.zeros(pictures, dtype=torch.long, device=device)

    for step in range(settings.max_words):
        plain = decoder.step(state, words)  # (B, beams, V)
        log_probs = (settings.sharpness * plain).log_softmax(dim=-1)
        log_probs[..., [PAD, START, UNKNOWN]] = -torch.inf
        _rule_out_repeated_pairs(log_probs, written)

        # Twice as many candidates as beams: each beam ends in one of them at most, so enough go on.
        candidates = (totals.unsqueeze(-1) + log_probs).flatten(1)  # (B, beams * V)
        values, flat = candidates.topk(2 * beams, dim=1)  # (B, 2 * beams), best first
        plain_values = (plain_totals.unsqueeze(-1) + plain).flatten(1).gather(1, flat)
        parents, tokens = flat // log_probs.shape[-1], flat % log_probs.shape[-1]
        ends = tokens == END
        going_on = (~ends).cumsum(dim=1)  # how many of the candidates up to each go on

        # An end counts where it ranks above the last beam that goes on; a picture that is done has no finite totals.
        counts = ends & (going_on < beams) & values.isfinite()
        length = step + 1
        scores = (values / length**settings.length_power).masked_fill(~counts, -torch.inf)
        score, place = scores.max(dim=1)
        better = score > best_score
        parent = parents.gather(1, place.unsqueeze(1))  # (B, 1)
        sentence = written[rows, parent].squeeze(1)  # (B, step)
        best[:, :step] = torch.where(better.unsqueeze(1), sentence, best[:, :step])
        best_score = torch.where(better, score, best_score)
        best_mean = torch.where(better, plain_values.gather(1, place.unsqueeze(1)).squeeze(1) / length, best_mean)
        ended += counts.sum(dim=1)

        kept = (~ends & (going_on <= beams)).nonzero()[:, 1].view(pictures, beams)
        words, parents = tokens.gather(1, kept), parents.gather(1, kept)
        written = torch.cat([written[rows, parents], words.unsqueeze(-1)], dim=-1)  # (B, beams, step + 1)
        plain_totals = plain_values.gather(1, kept)
        totals = values.gather(1, kept).masked_fill((ended >= beams).unsqueeze(1), -torch.inf)
        decoder.reorder(state, (rows * beams + parents).flatten())
        if bool((ended >= beams).all()):
            break

    # A picture none of whose captions came to an end in time: the likeliest as far as it got.
    endless = ended == 0
    best[endless, : written.shape[-1]] = written[endless, 0]
    best_mean = torch.where(endless, plain_totals[:, 0] / written.shape[-1], best_mean)
    return [
        Sentence(tuple(word for word in ids if word != PAD), mean)
        for ids, mean in zip(best.tolist(), best_mean.tolist(), strict=True)
    ]


def _rule_out_repeated_pairs(log_probs: Tensor, written: Tensor) -> None:
    """Forbid, in place, each word that has already followed a beam's last word.

    Log-probabilities (B, beams, V), written words (B, beams, T). Without this small captioners stutter ("a hat and a
    hat").
    """
    if written.shape[-1] < 2:
        return
    same = written[..., :-1] == written[..., -1:]  # (B, beams, T - 1): where the last word stood before
    followers = written[..., 1:].where(same, PAD)  # PAD is forbidden anyway
    log_probs.scatter_(-1, followers, -torch.inf)
