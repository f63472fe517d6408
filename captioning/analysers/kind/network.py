"""EfficientNet-Lite0 as it came from ImageNet: its features, and what its own classifier makes of them.

The first blocks are those of the built-in captioner's encoder, which its training left as they were; the last blocks
and the classifier lie beside this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import safetensors.torch
import torch
from PIL import Image

from captioning.analysers.kind.files import shared_weights
from captioning.captioners.builtin.encoder import Encoder

if TYPE_CHECKING:
    from torch import Tensor

INPUT_PX = 224
MEAN, SCALE = 127.0, 128.0
OWN = ("blocks.11.", "blocks.12.", "blocks.13.", "blocks.14.", "blocks.15.", "head.")  # not the captioner's


class Network:
    """Features (1280,) of a picture, and the probabilities of ImageNet's 1,000 classes."""

    def __init__(self, own: dict[str, Tensor]) -> None:
        """`own`: the tensors of the last blocks, and of the classifier under `fc.`."""
        shared = safetensors.torch.load(shared_weights())
        tensors = {
            name: tensor.float()
            for name, tensor in (
                (name.removeprefix("encoder."), tensor)
                for name, tensor in shared.items()
                if name.startswith("encoder.")
            )
            if not name.startswith(OWN)
        }
        tensors |= {name: tensor.float() for name, tensor in own.items() if name.startswith(OWN)}
        self._encoder = Encoder()
        self._encoder.load_state_dict(tensors)
        self._encoder.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._weight, self._bias = own["fc.weight"].float(), own["fc.bias"].float()

    @torch.inference_mode()
    def features(self, image: Image.Image) -> Tensor:
        """The whole picture, stretched to a square: the mean over the grid, (1280,)."""
        small = image.resize((INPUT_PX, INPUT_PX), Image.Resampling.BICUBIC)
        pixels = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8)
        pixels = pixels.view(1, INPUT_PX, INPUT_PX, 3).permute(0, 3, 1, 2)
        grid: Tensor = self._encoder(((pixels.float() - MEAN) / SCALE).contiguous(memory_format=torch.channels_last))
        return grid.mean(dim=1)[0]

    @torch.inference_mode()
    def classes(self, features: Tensor) -> Tensor:
        """(1000,) probabilities."""
        return torch.softmax(self._weight @ features + self._bias, dim=0)
