"""The network that is trained: the shipped one's encoder and decoder, with the words of the lessons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import safetensors.torch
import torch
from torch import Tensor, nn

from captioning.analysers.kind.files import weights as imagenet_weights
from captioning.analysers.kind.network import OWN
from captioning.captioners.builtin.backend import matches
from captioning.captioners.builtin.decoder import Decoder, DecoderShape
from captioning.captioners.builtin.encoder import LOWER_BLOCKS, Encoder
from captioning.captioners.builtin.files import SHIPPED, ModelFiles, decoder_shape, read_model
from captioning.training.train_options import IMAGENET
from core.errors import UsageError

if TYPE_CHECKING:
    from captioning.training.train_options import TrainOptions

_SPREAD = 0.02  # of the numbers that say where a cell or a word is, at first
_SELDOM = -5.0  # logit of a word in the bag of words, at first: nearly none occurs in a given caption


class Network(nn.Module):
    """An encoder whose upper blocks are trained, and a decoder."""

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def grid(self, middle: Tensor) -> Tensor:
        """Features (B, 14, 14, 112) as they are kept on the disk -> the decoder's grid (B, 49, 1280)."""
        return self.encoder.upper(middle.permute(0, 3, 1, 2))

    def upper_parameters(self) -> list[nn.Parameter]:
        """Of the blocks of the encoder that are trained."""
        lower = {id(parameter) for parameter in self.lower_parameters()}
        return [parameter for parameter in self.encoder.parameters() if id(parameter) not in lower]

    def lower_parameters(self) -> list[nn.Parameter]:
        """Of those that are not."""
        return [*self.encoder.stem.parameters(), *self.encoder.blocks[:LOWER_BLOCKS].parameters()]


def starting_files(options: TrainOptions) -> ModelFiles | None:
    """The captioner that training goes on from; None where the decoder starts from nothing.

    Raises UsageError where there is none of that name, CaptionerError where its files are damaged.
    """
    if options.start == IMAGENET:
        return None
    if not matches(options.start):
        raise UsageError(
            f"{options.start} is no captioner that training can go on from: name {IMAGENET}, {SHIPPED} or a folder "
            "that alt-audit train wrote"
        )
    return read_model(options.start)


def build_network(options: TrainOptions, files: ModelFiles | None, words: int, max_words: int) -> Network:
    """A network that can say so many words, in captions of so many; what `files` know of them it knows."""
    torch.manual_seed(options.seed)
    positions = max_words + 1  # START is read, END is not
    if files is None:
        shape = DecoderShape(
            vocabulary=words,
            width=options.width,
            heads=options.heads,
            encoder_layers=1,
            decoder_layers=options.decoder_layers,
            expansion=4,
            positions=positions,
            dropout=options.dropout,
            grid_dropout=options.grid_dropout,
        )
        return Network(_imagenet_encoder(), _new_decoder(shape))
    shape = decoder_shape(files.config["decoder"], options.dropout, options.grid_dropout)
    shape = replace(shape, vocabulary=words, positions=max(positions, shape.positions))
    decoder = _new_decoder(shape)
    _take_over(decoder, files.decoder())
    return Network(files.encoder(), decoder)


def _new_decoder(shape: DecoderShape) -> Decoder:
    decoder = Decoder(shape)
    nn.init.normal_(decoder.grid, std=_SPREAD)
    nn.init.normal_(decoder.pos, std=_SPREAD)
    nn.init.normal_(decoder.emb.weight, std=shape.width**-0.5)
    nn.init.zeros_(decoder.bias)
    nn.init.constant_(decoder.aux.bias, _SELDOM)
    return decoder


@torch.no_grad()
def _take_over(decoder: Decoder, known: Decoder) -> None:
    """The weights of a decoder with fewer words or positions; the further ones stay as they are."""
    there = known.state_dict()
    for name, parameter in decoder.named_parameters():
        if parameter.shape == there[name].shape:
            parameter.copy_(there[name])
        else:
            parameter[: len(there[name])] = there[name]


def _imagenet_encoder() -> Encoder:
    """EfficientNet-Lite0 as ImageNet made it: the shipped lower blocks, and the upper ones of the kind analyser."""
    encoder = read_model(SHIPPED).encoder()
    own = safetensors.torch.load(imagenet_weights())
    tensors = encoder.state_dict() | {name: tensor.float() for name, tensor in own.items() if name.startswith(OWN)}
    encoder.load_state_dict(tensors)
    return encoder
