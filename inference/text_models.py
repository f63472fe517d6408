"""Models that are given a text, on this machine: loading one; and asking those that make a text of it."""

from __future__ import annotations

import json
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import huggingface_hub

from core.errors import CaptionerError
from inference.revisions import gist, resolve_revision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BATCH = 16
BEAMS = 4


@dataclass(frozen=True, slots=True)
class TextModelInfo:
    """What a text is made by."""

    model: str
    revision: str


@dataclass(frozen=True, slots=True)
class Task:
    """What a model is for, in words for people, and of which types it may be."""

    does: str  # "translate"
    setting: str  # that names it
    families: str
    example: str
    types: frozenset[str]  # model_type of config.json


class LocalModel:
    """One model, loaded when it is needed. For one thread at a time."""

    task: ClassVar[Task]

    def __init__(self, model: str, device: str = "cpu") -> None:
        """Nothing is loaded yet. Raises CaptionerError where there is no such model, or none of the right family."""
        try:
            revision = resolve_revision(model, None, local_files_only=True)
        except CaptionerError:
            revision = resolve_revision(model, None, local_files_only=False)
        self.info = TextModelInfo(model, revision)
        self.family = self._family()
        self._device = device

    def _family(self) -> str:
        name = self.info.model
        try:
            path = Path(name) / "config.json"
            if not Path(name).is_dir():
                path = Path(huggingface_hub.hf_hub_download(name, "config.json", revision=self.info.revision))
            found = str(json.loads(path.read_text("utf-8"))["model_type"])
        except Exception as error:  # the file may hold anything
            raise self._unusable(error) from error
        if found not in self.task.types:
            raise CaptionerError(f"{name} is a {found} model: {self.task.setting} takes {self.task.families}.")
        return found

    @property
    def _source(self) -> dict[str, Any]:
        """How its files are named to `from_pretrained`, beside its name."""
        name = self.info.model
        return {"trust_remote_code": False} | ({} if Path(name).is_dir() else {"revision": self.info.revision})

    def _unusable(self, error: Exception) -> CaptionerError:
        return CaptionerError(
            f"{self.info.model} cannot be used to {self.task.does}; take {self.task.example}. ({gist(error)})"
        )


def quiet_transformers() -> Any:
    """The library, which says nothing of its own, and asks no service on the web to convert weights, for minutes."""
    import transformers

    library: Any = transformers
    os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"
    library.logging.set_verbosity_error()
    if not sys.stderr.isatty():
        library.logging.disable_progress_bar()
    return library


class TextModel(LocalModel):
    """A model that makes a text of a text."""

    def __init__(self, model: str, device: str = "cpu") -> None:
        """Nothing is loaded yet. Raises CaptionerError as LocalModel does."""
        super().__init__(model, device)
        self._loaded: tuple[Any, Any] | None = None

    def write(
        self, texts: Sequence[str], max_tokens: int, said_tokens: Callable[[int], int], **settings: Any
    ) -> list[str]:
        """What the model makes of each text, whatever that may be.

        At most `max_tokens` of a text are read; `said_tokens` says, of the tokens of a batch's longest, how many are
        written at most. `settings` are those of `generate`.
        """
        tokenizer, network = self._parts()
        import torch

        said: list[str] = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                some = list(texts[start : start + BATCH])
                inputs = tokenizer(some, return_tensors="pt", padding=True, truncation=True, max_length=max_tokens)
                tokens = network.generate(
                    **inputs.to(network.device),
                    **settings,
                    num_beams=BEAMS,
                    do_sample=False,
                    max_length=None,
                    max_new_tokens=said_tokens(inputs["input_ids"].shape[1]),
                )
                said += tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return said

    def _parts(self) -> tuple[Any, Any]:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> tuple[Any, Any]:
        import torch

        library, name, source = quiet_transformers(), self.info.model, self._source
        try:
            with warnings.catch_warnings():
                # It recommends sacremoses, for other quotation marks than captions have.
                warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
                tokenizer = library.AutoTokenizer.from_pretrained(name, **source)
            network = library.AutoModelForSeq2SeqLM.from_pretrained(name, dtype=torch.float32, **source)
        except Exception as error:
            # Where sentencepiece is missing, some tokenizers ask for tiktoken, which would not do.
            if isinstance(error, ImportError) or "tiktoken" in str(error):
                raise CaptionerError(
                    f'{name} needs a package that is not installed: pip install "alt-audit[translate]". ({gist(error)})'
                ) from error
            # Models that will not do fail in as many ways as there are models; each is one line for the user.
            raise self._unusable(error) from error
        return tokenizer, network.eval().to(self._device)
