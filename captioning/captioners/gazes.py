"""From a network's attention to what is told of it: words, and where in the picture each was looked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from inference.protocol import WHOLE, Gaze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from inference.protocol import Box

_MOST_PARTS = 64  # along a side of the picture
_DIGITS = 6


def gazes(words: Sequence[str], chances: Sequence[float], cells: Tensor, view: Box = WHOLE) -> tuple[Gaze, ...]:
    """What is told of words, with how much each looked at the cells of a grid: (words, rows, columns).

    The grid lies over `view`, the part of the picture that the network saw; nothing was looked at around it.
    """
    left, top, right, bottom = view
    cells = cells.float().cpu()
    whole = _spread(top, bottom, cells.shape[1]) @ cells @ _spread(left, right, cells.shape[2]).T
    shares = whole / whole.sum(dim=(1, 2), keepdim=True)
    return tuple(
        Gaze(word, round(chance, 4), tuple(tuple(round(one, _DIGITS) for one in row) for row in where))
        for word, chance, where in zip(words, chances, shares.tolist(), strict=True)
    )


def _spread(start: float, end: float, cells: int) -> Tensor:
    """(parts, cells): how much of each cell between `start` and `end` of a side lies in each equal part of the side."""
    parts = min(_MOST_PARTS, math.ceil(cells / (end - start) - 1e-6))
    edges = torch.linspace(start, end, cells + 1)
    bounds = torch.linspace(0, 1, parts + 1).unsqueeze(1)
    inside = torch.minimum(edges[1:], bounds[1:]) - torch.maximum(edges[:-1], bounds[:-1])
    return inside.clamp(min=0) * cells / (end - start)
