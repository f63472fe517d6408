"""The entry of OpenAI-compatible endpoints in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.captioners.openai.chat_completions import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner


def matches(spec: str) -> bool:
    """openai:MODEL or openai:MODEL@BASE_URL."""
    return spec.startswith(PREFIX)


def check(options: CaptionOptions) -> None:
    """The endpoint is tried on plain pictures, and so paid for three answers."""
    _connect(options, "checked")


def load(options: CaptionOptions, report: Callable[[str], None], reason: str) -> Captioner:  # noqa: ARG001 - it is fast
    """Nothing is loaded but the endpoint's first answers."""
    return _connect(options, reason)


def _connect(options: CaptionOptions, reason: str) -> Captioner:
    from captioning.captioners.huggingface.families import ALT_TEXT_PROMPT
    from captioning.captioners.openai.captioner import EndpointCaptioner
    from captioning.captioners.placed import placed

    prompt = options.prompt or ALT_TEXT_PROMPT
    return EndpointCaptioner(
        options.model, options.endpoint, prompt=prompt, placed=placed(options, prompt), reason=reason
    )
