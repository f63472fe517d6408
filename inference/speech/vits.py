"""VITS: MMS-TTS (a model for each of 1,100 languages) and its like."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import CaptionerError, SpeechError, UsageError

if TYPE_CHECKING:
    import torch

MAX_FRAMES = 64  # for one sign: a second of MMS-TTS. A broken model asks for hours, and for the memory of them


class Vits:
    """Letters, or sounds where its tokenizer makes them, to a waveform in one pass."""

    max_chars: ClassVar[int] = 300

    def __init__(self, network: Any, tokenizer: Any, speaker: int | None) -> None:
        self.network = network
        self._tokenizer = tokenizer
        self._speaker = speaker
        network.duration_predictor.register_forward_hook(_bound)

    @property
    def rate(self) -> int:
        """Samples a second."""
        return int(self.network.config.sampling_rate)

    def unsaid(self, text: str) -> str:
        """What its tokenizer would drop without a word; nothing of that is known where it makes sounds first."""
        tokenizer = self._tokenizer
        if tokenizer.phonemize:
            return ""
        if tokenizer.is_uroman and not text.isascii():
            return (
                "" if find_spec("uroman") else "".join(sign for sign in text if sign.isalnum() and not sign.isascii())
            )
        signs = tokenizer.normalize_text(text) if tokenizer.normalize else text
        return "".join(sign for sign in signs if sign.isalnum() and sign not in tokenizer.encoder)

    def say(self, text: str, speed: float) -> torch.Tensor:
        """The waveform. Raises SpeechError."""
        tokenizer, network = self._tokenizer, self.network
        if tokenizer.is_uroman and not text.isascii() and not find_spec("uroman"):
            raise SpeechError("this voice reads Latin letters alone: pip install uroman, which writes others in them")
        try:
            inputs = tokenizer(text, return_tensors="pt")
        except RuntimeError as error:  # of phonemizer, where espeak-ng is not installed
            raise SpeechError(
                f"this voice needs espeak-ng: install it, or take facebook/mms-tts-eng ({error})"
            ) from None
        if inputs["input_ids"].shape[1] <= int(tokenizer.add_blank):
            raise SpeechError("it has no sign for anything in the text")
        pace = speed * network.config.speaking_rate
        waveform: torch.Tensor = network(
            **inputs.to(network.device), speaker_id=self._speaker, speaking_rate=pace
        ).waveform
        return waveform[0]


def load(name: str, source: dict[str, Any], speaker: str | None) -> Vits:
    """See Adapter. A speaker is a number from 0."""
    import transformers

    network = transformers.VitsModel.from_pretrained(name, **source)
    tokenizer: Any = transformers.VitsTokenizer.from_pretrained(name, **source)
    if tokenizer.phonemize and not find_spec("phonemizer"):
        raise CaptionerError(
            f"{name} reads sounds, which phonemizer writes with espeak-ng (both under the GPL): pip install "
            "phonemizer, and install espeak-ng; or take a voice that reads letters, as facebook/mms-tts-eng does."
        )
    speakers = network.config.num_speakers
    if speaker is None:
        return Vits(network, tokenizer, 0 if speakers > 1 else None)
    if not (speaker.isascii() and speaker.isdigit() and int(speaker) < speakers and speakers > 1):
        known = f"numbers of its speakers are 0 to {speakers - 1}" if speakers > 1 else "it has one speaker alone"
        raise UsageError(f"{name}#{speaker}: {known}")
    return Vits(network, tokenizer, int(speaker))


def _bound(_module: torch.nn.Module, _inputs: object, log_frames: torch.Tensor) -> torch.Tensor:
    return log_frames.nan_to_num(nan=0.0).clamp(max=math.log(MAX_FRAMES))
