"""The files of a captioner of this family: those that ship, and folders that `alt-audit train` wrote."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import safetensors
import safetensors.torch
import torch

from captioning.captioners.builtin.decoder import Decoder, DecoderShape
from captioning.captioners.builtin.encoder import Encoder
from core.errors import CaptionerError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from torch import Tensor

Network = TypeVar("Network", bound=torch.nn.Module)

WEIGHTS, CONFIG, VOCABULARY, CARD = "captioner.safetensors", "config.json", "vocab.json", "MODEL_CARD.md"
SHIPPED = "builtin"
KNOWS = "photographs of people, dogs and sport"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What a captioner is made of."""

    config: dict[str, Any]
    vocabulary: list[str]
    tensors: dict[str, Tensor]
    revision: str  # a short hash of the weights
    settings: str  # and of the other two files
    knows: str
    language: str
    trained_on: str
    end: str  # of each sentence

    def encoder(self) -> Encoder:
        """The encoder, in float32 on the CPU."""
        return _loaded(Encoder(), self.tensors, "encoder.")

    def decoder(self) -> Decoder:
        """The decoder, in float32 on the CPU."""
        return _loaded(Decoder(decoder_shape(self.config["decoder"])), self.tensors, "decoder.")


def read_model(spec: str) -> ModelFiles:
    """The files of 'builtin', or those in a folder. Raises CaptionerError where they are no whole captioner."""
    folder: Traversable = resources.files(__package__) / "weights" if spec == SHIPPED else Path(spec)
    try:
        weights, *others = (folder.joinpath(name).read_bytes() for name in (WEIGHTS, CONFIG, VOCABULARY))
        config, vocabulary = map(json.loads, others)
        files = ModelFiles(
            config,
            [str(word) for word in vocabulary],
            safetensors.torch.load(weights),
            revision=hashlib.sha256(weights).hexdigest()[:12],
            settings=hashlib.sha256(b"".join(others)).hexdigest()[:8],
            knows=config.get("knows", KNOWS),
            language=config.get("language", "en"),
            trained_on=config["trained_on"],
            end=config.get("end", "."),
        )
        if len(files.vocabulary) != config["decoder"]["vocab"]:
            raise ValueError(f"{VOCABULARY} has {len(files.vocabulary)} words, {CONFIG} says otherwise")
        return files
    except (OSError, ValueError, TypeError, KeyError, AttributeError, safetensors.SafetensorError) as error:
        raise damaged(spec, error) from error


def damaged(spec: str, error: Exception) -> CaptionerError:
    """What to tell of files that are not what they should be."""
    gist = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    lines = gist.splitlines() or [""]
    return CaptionerError(f"{spec} is no whole captioner ({lines[0]}): train it anew with `alt-audit train`.")


def decoder_shape(config: dict[str, Any], dropout: float = 0.0, grid_dropout: float = 0.0) -> DecoderShape:
    """The sizes that the section `decoder` of config.json names."""
    return DecoderShape(
        vocabulary=config["vocab"],
        width=config["d"],
        heads=config["heads"],
        encoder_layers=config["enc_layers"],
        decoder_layers=config["layers"],
        expansion=config["ff"],
        positions=config["maxlen"],
        dropout=dropout,
        grid_dropout=grid_dropout,
    )


def _loaded(network: Network, tensors: dict[str, Tensor], prefix: str) -> Network:
    network.load_state_dict(
        {name.removeprefix(prefix): tensor.float() for name, tensor in tensors.items() if name.startswith(prefix)}
    )
    return network.eval().requires_grad_(False)
