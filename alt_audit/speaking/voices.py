"""Which voice speaks which language, each loaded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.captioners.openai.chat_completions import PREFIX

if TYPE_CHECKING:
    from inference.speech.options import SpeechOptions
    from inference.speech.voice import Voice


class Voices:
    """The voices of the settings."""

    def __init__(self, options: SpeechOptions, device: str) -> None:
        self._options = options
        self._device = device
        self._loaded: dict[str, Voice] = {}

    def voice_for(self, language: str) -> Voice | None:
        """The voice for a primary subtag; None where none is set. Raises CaptionerError where it cannot be had."""
        spec = self._options.voice_for(language)
        if spec is None:
            return None
        if spec not in self._loaded:
            self._loaded[spec] = self._load(spec)
        return self._loaded[spec]

    def _load(self, spec: str) -> Voice:
        if spec.startswith(PREFIX):
            from alt_audit.speaking.endpoint import EndpointVoice

            return EndpointVoice(spec, self._options.endpoint, self._options.speed)
        from inference.device import choose_placement
        from inference.speech.voice import LocalVoice

        device = str(choose_placement(self._device, "float32").device)
        return LocalVoice(spec, device, self._options.speed)
