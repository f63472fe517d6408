"""Which version of a model it is: the identity of its weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import huggingface_hub
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from core.errors import CaptionerError
from inference.hub import weight_files


def resolve_revision(model: str, revision: str | None, *, local_files_only: bool) -> str:
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
            f"spelling, for a gated model `hf auth login`. ({gist(error)})"
        ) from error
    return Path(config).parent.name


def _hash_weights(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in weight_files(folder):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def gist(error: Exception) -> str:
    """The first sentence of an error; transformers adds paragraphs of advice."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0].partition('. ')[0][:200]}"
