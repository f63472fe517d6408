"""The built-in captioner: shipped weights, a fixed preparation, and a confidence below which it keeps quiet."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

import safetensors.torch
import torch
from PIL import Image

from captioning.captioners.builtin.decoder import Decoder, DecoderShape
from captioning.captioners.builtin.encoder import Encoder
from captioning.captioners.builtin.search import SearchSettings, beam_search
from captioning.captioners.builtin.text import FUNCTION_WORDS, write_sentence
from inference.device import Placement, batch_size_for, pinned_for
from inference.protocol import MARGIN, Caption, CaptionerInfo, described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from captioning.captioners.builtin.search import Sentence

Network = TypeVar("Network", bound=torch.nn.Module)

# Preparation, search, wording and threshold. Raise the number when a picture may get another caption.
KNOWS = "photographs of people, dogs and sport"
PROMPT_VERSION = "builtin-2"

_MEDIAN = 1  # of the three quartiles


@dataclass(frozen=True, slots=True)
class _Confidence:
    """Coefficients of the expected share of a caption's content words that a person would use too.

    A linear fit to Flickr8k dev over the mean log-probability of the caption's words, the end included, and the mean
    log-probability that the bag of words gives its distinct content words.
    """

    per_mean_log_prob: float
    per_bag_of_words: float
    offset: float
    threshold: float  # below it the captioner abstains: the median over Flickr8k dev

    def of(self, mean_log_prob: float, mean_bag_log_prob: float) -> float:
        """In [0, 1]."""
        share = self.per_mean_log_prob * mean_log_prob + self.per_bag_of_words * mean_bag_log_prob + self.offset
        return min(max(share, 0.0), 1.0)


class BuiltinCaptioner:
    """Captions photographs of people, dogs and sport in English, and abstains from most others.

    Always in float32: the model is small, and its confidence was fitted in it.
    """

    usage = None

    def __init__(self, device: torch.device, *, reason: str = "") -> None:
        """Load the weights onto a device; `reason` says in the description why it was chosen."""
        folder = resources.files(__package__) / "weights"
        weights = (folder / "captioner.safetensors").read_bytes()
        config = json.loads((folder / "config.json").read_bytes())
        self._vocabulary: list[str] = json.loads((folder / "vocab.json").read_bytes())
        self._content = frozenset(index for index, word in enumerate(self._vocabulary) if word not in FUNCTION_WORDS)
        self._input_px: int = config["image"]["size"]
        self._mean: float = config["image"]["mean"]
        self._scale: float = config["image"]["std"]
        self._settings = SearchSettings(
            beams=config["decode"]["beam"],
            length_power=config["decode"]["alpha"],
            max_words=config["decode"]["maxlen"],
        )
        self._confidence = _Confidence(
            per_mean_log_prob=config["confidence"]["w_mean_logp"],
            per_bag_of_words=config["confidence"]["w_bow"],
            offset=config["confidence"]["bias"],
            threshold=config["confidence"]["dev_quartiles"][_MEDIAN],
        )
        self._device = device
        tensors = safetensors.torch.load(weights)
        self._encoder = _load(Encoder(), tensors, "encoder.", device)
        self._encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its annotations
        self._decoder = _load(Decoder(_decoder_shape(config["decoder"])), tensors, "decoder.", device)
        revision = hashlib.sha256(weights).hexdigest()[:12]
        self.info = CaptionerInfo(
            model="builtin",
            revision=revision,
            prompt_version=PROMPT_VERSION,
            description=described(
                f"builtin {revision} ({Placement(device, torch.float32)}; {KNOWS}; "
                "weights trained on Flickr8k, non-commercial research data)",
                reason,
            ),
            side_px=round(MARGIN * self._input_px),
            batch_size=batch_size_for(device),
            knows=KNOWS,
        )

    def prepare(self, image: Image.Image) -> Tensor:
        """The whole picture, stretched to a square as the training pictures were: uint8 (3, 224, 224)."""
        small = image.resize((self._input_px, self._input_px), Image.Resampling.BICUBIC)
        pixels = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8)
        return pixels.view(self._input_px, self._input_px, 3).permute(2, 0, 1)

    def collate(self, features: Sequence[Tensor]) -> Tensor:
        """uint8 (B, 3, 224, 224)."""
        return pinned_for(self._device, torch.stack(tuple(features)))

    @torch.inference_mode()
    def generate(self, batch: Tensor) -> list[Caption]:
        """One caption for each picture; None as text where the confidence is below the threshold."""
        pixels = batch.to(self._device, non_blocking=True)
        pixels = ((pixels.float() - self._mean) / self._scale).contiguous(memory_format=torch.channels_last)
        memory = self._decoder.look(self._encoder(pixels))
        bags = self._decoder.bag_of_words(memory).cpu()  # (B, vocabulary)
        sentences = beam_search(self._decoder, memory, self._settings)
        return [self._judge(sentence, bag) for sentence, bag in zip(sentences, bags, strict=True)]

    def _judge(self, sentence: Sentence, bag: Tensor) -> Caption:
        text = write_sentence([self._vocabulary[word] for word in sentence.words]) or None
        content = sorted(self._content.intersection(sentence.words))
        # "There is one on the other" says nothing of the picture.
        confidence = self._confidence.of(sentence.mean_log_prob, float(bag[content].mean())) if content else 0.0
        if not content or confidence < self._confidence.threshold:
            return Caption(None, confidence, withheld=text)
        return Caption(text, confidence)


def _decoder_shape(config: dict[str, Any]) -> DecoderShape:
    return DecoderShape(
        vocabulary=config["vocab"],
        width=config["d"],
        heads=config["heads"],
        encoder_layers=config["enc_layers"],
        decoder_layers=config["layers"],
        expansion=config["ff"],
        positions=config["maxlen"],
    )


def _load(network: Network, tensors: dict[str, Tensor], prefix: str, device: torch.device) -> Network:
    network.load_state_dict(
        {name.removeprefix(prefix): tensor.float() for name, tensor in tensors.items() if name.startswith(prefix)}
    )
    return network.eval().requires_grad_(False).to(device)
