"""Bark: words to sound by three language models and a codec. It samples, and may say more than it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import SpeechError, UsageError

if TYPE_CHECKING:
    import torch


class Bark:
    """Thirteen languages, in a voice of its own making or one of its presets (v2/de_speaker_3)."""

    max_chars: ClassVar[int] = 160  # some 13 s, which is what it makes at most

    def __init__(self, network: Any, processor: Any, speaker: str | None) -> None:
        self.network = network
        self._processor = processor
        self._speaker = speaker

    @property
    def rate(self) -> int:
        """Samples a second."""
        return int(self.network.generation_config.sample_rate)

    def unsaid(self, text: str) -> str:
        """Words that its tokenizer takes for unknown."""
        tokenizer = self._processor.tokenizer
        return "".join(
            filter(str.isalnum, (word for word in text.split() if tokenizer.unk_token in tokenizer.tokenize(word)))
        )

    def say(self, text: str, speed: float) -> torch.Tensor:
        """The waveform. Raises SpeechError."""
        inputs = self._processor(text, voice_preset=self._speaker)
        if not bool(inputs["attention_mask"].any()):
            raise SpeechError("it has no sign for anything in the text")
        waveform: torch.Tensor = self.network.generate(**inputs.to(self.network.device))
        return waveform.reshape(-1)


def load(name: str, source: dict[str, Any], speaker: str | None) -> Bark:
    """See Adapter. A speaker is one of the presets that lie with the model."""
    import transformers

    library: Any = transformers
    network = library.BarkModel.from_pretrained(name, **source)
    processor = library.BarkProcessor.from_pretrained(name, **source)
    if speaker is not None and speaker not in processor.available_voice_presets:
        known = ", ".join(sorted(processor.available_voice_presets)[:5]) or "none"
        raise UsageError(f"{name}#{speaker}: there is no such voice. It has: {known}")
    return Bark(network, processor, speaker)
