"""The built-in captioner's entry in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner


def matches(spec: str) -> bool:
    """By its name."""
    return spec == "builtin"


def check(options: CaptionOptions) -> None:
    """It ships with the package."""


def load(options: CaptionOptions, report: Callable[[str], None], reason: str) -> Captioner:  # noqa: ARG001 - it is fast
    """Onto the device that the options name."""
    from captioning.captioners.builtin.captioner import BuiltinCaptioner
    from inference.device import choose_placement

    return BuiltinCaptioner(choose_placement(options.device, options.dtype).device, reason=reason)
