"""A trained network as a folder that `--model` takes."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch

from captioning.captioners.builtin.backend import MODEL_TYPE
from captioning.captioners.builtin.files import CARD, CONFIG, VOCABULARY, WEIGHTS
from captioning.training.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from captioning.captioners.builtin.captioner import Confidence
    from captioning.captioners.builtin.decoder import DecoderShape
    from captioning.captioners.builtin.search import SearchSettings
    from captioning.training.lessons import Lessons
    from captioning.training.network import Network

APACHE = "LICENSE-APACHE"  # of the encoder
_FORMULA = (
    "w_mean_logp * mean log-probability of the words, the end included + w_bow * mean log-probability of the distinct "
    "content words in the bag of words + bias = expected share of content words that a person also used"
)


def round_weights(network: Network) -> None:
    """Give each weight the value that a file in float16 keeps of it, so that what is measured is what is written."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())


def config_of(
    shape: DecoderShape,
    lessons: Lessons,
    search: SearchSettings,
    confidence: Confidence,
    quartiles: list[float],
    trained_on: str,
    knows: str,
) -> dict[str, Any]:
    """config.json, with the keys of the shipped one."""
    return {
        "model_type": MODEL_TYPE,
        "encoder": "efficientnet-lite0, BatchNorm folded, 7x7x1280 grid",
        "image": {
            "size": 224,
            "resize": "whole picture stretched to 224x224, bicubic",
            "mean": 127.0,
            "std": 128.0,
        },
        "decoder": {
            "kind": "transformer",
            "vocab": shape.vocabulary,
            "d": shape.width,
            "layers": shape.decoder_layers,
            "enc_layers": shape.encoder_layers,
            "heads": shape.heads,
            "ff": shape.expansion,
            "maxlen": shape.positions,
        },
        "decode": {
            "beam": search.beams,
            "alpha": search.length_power,
            "no_repeat_ngram": 2,
            "maxlen": search.max_words,
            "sharpness": search.sharpness,
        },
        "language": lessons.language,
        "end": lessons.end,
        "knows": knows,
        "trained_on": trained_on,
        "confidence": {
            "formula": _FORMULA,
            "w_mean_logp": confidence.per_mean_log_prob,
            "w_bow": confidence.per_bag_of_words,
            "bias": confidence.offset,
            "threshold": confidence.threshold,
            "dev_quartiles": quartiles,
        },
    }


def write_model(folder: Path, network: Network, lessons: Lessons, config: dict[str, Any], card: str) -> None:
    """Write all files, config.json last: without it the folder is no model. Raises CaptionerError."""
    tensors = {name: tensor.half().contiguous().cpu() for name, tensor in network.state_dict().items()}
    licence = resources.files("captioning.captioners.builtin") / "weights" / APACHE
    files = {
        WEIGHTS: safetensors.torch.save(tensors, metadata={"format": "pt"}),
        VOCABULARY: json.dumps(lessons.vocabulary.words, ensure_ascii=False, indent=0).encode(),
        APACHE: licence.read_bytes(),
        CARD: card.encode(),
        CONFIG: json.dumps(config, ensure_ascii=False, indent=1).encode(),
    }
    for name, content in files.items():
        with replacing(folder / name) as file:
            file.write(content)
