"""A model's parts, each loaded whole before it is used: revision, configuration, question, network."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import transformers
from safetensors import SafetensorError

from captioning.captioners.huggingface.families import Family, family_of
from captioning.captioners.huggingface.processors import Asker, load_processor
from captioning.captioners.huggingface.quantized import quantize_linear
from captioning.captioners.huggingface.untyped import library
from core.errors import CaptionerError
from inference.revisions import gist

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from captioning.captioners.huggingface.untyped import Part, Source
    from inference.device import Placement

INSTEAD = "Choose another model, such as Salesforce/blip-image-captioning-base, or `--model builtin`."
_SERVER = "http://localhost:8000/v1"
# What sums a picture up for classifiers. No decoder reads it, and the published TrOCR models come without.
_UNREAD = "encoder.pooler."


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked beside the picture, and the tokenizer that reads its answer."""

    family: Family
    prompt: str
    asker: Asker
    tokenizer: Part

    def asked(self, prompt: str) -> Question:
        """The same with another prompt."""
        return replace(self, prompt=prompt, asker=self.asker.asking(prompt))


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded network, and the tokens that it ends and pads its answers with."""

    model: Part
    pad_id: int
    end_ids: Tensor  # (ends,), on the network's device


def read_config(model: str, source: Source) -> Part:
    """The configuration; refuses other kinds of models before gigabytes are fetched. Raises CaptionerError."""
    config = library.AutoConfig.from_pretrained(model, **source)
    if getattr(config, "mm_vision_tower", None) is not None:  # Yi-VL, and LLaVA's own checkpoints
        raise CaptionerError(
            f"{model} is in the format of LLaVA's own code, which transformers does not read. Take a version that is "
            f"converted (-hf in its name), or {served(model, f'lmdeploy serve api_server {model} --server-port 8000')}"
        )
    if type(config) not in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise CaptionerError(
            f"{model} is a {config.model_type} model, which does not turn pictures into text here. {INSTEAD} If it "
            f"takes pictures all the same, {served(model, f'vllm serve {model}')}"
        )
    return config


def served(model: str, command: str) -> str:
    """What to do about a model that cannot be run here; `command` is an example that serves it."""
    return f"serve it by another program, as with `{command}`, and name the server: --model openai:{model}@{_SERVER}"


def load_question(model: str, config: Part, source: Source, prompt: str | None) -> Question:
    """The processor with `prompt`, or with what the model's family is asked. Raises CaptionerError."""
    processor, tokenizer, image_processor = load_processor(model, config, source)
    family = family_of(config.model_type, has_chat_template=getattr(processor, "chat_template", None) is not None)
    family.check(model, prompt or "")
    asked = prompt or family.prompt
    return Question(family, asked, Asker(processor, image_processor, family, asked), tokenizer)


def load_network(model: str, placement: Placement, tokenizer: Part, source: Source) -> Network:
    """The weights, on the device. Raises CaptionerError where some are missing."""
    network, loading = library.AutoModelForImageTextToText.from_pretrained(
        model, dtype=placement.dtype, output_loading_info=True, **source
    )
    # transformers fills what is missing with random numbers and goes on, to write captions of random words.
    if missing := sorted(name for name in loading["missing_keys"] if not name.startswith(_UNREAD)):
        raise CaptionerError(
            f"The weights of {model} lack {len(missing)} tensors ({missing[0]}, ...): they belong to another "
            f"model, or are incomplete. {INSTEAD}"
        )
    network = network.eval().to(placement.device)
    if placement.int8:
        quantize_linear(network)
    end_ids = {tokenizer.eos_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id}
    settings = [part.generation_config for part in network.modules() if hasattr(part, "generation_config")]
    for setting in settings:
        more = setting.eos_token_id
        end_ids |= set(more) if isinstance(more, list) else {more}
    known = sorted(index for index in end_ids if index is not None)
    pads = (tokenizer.pad_token_id, *(setting.pad_token_id for setting in settings), *known)
    # Models without a token for padding pad with an end token: the attention mask leaves it out.
    pad_id: int = next((index for index in pads if index is not None), 0)
    for setting in settings:
        if setting.pad_token_id is None:
            setting.pad_token_id = pad_id
        setting.forced_eos_token_id = None  # BART's: what is cut off would look finished
    return Network(network, pad_id, torch.tensor(known, device=placement.device))


@contextmanager
def reading_files(model: str) -> Iterator[None]:
    """Say what is wrong with a model's files while they are read, as CaptionerError; other errors pass as they are.

    Files that change meanwhile are refused: one half may be of another model than the other.
    """
    before = _folder_state(model)
    try:
        yield
    except Exception as error:
        _refuse_changed(model, before)
        if isinstance(error, ImportError):
            raise CaptionerError(f"{model} needs a package that is not installed: {gist(error)}") from error
        if isinstance(error, (OSError, SafetensorError)):
            raise CaptionerError(
                f"{model} cannot be read: its files are incomplete or damaged, or their download broke off; try again, "
                f"or delete and fetch them anew. ({gist(error)})"
            ) from error
        raise
    _refuse_changed(model, before)


def _refuse_changed(model: str, before: tuple[tuple[str, int, int], ...]) -> None:
    if _folder_state(model) != before:
        raise CaptionerError(
            f"The files of {model} changed while they were read: is something still writing there? Start again when it "
            "has ended."
        )


def _folder_state(model: str) -> tuple[tuple[str, int, int], ...]:
    """(name, bytes, nanoseconds of its last change) of the files in a model's folder; none of a model of the hub."""
    if not Path(model).is_dir():
        return ()
    return tuple(
        (file.name, file.stat().st_size, file.stat().st_mtime_ns)
        for file in sorted(Path(model).iterdir())
        if file.is_file()
    )


def hush() -> None:
    """Keep transformers from telling which of its parts are not installed, its bars out of logs, and from talking.

    Of weights in pickles (.bin) it would ask a service on the web for a safer copy, from the cache too, and a process
    that cannot reach it would not end for minutes.
    """
    os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"
    library.logging.set_verbosity_error()
    if not sys.stderr.isatty():
        library.logging.disable_progress_bar()
