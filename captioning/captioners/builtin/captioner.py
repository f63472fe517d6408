"""The built-in captioner: shipped or trained weights, a fixed preparation, a confidence below which it keeps quiet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from captioning.captioners.builtin.files import SHIPPED, damaged, read_model
from captioning.captioners.builtin.search import START, UNKNOWN, SearchSettings, beam_search
from captioning.captioners.builtin.text import function_words_of, split_words, write_sentence
from captioning.captioners.gazes import gazes
from inference.device import Placement, batch_size_for, pinned_for
from inference.protocol import MARGIN, Caption, CaptionerInfo, described

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

    from captioning.captioners.builtin.decoder import Decoder
    from captioning.captioners.builtin.search import Sentence
    from inference.protocol import Gaze

# Preparation, search, wording and threshold. Raise the number when a picture may get another caption.
PROMPT_VERSION = "builtin-2"

SIDE = 7  # cells of the grid
_MEDIAN = 1  # of the three quartiles


@dataclass(frozen=True, slots=True)
class Confidence:
    """Coefficients of the expected share of a caption's content words that a person would use too.

    A linear fit to the dev split over the mean log-probability of the caption's words, the end included, and the mean
    log-probability that the bag of words gives its distinct content words.
    """

    per_mean_log_prob: float
    per_bag_of_words: float
    offset: float
    threshold: float  # below it the captioner abstains

    def of(self, mean_log_prob: float, mean_bag_log_prob: float) -> float:
        """In [0, 1]."""
        share = self.per_mean_log_prob * mean_log_prob + self.per_bag_of_words * mean_bag_log_prob + self.offset
        return min(max(share, 0.0), 1.0)


def content_words(vocabulary: Iterable[str], language: str) -> frozenset[int]:
    """Ids of the words that say something of a picture."""
    function_words = function_words_of(language)
    return frozenset(index for index, word in enumerate(vocabulary) if word.lower() not in function_words)


def search_settings(config: dict[str, Any]) -> SearchSettings:
    """What the section `decode` of config.json says."""
    return SearchSettings(
        beams=config["beam"],
        length_power=config["alpha"],
        max_words=config["maxlen"],
        sharpness=config.get("sharpness", 1.0),
    )


def say(
    decoder: Decoder, grid: Tensor, settings: SearchSettings, content: frozenset[int]
) -> list[tuple[Sentence, float | None]]:
    """The best sentence for each picture of a grid (B, 49, 1280), with what its confidence is made of.

    That is the mean log-probability of its distinct content words in the bag of words; None where it has none.
    """
    memory = decoder.look(grid)
    bags = decoder.bag_of_words(memory).cpu()  # (B, vocabulary)
    said: list[tuple[Sentence, float | None]] = []
    for sentence, bag in zip(beam_search(decoder, memory, settings), bags, strict=True):
        words = sorted(content.intersection(sentence.words))
        said.append((sentence, float(bag[words].mean()) if words else None))
    return said


class BuiltinCaptioner:
    """Captions the kind of pictures that it was trained on, and abstains from most others.

    Always in float32: the model is small, and its confidence was fitted in it.
    """

    usage = None
    can_gaze = True

    def __init__(self, device: torch.device, *, model: str = SHIPPED, reason: str = "") -> None:
        """Load the shipped weights, or those in a folder, onto a device.

        `reason` says in the description why it was chosen. Raises CaptionerError where the folder holds no whole one.
        """
        files = read_model(model)
        self._device = device
        self._vocabulary, self._language, self._end = files.vocabulary, files.language, files.end
        self._ids = {word.lower(): index for index, word in reversed(list(enumerate(files.vocabulary)))}  # the first
        self._content = content_words(files.vocabulary, files.language)
        try:
            config = files.config
            self._input_px = int(config["image"]["size"])
            self._mean, self._scale = float(config["image"]["mean"]), float(config["image"]["std"])
            self._settings = search_settings(config["decode"])
            confidence = config["confidence"]
            self._confidence = Confidence(
                per_mean_log_prob=confidence["w_mean_logp"],
                per_bag_of_words=confidence["w_bow"],
                offset=confidence["bias"],
                threshold=confidence.get("threshold", confidence["dev_quartiles"][_MEDIAN]),
            )
            self._encoder = files.encoder().to(device)
            self._encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its annotations
            self._decoder = files.decoder().to(device)
        except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
            if model == SHIPPED:
                raise
            raise damaged(model, error) from error
        settings = "" if model == SHIPPED else f" config={files.settings}"
        self.info = CaptionerInfo(
            model=model,
            revision=files.revision,
            prompt_version=f"{PROMPT_VERSION}{settings}",
            description=described(
                f"{model} {files.revision} ({Placement(device, torch.float32)}; {files.knows}; weights trained on "
                f"{files.trained_on})",
                reason,
            ),
            side_px=round(MARGIN * self._input_px),
            batch_size=batch_size_for(device),
            languages=(files.language,),
            knows=files.knows,
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
        said = say(self._decoder, self._look(batch), self._settings, self._content)
        return [self._judge(sentence, mean_bag) for sentence, mean_bag in said]

    @torch.inference_mode()
    def gaze(self, features: Tensor, caption: str) -> tuple[Gaze, ...]:
        """Where it looks for each word of a caption of its own: the attention of its decoder."""
        words = [self._ids.get(word.lower(), UNKNOWN) for word in split_words(caption)]
        if not words or UNKNOWN in words or len(words) > self._settings.max_words:
            return ()
        memory = self._decoder.look(self._look(features.unsqueeze(0)))
        told = torch.tensor([[START, *words[:-1]]], device=self._device)
        asked = torch.tensor(words, device=self._device)
        scores = self._decoder.scores(self._decoder.read(memory, told, torch.zeros(1, dtype=torch.long)))[0]
        chances = scores.softmax(dim=-1).gather(1, asked.unsqueeze(1))[:, 0]
        cells = self._decoder.gaze(memory, told)[:, 1:]  # the first is the picture as a whole
        return gazes([self._vocabulary[word] for word in words], chances.tolist(), cells.reshape(-1, SIDE, SIDE))

    def _look(self, batch: Tensor) -> Tensor:
        """uint8 (B, 3, 224, 224) to grids (B, 49, 1280)."""
        pixels = (batch.to(self._device, non_blocking=True).float() - self._mean) / self._scale
        grid: Tensor = self._encoder(pixels.contiguous(memory_format=torch.channels_last))
        return grid

    def _judge(self, sentence: Sentence, mean_bag: float | None) -> Caption:
        words = [self._vocabulary[word] for word in sentence.words]
        text = write_sentence(words, self._language, self._end) or None
        # "There is one on the other" says nothing of the picture.
        confidence = 0.0 if mean_bag is None else self._confidence.of(sentence.mean_log_prob, mean_bag)
        if mean_bag is None or confidence < self._confidence.threshold:
            return Caption(None, confidence, withheld=text)
        return Caption(text, confidence)
