"""Low-rank adapters (LoRA) for the layers of a network, whatever its family."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import peft
import torch
from transformers.pytorch_utils import Conv1D

if TYPE_CHECKING:
    from captioning.captioners.huggingface.untyped import Part
    from captioning.training.huggingface.tune_options import TuneOptions


def adapted(model: Part, options: TuneOptions) -> Part:
    """The network with adapters in its linear layers, in place: the network itself computes with them, too."""
    config = peft.LoraConfig(
        r=options.rank,
        lora_alpha=round(options.rank * options.scale),
        lora_dropout=options.dropout,
        target_modules=_layers(model),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at how peft asks transformers, and at the transposed layers of GPT-2
        return peft.get_peft_model(model, config)


def _layers(model: Part) -> list[str]:
    """Names of the linear layers, but for those that choose the word.

    These mostly share their weights with the words that are read; merged apart, the two would not fit into one file.
    """
    tables = {id(part.weight): part for part in model.modules() if isinstance(part, torch.nn.Embedding)}
    words = max(part.num_embeddings for part in tables.values())
    return [
        name
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear | Conv1D)
        and id(part.weight) not in tables
        and words not in part.weight.shape
    ]
