"""The entry of the built-in captioner, and of folders that `alt-audit train` wrote, in the registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner

MODEL_TYPE = "alt-audit-captioner"  # in config.json of what `alt-audit train` wrote


def matches(spec: str) -> bool:
    """By its name, or by what the config.json in a folder says."""
    return spec == "builtin" or is_trained(Path(spec))


def is_trained(folder: Path) -> bool:
    """Whether a folder holds a captioner of this family."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and config.get("model_type") == MODEL_TYPE


def check(options: CaptionOptions) -> None:
    """The built-in one ships with the package; a folder should have its weights."""
    if options.model != "builtin" and not (Path(options.model) / "captioner.safetensors").is_file():
        raise CaptionerError(f"{options.model} has no captioner.safetensors: train it anew with `alt-audit train`.")


def load(options: CaptionOptions, report: Callable[[str], None], reason: str) -> Captioner:  # noqa: ARG001 - it is fast
    """Onto the device that the options name."""
    from captioning.captioners.builtin.captioner import BuiltinCaptioner
    from inference.device import choose_placement

    device = choose_placement(options.device, options.dtype).device
    return BuiltinCaptioner(device, model=options.model, reason=reason)
