"""Models of the Hugging Face hub, or of a folder, that say how well a text fits a picture.

They are asked in two ways, by the family: those with an encoder for each (CLIP, SigLIP, ALIGN, Chinese-CLIP, ...) give
the scores of all texts for one picture; BLIP's matching head and ViLT read each text together with the picture. What
they score is not comparable between models, nor between pictures. Code that comes with a model is never run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
import transformers

from captioning.captioners.huggingface.loading import hush, reading_files
from captioning.captioners.huggingface.untyped import library
from core.errors import CaptionerError
from inference.revisions import gist, resolve_revision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from captioning.captioners.huggingface.untyped import Part, Source
    from inference.device import Placement

TEXTS_AT_ONCE = 16  # with one picture
_MOST_TOKENS = 512
_NAMES = "CLIP, SigLIP and their like, BLIP for image-text retrieval, or ViLT"
_PADDED_WHOLE = frozenset({"siglip", "siglip2"})  # trained with texts of one length
_TOGETHER = {  # model type -> the class that reads both together
    "blip": "BlipForImageTextRetrieval",
    "vilt": "ViltForImageAndTextRetrieval",
}


class Scorer:
    """A loaded model. For one thread at a time."""

    def __init__(self, model: str, placement: Placement, *, local_files_only: bool = False) -> None:
        """Load it. Raises CaptionerError where there is no such model, or it is of another family."""
        self.model = model
        self._placement = placement
        hush()
        try:
            with reading_files(model):
                self.revision = resolve_revision(model, None, local_files_only=local_files_only)
                source: Source = {"local_files_only": local_files_only, "trust_remote_code": False}
                if not Path(model).is_dir():
                    source["revision"] = self.revision
                self._load(source)
        except CaptionerError:
            raise
        except Exception as error:
            raise CaptionerError(f"{model} cannot be loaded; take {_NAMES}. ({gist(error)})") from error

    def _load(self, source: Source) -> None:
        config = library.AutoConfig.from_pretrained(self.model, **source)
        self._family: str = config.model_type
        if self._family in _TOGETHER:
            kind = getattr(library, _TOGETHER[self._family])
        elif type(config) in transformers.MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION_MAPPING:
            kind = library.AutoModelForZeroShotImageClassification
        else:
            raise CaptionerError(
                f"{self.model} is a {self._family} model: what compares texts with pictures is {_NAMES}."
            )
        network, loading = kind.from_pretrained(
            self.model, dtype=self._placement.dtype, output_loading_info=True, **source
        )
        if missing := sorted(loading["missing_keys"]):  # which transformers fills with random numbers, and goes on
            raise CaptionerError(
                f"The weights of {self.model} lack {len(missing)} tensors ({missing[0]}, ...), so they are not of a "
                f"model that compares texts with pictures: that is {_NAMES}."
            )
        self._network: Part = network.eval().to(self._placement.device)
        self._processor: Part = library.AutoProcessor.from_pretrained(self.model, **source)
        tokenizer = self._processor.tokenizer
        texts = getattr(config, "text_config", config)
        longest = getattr(texts, "max_position_embeddings", _MOST_TOKENS)
        self._most_tokens = min(_MOST_TOKENS, longest, tokenizer.model_max_length)

    @torch.inference_mode()
    def scores(self, image: Image.Image, texts: Sequence[str]) -> list[float]:
        """How well each of the texts fits the picture, on a scale of the model's and the picture's own."""
        found: list[float] = []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            found += self._scores(image.convert("RGB"), list(texts[start : start + TEXTS_AT_ONCE]))
        return found

    def _scores(self, image: Image.Image, texts: list[str]) -> list[float]:
        together = self._family in _TOGETHER
        inputs = self._processor(
            images=[image] * (len(texts) if together else 1),
            text=texts,
            padding="max_length" if self._family in _PADDED_WHOLE else True,
            truncation=True,
            max_length=self._most_tokens,
            return_tensors="pt",
        ).to(self._placement.device)
        inputs = {
            name: value.to(self._placement.dtype) if value.is_floating_point() else value
            for name, value in inputs.items()
        }
        answer = self._network(**inputs)
        if self._family == "blip":
            scores = answer.itm_score.float().diff(dim=-1)[:, 0]  # of "fits" over "does not"
        elif together:
            scores = answer.logits.float()[:, 0]
        else:
            scores = answer.logits_per_image.float()[0]
        return [float(score) for score in scores]
