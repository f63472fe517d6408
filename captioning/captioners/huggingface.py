"""Captioning models of the Hugging Face hub that need no prompt: BLIP and its like.

transformers 5 has no image-to-text pipeline any more, so the processor and the model are driven directly.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huggingface_hub
import torch
import transformers
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from PIL import Image
from safetensors import SafetensorError

from captioning.captioners.base import Caption
from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from captioning.captioners.device import Placement

# Its classes pick what they return at run time, which their annotations do not say.
_transformers: Any = transformers

_INSTEAD = "Choose another model, such as Salesforce/blip-image-captioning-base, or `--model builtin`."


class HuggingFaceCaptioner:
    """An image-to-text model that writes a caption for a picture alone, without a prompt.

    Its confidence is the geometric mean of the probabilities of the tokens it chose, the end included. That ranks the
    captions of one model; it is no probability that a caption is right.
    """

    language = "en"

    def __init__(
        self,
        model: str,
        placement: Placement,
        *,
        revision: str | None = None,
        max_new_tokens: int = 40,
        num_beams: int = 1,
        local_files_only: bool = False,
    ) -> None:
        """Load a model from the hub or its local cache, or from a folder, and try it on one blank picture.

        `max_new_tokens` bounds the cost, which follows the length of the output. Raises `CaptionerError` where there
        is no such model, its files are damaged, or it is not one that captions a picture without a prompt.
        """
        self.model = model
        self.prompt_version = f"unconditional-1 beams={num_beams} max_new_tokens={max_new_tokens}"
        self._placement = placement
        self._generation: dict[str, Any] = {
            "max_new_tokens": max_new_tokens,
            "num_beams": num_beams,
            "do_sample": False,
        }
        self.revision = _resolve_revision(model, revision, local_files_only=local_files_only)
        source: dict[str, Any] = {"local_files_only": local_files_only}
        if not Path(model).is_dir():
            source["revision"] = self.revision
        _hush()
        try:
            self._check_kind(source)
            self._load_processor(source)
            self._load_model(source)
            # Models that want a prompt or other inputs say so only now; better than in the row of every image.
            self.generate([self.prepare(Image.new("RGB", (64, 64), "grey"))])
        except CaptionerError:
            raise
        except ImportError as error:
            raise CaptionerError(f"{model} needs a package that is not installed: {error}") from error
        except (OSError, SafetensorError) as error:
            raise CaptionerError(
                f"{model} cannot be read: its files are incomplete or damaged, or their download broke off; try again, "
                f"or delete and fetch them anew. ({_gist(error)})"
            ) from error
        except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
            if isinstance(error, torch.OutOfMemoryError):
                raise CaptionerError(
                    f"{model} does not fit into the memory of {placement.device}; choose a smaller model or "
                    "another device."
                ) from error
            raise CaptionerError(f"{model} cannot be used to caption pictures. {_INSTEAD} ({_gist(error)})") from error
        licence = "" if Path(model).is_dir() else f"; licence: https://huggingface.co/{model}"
        self.description = f"{model} {self.revision[:12]} ({placement}{licence})"

    def prepare(self, image: Image.Image) -> Tensor:
        """What the model's own image processor makes of a picture: float (3, side, side)."""
        pixels: Tensor = self._image_processor(images=[image], return_tensors="pt")["pixel_values"]
        return pixels[0]

    @torch.inference_mode()
    def generate(self, batch: Sequence[Tensor]) -> list[Caption]:
        """One caption for each prepared picture; None as text where the model wrote nothing."""
        if not batch:
            return []
        pixels = torch.stack(tuple(batch))  # (B, 3, side, side)
        if self._placement.device.type == "cuda":
            pixels = pixels.pin_memory()
        pixels = pixels.to(self._placement.device, non_blocking=True).to(self._placement.dtype)
        output = self._network.generate(
            pixel_values=pixels, return_dict_in_generate=True, output_scores=True, **self._generation
        )
        log_probs = self._network.compute_transition_scores(
            output.sequences, output.scores, output.get("beam_indices"), normalize_logits=True
        )  # (B, T)
        tokens = output.sequences[:, -log_probs.shape[1] :]  # (B, T): some models put a start token before them
        confidences = _geometric_means(log_probs, tokens, self._end_ids).tolist()
        texts = self._tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return [
            Caption(" ".join(text.split()) or None, confidence)
            for text, confidence in zip(texts, confidences, strict=True)
        ]

    def _check_kind(self, source: dict[str, Any]) -> None:
        """Refuse other kinds of models by their configuration, before gigabytes are fetched."""
        config = _transformers.AutoConfig.from_pretrained(self.model, **source)
        if type(config) not in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
            raise CaptionerError(
                f"{self.model} is a {config.model_type} model, which does not turn pictures into text. {_INSTEAD}"
            )

    def _load_processor(self, source: dict[str, Any]) -> None:
        processor = _transformers.AutoProcessor.from_pretrained(self.model, **source)
        # Models older than processors have an image processor and a tokenizer side by side, of which
        # AutoProcessor returns the tokenizer.
        self._tokenizer = getattr(processor, "tokenizer", processor)
        if getattr(processor, "chat_template", None) or getattr(self._tokenizer, "chat_template", None):
            raise CaptionerError(f"{self.model} is a chat model; these are not supported yet. {_INSTEAD}")
        self._image_processor = getattr(
            processor, "image_processor", None
        ) or _transformers.AutoImageProcessor.from_pretrained(self.model, **source)

    def _load_model(self, source: dict[str, Any]) -> None:
        network, loading = _transformers.AutoModelForImageTextToText.from_pretrained(
            self.model, dtype=self._placement.dtype, output_loading_info=True, **source
        )
        # transformers fills what is missing with random numbers and goes on, to write captions of random words.
        if missing := sorted(loading["missing_keys"]):
            raise CaptionerError(
                f"The weights of {self.model} lack {len(missing)} tensors ({missing[0]}, ...): they belong to another "
                f"model, or are incomplete. {_INSTEAD}"
            )
        self._network = network.eval().to(self._placement.device)
        end_ids = {self._tokenizer.eos_token_id, self._tokenizer.sep_token_id, self._tokenizer.pad_token_id}
        self._end_ids = torch.tensor([index for index in end_ids if index is not None], device=self._placement.device)


def _geometric_means(log_probs: Tensor, tokens: Tensor, end_ids: Tensor) -> Tensor:
    """Log-probabilities and ids of tokens, both (B, T) -> the geometric mean of each row's probabilities, (B,).

    A row counts up to its first end token; behind it stands padding, with scores that mean nothing.
    """
    ends = torch.isin(tokens, end_ids).long()
    counts = ends.cumsum(dim=1) - ends == 0
    return (log_probs.where(counts, 0.0).sum(dim=1) / counts.sum(dim=1)).exp()


def _resolve_revision(model: str, revision: str | None, *, local_files_only: bool) -> str:
    """The commit of a hub model, from the cached path .../snapshots/COMMIT/config.json; of a folder, a hash."""
    folder = Path(model)
    if folder.is_dir():
        return _hash_weights(folder)
    try:
        config = huggingface_hub.hf_hub_download(
            model, "config.json", revision=revision, local_files_only=local_files_only
        )
    except HFValidationError as error:
        raise CaptionerError(
            f"{model!r} is neither a folder nor the id of a Hugging Face model (OWNER/NAME)."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise CaptionerError(
            f"There is no folder {model}, and no model of this id can be read from the Hugging Face hub: check the "
            f"spelling, for a gated model `hf auth login`. ({_gist(error)})"
        ) from error
    return Path(config).parent.name


def _hash_weights(folder: Path) -> str:
    files = sorted(file for file in folder.iterdir() if file.suffix in {".safetensors", ".bin"})
    if not files or not (folder / "config.json").is_file():
        raise CaptionerError(
            f"The folder {folder} holds no model: a folder saved by `save_pretrained` is needed, with config.json and "
            "model.safetensors in it."
        )
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def _hush() -> None:
    """Keep transformers from telling which of its parts are not installed, and its bars out of logs."""
    _transformers.logging.set_verbosity_error()
    if not sys.stderr.isatty():
        _transformers.logging.disable_progress_bar()


def _gist(error: Exception) -> str:
    """The first sentence of an error; transformers adds paragraphs of advice."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0].partition('. ')[0][:200]}"
