"""Linear layers that multiply in 8-bit integers: for processors that do not multiply in bfloat16.

Weights are rounded once, with a scale for each of a layer's outputs; what goes into a layer is rounded when it comes,
with one scale for the whole batch. torchao, which is to take the place of torch's own quantisation, has no quick way
for a CPU without compiling: BLIP base took half as much again as in float32 there.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch

from core.errors import CaptionerError

if TYPE_CHECKING:
    from captioning.captioners.huggingface.untyped import Part


def quantize_linear(network: Part) -> None:
    """Put 8-bit layers in the place of a network's linear ones. Raises CaptionerError where torch has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces, release after release, that it will take this out
        try:
            from torch.ao import quantization
        except ImportError as error:
            raise CaptionerError(
                f"torch {torch.__version__} has no 8-bit layers for CPUs any more: set caption.dtype to auto."
            ) from error
        untyped: Part = quantization
        kinds = {torch.nn.Linear: untyped.per_channel_dynamic_qconfig}
        untyped.quantize_dynamic(network, kinds, dtype=torch.qint8, inplace=True)
