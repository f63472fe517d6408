"""Captioning models of the Hugging Face hub or of a folder, whatever their family.

One path for all: the processor's inputs for each picture, a batch of them, `generate`, the new tokens as text, and a
confidence. What families are asked is in `families`, how inputs are made in `processors`. transformers 5 has no
image-to-text pipeline any more, so processor and model are driven directly. Code that comes with a model is never run.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huggingface_hub
import torch
import transformers
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from PIL import Image
from safetensors import SafetensorError

from captioning.captioners.answers import read_answer
from captioning.captioners.huggingface.confidence import GreedyLogProbs, geometric_means
from captioning.captioners.huggingface.families import family_of, prompt_version
from captioning.captioners.huggingface.processors import Asker, Inputs, collate, load_processor
from captioning.captioners.select import weight_files
from core.errors import CaptionerError, ImageError
from core.records import Stage
from inference.device import batch_size_for, pinned_for
from inference.protocol import Caption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from inference.device import Placement

# Its classes pick what they return at run time, which their annotations do not say.
_transformers: Any = transformers

_GREY = Image.new("RGB", (64, 64), "grey")
_COMPILED_VERSIONS = 32  # torch's 8 are for one function; transformers wraps many in a common one
# What sums a picture up for classifiers. No decoder reads it, and the published TrOCR models come without.
_UNREAD = "encoder.pooler."
_INSTEAD = "Choose another model, such as Salesforce/blip-image-captioning-base, or `--model builtin`."


class HuggingFaceCaptioner:
    """An image-to-text model that is native to transformers: BLIP and its like, Florence-2, chat models, ...

    Its confidence is the geometric mean of the probabilities of the tokens it chose, the end included. That ranks the
    captions of one model; it is no probability that a caption is right.
    """

    language = "en"
    usage = None
    waits_s = 0.0

    def __init__(
        self,
        model: str,
        placement: Placement,
        *,
        revision: str | None = None,
        prompt: str | None = None,
        max_new_tokens: int | None = None,
        num_beams: int = 1,
        compiled: bool = False,
        local_files_only: bool = False,
    ) -> None:
        """Load a model from the hub or its local cache, or from a folder, and try it on a grey picture.

        `prompt` replaces that of the model's family, `max_new_tokens` its bound on the length of a caption; `compiled`
        has torch compile it, which takes minutes. Raises `CaptionerError` where there is no such model, its files are
        damaged, it is not one that captions pictures, or it cannot be compiled.
        """
        self.model = model
        self._placement = placement
        self.batch_size = batch_size_for(placement.device)
        self._compiled = compiled
        self.revision = _resolve_revision(model, revision, local_files_only=local_files_only)
        source: dict[str, Any] = {"local_files_only": local_files_only, "trust_remote_code": False}
        if not Path(model).is_dir():
            source["revision"] = self.revision
        _hush()
        try:
            config = self._read_config(source)
            self._ask(config, source, prompt)
            self.side_px = self._asker.side_px
            self._generation: dict[str, Any] = {
                "max_new_tokens": max_new_tokens or self._family.max_new_tokens,
                "num_beams": num_beams,
                "do_sample": False,  # many models' own settings sample
                "num_return_sequences": 1,
            }
            self.prompt_version = prompt_version(
                self._family,
                self._prompt,
                max_new_tokens=self._generation["max_new_tokens"],
                num_beams=num_beams,
            )
            self._load_model(source)
            if compiled:
                self._compile()
            self._try()
        except CaptionerError:
            raise
        except ImportError as error:
            raise CaptionerError(f"{model} needs a package that is not installed: {_gist(error)}") from error
        except (OSError, SafetensorError) as error:
            raise CaptionerError(
                f"{model} cannot be read: its files are incomplete or damaged, or their download broke off; try again, "
                f"or delete and fetch them anew. ({_gist(error)})"
            ) from error
        except Exception as error:
            # Models that will not do fail in as many ways as there are models; each is one line for the user.
            raise self._explained(error) from error
        licence = "" if Path(model).is_dir() else f"; licence: https://huggingface.co/{model}"
        self.description = f"{model} {self.revision[:12]} ({placement}{', compiled' if compiled else ''}{licence})"

    def prepare(self, image: Image.Image) -> Inputs:
        """What the model's own processor makes of a picture and the family's prompt, as a batch of one."""
        return self._asker.inputs(image, self._placement.dtype)

    def collate(self, features: Sequence[Inputs]) -> Inputs:
        """The inputs of one batch."""
        inputs = collate(features, self._pad_id)
        return {name: pinned_for(self._placement.device, value) for name, value in inputs.items()}

    @torch.inference_mode()
    def generate(self, batch: Inputs) -> list[Caption | ImageError]:
        """One caption for each picture, None as text where the model wrote nothing; or why there is none."""
        inputs = {name: value.to(self._placement.device, non_blocking=True) for name, value in batch.items()}
        sequences, log_probs = self._search(inputs)
        # (B, T): before the new tokens stands the prompt, or a start token
        tokens = sequences[:, sequences.shape[1] - log_probs.shape[1] :]
        confidences = geometric_means(log_probs, tokens, self._end_ids).tolist()
        finished = torch.isin(tokens, self._end_ids).any(dim=1).tolist()
        texts = self._tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return [self._answer(*one) for one in zip(texts, confidences, finished, strict=True)]

    def _search(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Ids of tokens, (B, prompt + T), and the log-probabilities of the new ones, (B, T)."""
        if self._generation["num_beams"] == 1:
            chosen = GreedyLogProbs()
            sequences = self._network.generate(
                **inputs, logits_processor=transformers.LogitsProcessorList([chosen]), **self._generation
            )
            return sequences, chosen.log_probs()
        output = self._network.generate(**inputs, return_dict_in_generate=True, output_scores=True, **self._generation)
        log_probs = self._network.compute_transition_scores(
            output.sequences, output.scores, output.beam_indices, normalize_logits=True
        )
        return output.sequences, log_probs

    def _answer(self, text: str, confidence: float, finished: bool) -> Caption | ImageError:
        if confidence != confidence:  # not a number
            return ImageError(
                Stage.GENERATE,
                "not_finite",
                f"the model's numbers overflow in {self._placement}: choose caption.dtype bfloat16 or float32",
            )
        if self._family.asked != "chat":
            return Caption(" ".join(text.split()) or None, confidence)
        try:
            return Caption(read_answer(text, self._prompt, cut_off=not finished), confidence)
        except ImageError as error:
            return error

    def _explained(self, error: Exception) -> CaptionerError:
        if isinstance(error, torch.OutOfMemoryError):
            return CaptionerError(
                f"{self.model} does not fit into the memory of {self._placement.device}; choose a smaller model or "
                "another device."
            )
        if "trust_remote_code" in str(error):
            return CaptionerError(
                f"{self.model} brings program code of its own, which is never run. Look for a version of it that is "
                "native to transformers, or serve it and name the server: `--model openai:MODEL@BASE_URL`."
            )
        if self._compiled and type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            return CaptionerError(
                f"torch cannot compile {self.model} here: install a C++ compiler (g++), or set caption.compile to "
                f"false. ({_gist(error)})"
            )
        return CaptionerError(f"{self.model} cannot be used to caption pictures. {_INSTEAD} ({_gist(error)})")

    def _read_config(self, source: dict[str, Any]) -> Any:
        """The configuration; refuses other kinds of models before gigabytes are fetched."""
        config = _transformers.AutoConfig.from_pretrained(self.model, **source)
        if type(config) not in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
            raise CaptionerError(
                f"{self.model} is a {config.model_type} model, which does not turn pictures into text here. {_INSTEAD}"
            )
        return config

    def _ask(self, config: Any, source: dict[str, Any], prompt: str | None) -> None:
        processor, self._tokenizer, image_processor = load_processor(self.model, config, source)
        templated = getattr(processor, "chat_template", None) is not None
        self._family = family_of(config.model_type, has_chat_template=templated)
        if prompt and self._family.asked == "alone":
            raise CaptionerError(
                f"{self.model} takes a picture and no question: leave caption.prompt out, or choose a chat model."
            )
        self._prompt = prompt or self._family.prompt
        self._asker = Asker(processor, image_processor, self._family, self._prompt)

    def _load_model(self, source: dict[str, Any]) -> None:
        network, loading = _transformers.AutoModelForImageTextToText.from_pretrained(
            self.model, dtype=self._placement.dtype, output_loading_info=True, **source
        )
        # transformers fills what is missing with random numbers and goes on, to write captions of random words.
        if missing := sorted(name for name in loading["missing_keys"] if not name.startswith(_UNREAD)):
            raise CaptionerError(
                f"The weights of {self.model} lack {len(missing)} tensors ({missing[0]}, ...): they belong to another "
                f"model, or are incomplete. {_INSTEAD}"
            )
        self._network = network.eval().to(self._placement.device)
        end_ids = {self._tokenizer.eos_token_id, self._tokenizer.sep_token_id, self._tokenizer.pad_token_id}
        settings = [part.generation_config for part in network.modules() if hasattr(part, "generation_config")]
        for setting in settings:
            more = setting.eos_token_id
            end_ids |= set(more) if isinstance(more, list) else {more}
        known = sorted(index for index in end_ids if index is not None)
        pads = (self._tokenizer.pad_token_id, *(setting.pad_token_id for setting in settings), *known)
        # Models without a token for padding pad with an end token: the attention mask leaves it out.
        self._pad_id: int = next((index for index in pads if index is not None), 0)
        for setting in settings:
            if setting.pad_token_id is None:
                setting.pad_token_id = self._pad_id
        self._end_ids = torch.tensor(known, device=self._placement.device)

    def _compile(self) -> None:
        """In place: the text model, and the encoder of pictures where those have one size for all.

        Shapes stay open, since neither batches nor texts have one length; torch still makes a version of its own for a
        batch of one, for the first token and for the second. An encoder that takes pictures in pieces (Qwen's) goes by
        their sizes in Python, and would be compiled anew for each.
        """
        torch._dynamo.config.recompile_limit = _COMPILED_VERSIONS
        parts = {self._network.get_decoder()}
        if self.prepare(_GREY)["pixel_values"].dim() > 2:
            encoder = self._network.get_encoder("image")
            parts.add(self._network.get_encoder() if encoder is self._network else encoder)
        for part in parts - {self._network}:
            part.compile(dynamic=True)

    def _try(self) -> None:
        """Models that want other inputs say so only now; better than in the row of every image."""
        grey = self.prepare(_GREY)
        answer = self.generate(self.collate([grey, grey] if self._compiled else [grey]))[0]
        if isinstance(answer, ImageError) and answer.code == "not_finite":
            raise CaptionerError(f"{self.model} cannot be used as it is: {answer.message}.")


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
    digest = hashlib.sha256()
    for file in weight_files(folder):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def _hush() -> None:
    """Keep transformers from telling which of its parts are not installed, its bars out of logs, and from talking.

    Of weights in pickles (.bin) it would ask a service on the web for a safer copy, from the cache too, and a process
    that cannot reach it would not end for minutes.
    """
    os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"
    _transformers.logging.set_verbosity_error()
    if not sys.stderr.isatty():
        _transformers.logging.disable_progress_bar()


def _gist(error: Exception) -> str:
    """The first sentence of an error; transformers adds paragraphs of advice."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0].partition('. ')[0][:200]}"
