"""Which captioner a run uses, and why."""

from __future__ import annotations

import json
import threading
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from captioning.captioners.openai.chat_completions import PREFIX
from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.options import CaptionOptions
    from inference.device import Placement
    from inference.protocol import Captioner

DEFAULT_MODEL = "Salesforce/blip-image-captioning-base"
HUB_DEADLINE_S = 4.0  # for the hub to answer at all; fetching a model may then take as long as it takes

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_PROCESSORS = ("preprocessor_config.json", "processor_config.json")


def load_captioner(options: CaptionOptions, report: Callable[[str], None]) -> Captioner:
    """Load what `options.model` names.

    That is 'builtin', 'auto', the id of a Hugging Face model, a folder with one, or 'openai:MODEL[@BASE_URL]'. 'auto'
    is `DEFAULT_MODEL` when it is in the local cache or can be fetched, else the built-in captioner. One line with the
    choice and its reason goes to `report` and stands in the captioner's `description`. Raises `CaptionerError` where
    what was named cannot be loaded.
    """
    captioner, reason = _load(options, report)
    captioner.description = f"{captioner.description}; {reason}"
    report(f"Captioner: {captioner.description}")
    return captioner


def check_model(options: CaptionOptions) -> None:
    """Raise CaptionerError for what `load_captioner` could not load, as far as that shows in seconds.

    Neither torch nor weights are loaded for it. An endpoint is tried on plain pictures, and so paid for three answers.
    """
    if options.model.startswith(PREFIX):
        _endpoint(options)
    elif options.model not in {"auto", "builtin"}:
        _find(options.model)


def _load(options: CaptionOptions, report: Callable[[str], None]) -> tuple[Captioner, str]:
    if options.model.startswith(PREFIX):
        return _endpoint(options), "chosen by name"
    from inference.device import choose_placement

    placement = choose_placement(options.device, options.dtype)
    if options.model == "builtin":
        return _load_builtin(placement), "chosen by name"
    if options.model == "auto":
        return _load_best(options, placement, report)
    return _load_named(options.model, options, placement, report)


def _endpoint(options: CaptionOptions) -> Captioner:
    from captioning.captioners.openai.captioner import EndpointCaptioner

    return EndpointCaptioner(options.model, options.endpoint, prompt=options.prompt)


def _load_builtin(placement: Placement) -> Captioner:
    from captioning.captioners.builtin.captioner import BuiltinCaptioner

    return BuiltinCaptioner(placement.device)


def _load_huggingface(model: str, options: CaptionOptions, placement: Placement, *, local: bool) -> Captioner:
    from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner

    return HuggingFaceCaptioner(
        model,
        placement,
        prompt=options.prompt,
        max_new_tokens=options.max_new_tokens,
        num_beams=options.num_beams,
        compiled=options.compile,
        local_files_only=local,
    )


def _load_best(options: CaptionOptions, placement: Placement, report: Callable[[str], None]) -> tuple[Captioner, str]:
    try:
        return _load_named(DEFAULT_MODEL, options, placement, report)
    except CaptionerError as error:
        return _load_builtin(placement), f"chosen because {str(error).rstrip('.')}"


def _load_named(
    spec: str, options: CaptionOptions, placement: Placement, report: Callable[[str], None]
) -> tuple[Captioner, str]:
    place = _find(spec)
    if place is _Place.HUB:
        report(f"Fetching {spec} from the Hugging Face hub; it stays in the local cache.")
    # The cache is not asked for anything newer: the hub's answer costs time, and the same command should give the same
    # captions until the user fetches a newer model.
    return _load_huggingface(spec, options, placement, local=place is not _Place.HUB), place


class _Place(StrEnum):
    """Where a model is taken from."""

    FOLDER = "from a folder"
    CACHE = "from the local cache"
    HUB = "fetched from the hub"


def _find(spec: str) -> _Place:
    if Path(spec).is_dir():
        weight_files(Path(spec))
        return _Place.FOLDER
    if Path(spec).is_file():
        raise CaptionerError(f"{spec} is a file: name the folder of a model, with config.json in it.")
    if is_cached(spec):
        return _Place.CACHE
    problem = find_hub_problem(spec)
    if problem is not None:
        raise CaptionerError(f"{spec} is not in the local cache, and {problem}.")
    return _Place.HUB


def weight_files(folder: Path) -> list[Path]:
    """The files with the weights of the model in a folder, by name. Raises CaptionerError when it holds none."""
    files = sorted(file for file in folder.iterdir() if file.suffix in {".safetensors", ".bin"})
    if not files or not (folder / "config.json").is_file():
        raise CaptionerError(
            f"The folder {folder} holds no model: a folder saved by `save_pretrained` is needed, with config.json and "
            "model.safetensors in it."
        )
    return files


def is_cached(model: str) -> bool:
    """Whether all the files that loading a hub model takes are in the local cache."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    def find(name: str) -> Path | None:
        path = try_to_load_from_cache(model, name)
        return Path(path) if isinstance(path, str) else None

    try:
        if find("config.json") is None or not any(find(name) for name in _PROCESSORS):
            return False
        if any(find(name) for name in _WEIGHTS):
            return True
        indexes = [index for name in _WEIGHTS if (index := find(f"{name}.index.json"))]
        parts = [set(json.loads(index.read_text("utf-8"))["weight_map"].values()) for index in indexes]
        return any(all(find(part) for part in of_index) for of_index in parts)
    except HFValidationError:  # a path, or a slip of the pen
        return False


def find_hub_problem(model: str, deadline_s: float = HUB_DEADLINE_S) -> str | None:
    """Why a model cannot be fetched now, None where the hub offers it. Never takes longer than the deadline.

    The hub is asked in a thread of its own that is left behind when time is up: no time-out of an HTTP client covers
    a name server that does not answer, and the hub's own client tries again for minutes.
    """
    from huggingface_hub import constants, get_session, hf_hub_url, is_offline_mode
    from huggingface_hub.errors import HFValidationError

    if is_offline_mode():
        return "HF_HUB_OFFLINE is set, so it is not fetched"
    try:
        url = hf_hub_url(model, "config.json")
    except HFValidationError:
        return "it is neither a folder nor the id of a Hugging Face model (OWNER/NAME)"
    problems: list[str | None] = []

    def ask() -> None:
        try:
            response = get_session().head(url, timeout=deadline_s, follow_redirects=True)
        except Exception as error:  # of the client, of its proxy, of name resolution: none of them matters further
            problems.append(f"{constants.ENDPOINT} cannot be reached ({type(error).__name__}: {error})")
            return
        problems.append(
            None if response.is_success else f"{constants.ENDPOINT} does not offer it (HTTP {response.status_code})"
        )

    thread = threading.Thread(target=ask, name="hub-probe", daemon=True)
    thread.start()
    thread.join(deadline_s)
    if not problems:
        return f"{constants.ENDPOINT} did not answer within {deadline_s:g} s"
    return problems[0]
