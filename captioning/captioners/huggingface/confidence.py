"""How sure a model was of the tokens it chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import transformers

if TYPE_CHECKING:
    from torch import Tensor


class GreedyLogProbs(transformers.LogitsProcessor):
    """Notes the log-probability of each token that greedy decoding chooses: the likeliest one.

    `generate` has it only by way of all its scores, a number for each word of the vocabulary at every step: gigabytes
    for a large batch. This keeps one number a step.
    """

    def __init__(self) -> None:
        self._steps: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores of the next token, (B, vocabulary), as they came."""
        self._steps.append(scores.amax(dim=-1) - scores.logsumexp(dim=-1))
        return scores

    def log_probs(self) -> Tensor:
        """(B, T)"""
        return torch.stack(self._steps, dim=1)


def geometric_means(log_probs: Tensor, tokens: Tensor, end_ids: Tensor) -> Tensor:
    """Log-probabilities and ids of tokens, both (B, T) -> the geometric mean of each row's probabilities, (B,).

    A row counts up to its first end token; behind it stands padding, with scores that mean nothing.
    """
    ends = torch.isin(tokens, end_ids).long()
    counts = ends.cumsum(dim=1) - ends == 0
    return (log_probs.where(counts, 0.0).sum(dim=1) / counts.sum(dim=1)).exp()
