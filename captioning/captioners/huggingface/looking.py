"""Where models of BLIP's kind look for a word: their text decoder's attention to the patches of the picture.

The finished caption is read at once. What is told is the mean over the heads and over the later half of the layers: the
first ones have hardly read the words before. That is a choice; which layers show most was not measured.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from captioning.captioners.huggingface.untyped import Part

_BLIP, _PAIR = "blip", "vision-encoder-decoder"
_MOST_MARKS = 8  # before the patches: of a class, of a teacher, registers


def can_look(network: Part) -> bool:
    """Whether a network has a text decoder that looks at patches of the picture."""
    return network.config.model_type in {_BLIP, _PAIR}


def look(network: Part, pixels: Tensor, before: Sequence[int], caption: Sequence[int]) -> tuple[Tensor, Tensor] | None:
    """The chance of each token of a caption, (T,), and how much it looks at each patch, (T, rows, columns).

    `pixels` are (1, 3, height, width), `before` what the network writes before a caption, at least one token. None
    where its patches are no grid over the picture, or its numbers overflow.
    """
    told = torch.tensor([[*before, *caption[:-1]]], device=pixels.device)
    first = len(before) - 1  # what is read there is followed by the first token of the caption
    if network.config.model_type == _BLIP:
        seen = network.vision_model(pixel_values=pixels).last_hidden_state
        with _handing_out(network.text_decoder):
            read = network.text_decoder(input_ids=told, encoder_hidden_states=seen, output_attentions=True)
    else:
        encoded = network.encoder(pixel_values=pixels)
        with _handing_out(network.decoder):
            read = network(encoder_outputs=encoded, decoder_input_ids=told, output_attentions=True)
    chances = read.logits[0, first:].float().softmax(dim=-1)
    chances = chances.gather(1, torch.tensor(caption, device=pixels.device).unsqueeze(1))[:, 0]
    layers = read.cross_attentions[len(read.cross_attentions) // 2 :]
    shares = torch.stack([layer[0, :, first:].float().mean(dim=0) for layer in layers]).mean(dim=0)  # (T, patches)
    rows, columns = _grid(shares.shape[1], *pixels.shape[-2:])
    marks = shares.shape[1] - rows * columns
    if marks > _MOST_MARKS or not (chances.isfinite().all() and shares.isfinite().all()):
        return None
    return chances, shares[:, marks:].reshape(-1, rows, columns)


def words_of(tokenizer: Part, caption: Sequence[int]) -> list[tuple[str, list[int]]]:
    """The words of a caption in tokens, each with the places of its tokens; marks beside a word are part of it."""
    said = [tokenizer.decode(caption[: end + 1], skip_special_tokens=True).split() for end in range(len(caption))]
    words = said[-1] if said else []
    begun = [min(len(one), len(words)) for one in said]  # of the words, with each token
    return [
        (word, [place for place, number in enumerate(begun) if number == count] or [_first_behind(begun, count)])
        for count, word in enumerate(words, 1)
    ]


def _first_behind(begun: Sequence[int], count: int) -> int:
    """The token of a word that another one begins in, too."""
    return next(place for place, number in enumerate(begun) if number > count)


def _grid(patches: int, height_px: int, width_px: int) -> tuple[int, int]:
    """Rows and columns of square patches over a picture of this size, marks among them left over."""
    return math.isqrt(patches * height_px // width_px), math.isqrt(patches * width_px // height_px)


@contextmanager
def _handing_out(decoder: Part) -> Iterator[None]:
    """Have a decoder hand out its attention, which fused kernels never write down."""
    usual = decoder.config._attn_implementation
    decoder.set_attn_implementation("eager")
    try:
        yield
    finally:
        decoder.set_attn_implementation(usual)
