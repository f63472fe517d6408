"""What is known of models (`models.toml`), and which of them lie in the local cache."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any

from captioning.captioners.select import DEFAULT_MODEL
from inference.hub import TOKENIZERS, is_cached

if TYPE_CHECKING:
    from pathlib import Path


class Job(StrEnum):
    """What a model is for, with the setting that takes it."""

    CAPTION = "caption"  # --model, caption.model
    READ = "read"  # caption.trocr: text in pictures
    COMPARE = "compare"  # --verify: whether a text fits a picture
    SERVED = "served"  # --model openai:...: captions, by a server
    SPEAK = "speak"  # alt-audit speak --voice


@dataclass(frozen=True, slots=True)
class Figure:
    """What somebody has published of a model."""

    measure: str  # with the data it was measured on
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One entry of the catalogue; None where no source gives the figure."""

    id: str
    family: str
    licence: str | None = None
    parameters_billion: float | None = None
    download_gb: float | None = None
    memory_gb: float | None = None  # published, for captioning one picture
    languages: tuple[str, ...] = ()  # BCP 47; empty: not known
    note: str | None = None
    job: Job = Job.CAPTION
    figures: tuple[Figure, ...] = ()

    @property
    def weights_gb(self) -> float | None:
        """The memory that the weights alone take in bfloat16 or float16: two bytes a parameter."""
        return None if self.parameters_billion is None else round(2 * self.parameters_billion, 1)

    @property
    def is_default(self) -> bool:
        """Whether `auto` means this one, where it can be had."""
        return self.id == DEFAULT_MODEL


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A model in the local cache of the Hugging Face hub."""

    id: str
    family: str | None  # None where its configuration cannot be read
    size_bytes: int
    complete: bool  # whether it can be loaded without a network


def known_models() -> list[KnownModel]:
    """The catalogue, in its own order."""
    entries = tomllib.loads((resources.files(__package__) / "models.toml").read_text("utf-8"))["model"]
    return [_known(entry) for entry in entries]


def _known(entry: dict[str, Any]) -> KnownModel:
    figures = tuple(Figure(**figure) for figure in entry.get("figures", ()))
    read = {"languages": tuple(entry.get("languages", ())), "job": Job(entry.get("job", "caption")), "figures": figures}
    return KnownModel(**entry | read)


def cached_models() -> list[CachedModel]:
    """The models in the local cache whose family is in the catalogue, and those that are too broken to tell."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    families = {model.family for model in known_models()}
    speaking = {model.family for model in known_models() if model.job is Job.SPEAK}
    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        return []
    found = []
    for repository in repositories:
        if repository.repo_type == "model":
            family = _family(repository.repo_path)
            beside = {"beside": TOKENIZERS} if family in speaking else {}
            complete = is_cached(repository.repo_id, **beside)
            found.append(CachedModel(repository.repo_id, family, repository.size_on_disk, complete))
    return sorted((model for model in found if model.family is None or model.family in families), key=lambda m: m.id)


def _family(repository: Path) -> str | None:
    """The `model_type` in the newest config.json of a cached repository."""
    configurations = sorted(repository.glob("snapshots/*/config.json"), key=lambda path: path.stat().st_mtime)
    try:
        family = json.loads(configurations[-1].read_text("utf-8")).get("model_type")
    except (IndexError, OSError, ValueError, AttributeError):
        return None
    return family if isinstance(family, str) else None
