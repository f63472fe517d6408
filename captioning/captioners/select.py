"""Which captioner a run uses, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.captioners.registry import backend_for
from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner

AUTO = "auto"
DEFAULT_MODEL = "Salesforce/blip-image-captioning-base"
FALLBACK_MODEL = "builtin"


def load_captioner(options: CaptionOptions, report: Callable[[str], None]) -> Captioner:
    """Load what `options.model` names.

    That is 'builtin', 'auto', the id of a Hugging Face model, a folder with one, or 'openai:MODEL[@BASE_URL]'. 'auto'
    is `DEFAULT_MODEL` when it is in the local cache or can be fetched, else the built-in captioner. One line with the
    choice and its reason goes to `report` and stands in the captioner's description. Raises `CaptionerError` where
    what was named cannot be loaded.
    """
    captioner = _load_best(options, report) if options.model == AUTO else _load(options, report)
    report(f"Captioner: {captioner.info.description}")
    return captioner


def check_model(options: CaptionOptions) -> None:
    """Raise CaptionerError for what `load_captioner` could not load, as far as that shows in seconds.

    Neither torch nor weights are loaded for it. An endpoint is tried on plain pictures, and so paid for three answers.
    """
    if options.model != AUTO:
        backend_for(options.model).check(options)


def _load(
    options: CaptionOptions, report: Callable[[str], None], model: str | None = None, reason: str = "chosen by name"
) -> Captioner:
    named = options.model_copy(update={"model": model or options.model})
    return backend_for(named.model).load(named, report, reason)


def _load_best(options: CaptionOptions, report: Callable[[str], None]) -> Captioner:
    try:
        return _load(options, report, DEFAULT_MODEL)
    except CaptionerError as error:
        return _load(options, report, FALLBACK_MODEL, f"chosen because {str(error).rstrip('.')}")
