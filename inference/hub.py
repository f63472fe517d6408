"""Where the files of models are: in a folder, in the local cache of the Hugging Face hub, or on the hub."""

from __future__ import annotations

import json
import threading
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import CaptionerError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

HUB_DEADLINE_S = 4.0  # for the hub to answer at all; fetching a model may then take as long as it takes

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_PROCESSORS = ("preprocessor_config.json", "processor_config.json")
TOKENIZERS = ("tokenizer_config.json",)  # all that models have which are given texts


class Place(StrEnum):
    """Where a model is taken from."""

    FOLDER = "from a folder"
    CACHE = "from the local cache"
    HUB = "fetched from the hub"


def find_model(spec: str) -> Place:
    """Where a folder or the id of a hub model would be loaded from. Raises CaptionerError where from nowhere.

    Takes seconds at most: neither torch nor weights are loaded for it.
    """
    if Path(spec).is_dir():
        weight_files(Path(spec))
        return Place.FOLDER
    if Path(spec).is_file():
        raise CaptionerError(f"{spec} is a file: name the folder of a model, with config.json in it.")
    if is_cached(spec):
        return Place.CACHE
    problem = find_hub_problem(spec)
    if problem is not None:
        raise CaptionerError(f"{spec} is not in the local cache, and {problem}.")
    return Place.HUB


def weight_files(folder: Path) -> list[Path]:
    """The files with the weights of the model in a folder, by name. Raises CaptionerError when it holds none."""
    files = sorted(file for file in folder.iterdir() if file.suffix in {".safetensors", ".bin"})
    if not files or not (folder / "config.json").is_file():
        raise CaptionerError(
            f"The folder {folder} holds no model: a folder saved by `save_pretrained` is needed, with config.json and "
            "model.safetensors in it."
        )
    return files


def is_cached(model: str, beside: tuple[str, ...] = _PROCESSORS) -> bool:
    """Whether all the files that loading a hub model takes are in the local cache; one of those `beside` is enough."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    def find(name: str) -> Path | None:
        path = try_to_load_from_cache(model, name)
        return Path(path) if isinstance(path, str) else None

    try:
        if find("config.json") is None or not any(find(name) for name in beside):
            return False
        if any(find(name) for name in _WEIGHTS):
            return True
        indexes = [index for name in _WEIGHTS if (index := find(f"{name}.index.json"))]
        parts = [set(json.loads(index.read_text("utf-8"))["weight_map"].values()) for index in indexes]
        return any(all(find(part) for part in of_index) for of_index in parts)
    except HFValidationError:  # a path, or a slip of the pen
        return False


def _refusal(error: HfHubHTTPError, model: str, hub: str, *, with_token: bool) -> str:
    """Why the hub does not hand a model out, and what to do."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        accept = f"accept its terms at {hub}/{model}"
        if with_token:
            return f"it is gated (HTTP {status}), and the account of HF_TOKEN has no access: {accept} as that account"
        return f"it is gated (HTTP {status}): {accept}, and set HF_TOKEN, or run `hf auth login`"
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        private = "the token in HF_TOKEN may not see it" if with_token else "set HF_TOKEN for a private model"
        return f"{hub} does not offer it (HTTP {status}): check the spelling; {private}"
    if status == 401:
        return f"{hub} refuses the token in HF_TOKEN (HTTP 401)" if with_token else f"{hub} wants a token: set HF_TOKEN"
    return f"{hub} does not offer it (HTTP {status})"


def find_hub_problem(model: str, deadline_s: float = HUB_DEADLINE_S) -> str | None:
    """Why a model cannot be fetched now, None where the hub offers it. Never takes longer than the deadline.

    The hub is asked in a thread of its own that is left behind when time is up: no time-out of an HTTP client covers
    a name server that does not answer, and the hub's own client tries again for minutes.
    """
    from huggingface_hub import constants, get_hf_file_metadata, get_token, hf_hub_url, is_offline_mode
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if is_offline_mode():
        return "HF_HUB_OFFLINE is set, so it is not fetched"
    try:
        url = hf_hub_url(model, "config.json")
    except HFValidationError:
        return "it is neither a folder nor the id of a Hugging Face model (OWNER/NAME)"
    problems: list[str | None] = []

    def ask() -> None:
        try:
            # With the token, and with no redirect to another host, as when the model itself is fetched.
            found = get_hf_file_metadata(url, token=get_token() or False, timeout=deadline_s)
        except HfHubHTTPError as error:
            problems.append(_refusal(error, model, constants.ENDPOINT, with_token=get_token() is not None))
            return
        except Exception as error:  # of the client, of its proxy, of name resolution: none of them matters further
            problems.append(f"{constants.ENDPOINT} cannot be reached ({type(error).__name__}: {error})")
            return
        # A login page or a block page comes with status 200, too.
        answered = f"what answers at {constants.ENDPOINT} is no hub of models: a login page, or a proxy's, perhaps"
        problems.append(None if found.commit_hash is not None else answered)

    thread = threading.Thread(target=ask, name="hub-probe", daemon=True)
    thread.start()
    thread.join(deadline_s)
    if not problems:
        return f"{constants.ENDPOINT} did not answer within {deadline_s:g} s"
    return problems[0]
