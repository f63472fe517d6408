"""Fifteen plain numbers of a picture, which tell apart what a network for photographs does not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from PIL import Image

if TYPE_CHECKING:
    from captioning.decoding.picture import DecodedPicture

NUMBER = 15
_SIDE_PX = 160  # of the square that they are taken from
_SMALL_PX = 256  # a picture of at least that size may be of any kind
_ALIKE = 3  # levels of brightness between neighbours in one flat area
_EDGE = 64
_BINS = 32  # of brightness
_COLOURS = 4096  # told apart: 16 levels a channel


def statistics(picture: DecodedPicture) -> torch.Tensor:
    """(15,) float32, each roughly between 0 and 1."""
    small = picture.image.resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX)
    pixels = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).view(_SIDE_PX, _SIDE_PX, 3).int()
    colours = (pixels // 16 * torch.tensor([256, 16, 1])).sum(2)  # (H, W), of 4,096
    counts = torch.bincount(colours.flatten(), minlength=_COLOURS).float()
    top = counts.topk(4).values.cumsum(0) / counts.sum()
    border = torch.cat([colours[0], colours[-1], colours[:, 0], colours[:, -1]])
    edge_of = torch.bincount(border, minlength=_COLOURS)
    light = pixels.float() @ torch.tensor([0.299, 0.587, 0.114])
    steps = torch.cat([light.diff(dim=0).abs().flatten(), light.diff(dim=1).abs().flatten()])
    saturation = (pixels.amax(2) - pixels.amin(2)).float()
    share = torch.histc(light, _BINS, 0, 255) / light.numel()
    entropy = -(share * share.clamp(min=1e-9).log2()).sum() / math.log2(_BINS)
    shape = math.log2(picture.width / picture.height)
    size = math.log2(min(picture.width, picture.height, _SMALL_PX)) / math.log2(_SMALL_PX)
    white = (pixels.amin(2) >= 240).float()
    numbers = [
        size,
        min(abs(shape), 4) / 4,
        min(max(shape, 0), 4) / 4,
        math.log2(1 + float((counts > 0).sum())) / 12,
        float(top[0]),
        float(top[3]),
        float(edge_of.amax() / border.numel()),
        float((border == _COLOURS - 1).float().mean()),
        float(white.mean()),
        float((steps <= _ALIKE).float().mean()),
        float((steps >= _EDGE).float().mean()),
        float(saturation.mean() / 255),
        float((saturation < 16).float().mean()),
        float(light.std() / 128),
        float(entropy),
    ]
    return torch.tensor(numbers, dtype=torch.float32)
