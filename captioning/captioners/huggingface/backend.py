"""The entry of models of the Hugging Face hub, or of folders with such, in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import CaptionerError
from inference.hub import Place, find_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner


def matches(spec: str) -> bool:  # noqa: ARG001 - only the hub knows
    """Any name that is nothing else's may be a model's on the hub."""
    return True


def check(options: CaptionOptions) -> None:
    """Whether there is a folder, a cached model, or a hub that offers it."""
    _refuse_reading(options)
    find_model(options.model)


def _refuse_reading(options: CaptionOptions) -> None:
    """The text in a picture is no caption of it: as one, every sign and screenshot would be proposed as read."""
    from captioning.captioners.huggingface.families import READING

    if options.prompt == READING:
        raise CaptionerError(
            f"caption.prompt: {READING} reads the text in a picture and captions none. Leave the prompt out, and have "
            f"the text read beside the caption: caption.analysers: [kind, trocr] and caption.trocr: {options.model}"
        )


def load(options: CaptionOptions, report: Callable[[str], None], reason: str) -> Captioner:  # noqa: ARG001 - see below
    """From a folder, the cache or the hub; which of them it was is the reason that is told."""
    from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
    from inference.device import choose_placement

    _refuse_reading(options)
    placement = choose_placement(options.device, options.dtype)
    place = find_model(options.model)
    if place is Place.HUB:
        report(f"Fetching {options.model} from the Hugging Face hub; it stays in the local cache.")
    return HuggingFaceCaptioner(
        options.model,
        placement,
        prompt=options.prompt,
        told=options,
        max_new_tokens=options.max_new_tokens,
        num_beams=options.num_beams,
        compiled=options.compile,
        # The cache is not asked for anything newer: the hub's answer costs time, and the same command should give the
        # same captions until the user fetches a newer model.
        local_files_only=place is not Place.HUB,
        reason=place,
    )
