"""EfficientNet-Lite0 as a feature extractor: a picture in, a 7x7 grid of features out.

The network of https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite (Apache-2.0): no
squeeze-and-excitation, ReLU6 throughout. BatchNorm is folded into the convolutions before it, so each has a bias, and
the classifier is left out; training, too, leaves it so. Attribute names are those of the weights file.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

FEATURES = 1280  # channels of the grid
LOWER_BLOCKS = 11  # training leaves the stem and these as ImageNet made them


@dataclass(frozen=True, slots=True)
class _Stage:
    """A run of blocks with the same width; only the first may change stride and channels."""

    kernel: int
    repeats: int
    channels: int
    expansion: int  # how many times wider a block is inside
    stride: int


# Lite0 keeps the first and the last stage of EfficientNet-B0 as they are and scales nothing in between.
_STEM_CHANNELS = 32
_STAGES = (
    _Stage(kernel=3, repeats=1, channels=16, expansion=1, stride=1),
    _Stage(kernel=3, repeats=2, channels=24, expansion=6, stride=2),
    _Stage(kernel=5, repeats=2, channels=40, expansion=6, stride=2),
    _Stage(kernel=3, repeats=3, channels=80, expansion=6, stride=2),
    _Stage(kernel=5, repeats=3, channels=112, expansion=6, stride=1),
    _Stage(kernel=5, repeats=4, channels=192, expansion=6, stride=2),
    _Stage(kernel=3, repeats=1, channels=320, expansion=6, stride=1),
)


class _SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME pads, which the weights were trained with.

    At stride 2 on an even side TensorFlow pads right and below only, where torch's symmetric padding would shift
    every later feature by half a step.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        # At stride 1 both pad alike, and the convolution does so itself without a copy of its input.
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(channels_in, channels_out, kernel, stride, padding, groups=groups)
        self._side, self._step = kernel, stride

    def _padding_for(self, side_px: int) -> tuple[int, int]:
        """Pixels to add before and after one axis of this length."""
        steps = -(-side_px // self._step)
        total = max((steps - 1) * self._step + self._side - side_px, 0)
        return total // 2, total - total // 2

    def forward(self, x: Tensor) -> Tensor:
        if self._step != 1:
            height, width = x.shape[-2:]
            x = functional.pad(x, (*self._padding_for(width), *self._padding_for(height)))
        return super().forward(x)


class _Block(nn.Module):
    """Inverted residual: widen, filter each channel on its own, narrow; added to its input where shapes allow."""

    def __init__(self, channels_in: int, stage: _Stage, stride: int) -> None:
        super().__init__()
        inner = channels_in * stage.expansion
        layers: list[nn.Module] = []
        if stage.expansion != 1:
            layers += [_SameConv2d(channels_in, inner, 1), nn.ReLU6(inplace=True)]
        layers += [
            _SameConv2d(inner, inner, stage.kernel, stride, groups=inner),
            nn.ReLU6(inplace=True),
            _SameConv2d(inner, stage.channels, 1),
        ]
        self.f = nn.Sequential(*layers)
        self._residual = stride == 1 and channels_in == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.f(x)
        return x + y if self._residual else y


class Encoder(nn.Module):
    """EfficientNet-Lite0 without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_SameConv2d(3, _STEM_CHANNELS, 3, stride=2), nn.ReLU6(inplace=True))
        blocks: list[nn.Module] = []
        channels = _STEM_CHANNELS
        for stage in _STAGES:
            for repeat in range(stage.repeats):
                blocks.append(_Block(channels, stage, stage.stride if repeat == 0 else 1))
                channels = stage.channels
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(_SameConv2d(channels, FEATURES, 1), nn.ReLU6(inplace=True))

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, 224, 224), (value - 127) / 128, to a grid (B, 49, 1280) in reading order.

        Three times as fast on a CPU where both the pixels and the weights are in `torch.channels_last`.
        """
        return self.upper(self.lower(pixels))

    def lower(self, pixels: Tensor) -> Tensor:
        """Pixels to what the blocks that are never trained make of them, (B, 112, 14, 14)."""
        middle: Tensor = self.blocks[:LOWER_BLOCKS](self.stem(pixels))
        return middle

    def upper(self, middle: Tensor) -> Tensor:
        """What `lower` made of pictures to their grids."""
        grid: Tensor = self.head(self.blocks[LOWER_BLOCKS:](middle))  # (B, 1280, 7, 7)
        return grid.flatten(2).transpose(1, 2)  # (B, 49, 1280)
