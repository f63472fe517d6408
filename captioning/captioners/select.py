"""Which captioner a run uses, and why."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.captioners.base import Captioner
    from captioning.captioners.device import Placement

DEFAULT_MODEL = "Salesforce/blip-image-captioning-base"
HUB_DEADLINE_S = 4.0  # for the hub to answer at all; fetching a model may then take as long as it takes

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_PROCESSORS = ("preprocessor_config.json", "processor_config.json")


def load_captioner(spec: str, *, device: str, dtype: str, report: Callable[[str], None]) -> Captioner:
    """Load what `spec` names: 'builtin', 'auto', the id of a Hugging Face model, or a folder with one.

    'auto' is `DEFAULT_MODEL` when it is in the local cache or can be fetched, else the built-in captioner. Devices
    and dtypes are those of `captioning.captioners.device`. One line with the choice and its reason goes to `report`
    and stands in the captioner's `description`. Raises `CaptionerError` where what was named cannot be loaded.
    """
    from captioning.captioners.device import choose_placement

    placement = choose_placement(device, dtype)
    if spec == "builtin":
        captioner, reason = _load_builtin(placement), "chosen by name"
    elif spec == "auto":
        captioner, reason = _load_best(placement, report)
    else:
        captioner, reason = _load_named(spec, placement, report)
    captioner.description = f"{captioner.description}; {reason}"
    report(f"Captioner: {captioner.description}")
    return captioner


def _load_builtin(placement: Placement) -> Captioner:
    from captioning.captioners.builtin.captioner import BuiltinCaptioner

    return BuiltinCaptioner(placement.device)


def _load_huggingface(model: str, placement: Placement, *, local_files_only: bool) -> Captioner:
    from captioning.captioners.huggingface import HuggingFaceCaptioner

    return HuggingFaceCaptioner(model, placement, local_files_only=local_files_only)


def _load_best(placement: Placement, report: Callable[[str], None]) -> tuple[Captioner, str]:
    try:
        return _load_named(DEFAULT_MODEL, placement, report)
    except CaptionerError as error:
        return _load_builtin(placement), f"chosen because {str(error).rstrip('.')}"


def _load_named(spec: str, placement: Placement, report: Callable[[str], None]) -> tuple[Captioner, str]:
    if Path(spec).is_dir():
        return _load_huggingface(spec, placement, local_files_only=True), "from a folder"
    if is_cached(spec):
        # The cache is not asked for anything newer: the hub's answer costs time, and the same command should
        # give the same captions until the user fetches a newer model.
        return _load_huggingface(spec, placement, local_files_only=True), "from the local cache"
    problem = find_hub_problem(spec)
    if problem is not None:
        raise CaptionerError(f"{spec} is not in the local cache, and {problem}.")
    report(f"Fetching {spec} from the Hugging Face hub; it stays in the local cache.")
    return _load_huggingface(spec, placement, local_files_only=False), "fetched from the hub"


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
        index = find("model.safetensors.index.json")
        if index is None:
            return False
        parts = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        return all(find(part) for part in parts)
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
