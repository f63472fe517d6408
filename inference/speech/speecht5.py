"""SpeechT5: signs to a spectrogram, which a vocoder makes sound of, in the voice of an x-vector."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from core.errors import CaptionerError, SpeechError, UsageError

if TYPE_CHECKING:
    import torch

VOCODER = "microsoft/speecht5_hifigan"  # unless the folder of the model has one, in vocoder/
MAX_FRAMES_PER_SIGN = 10.0  # where it does not find an end by itself; of two spectrogram frames each


class SpeechT5:
    """English, with the speaker that a file describes."""

    max_chars: ClassVar[int] = 200

    def __init__(self, network: Any, vocoder: Any, tokenizer: Any, speaker: torch.Tensor) -> None:
        network.add_module("vocoder", vocoder)  # so that it moves with it
        self.network = network
        self._tokenizer = tokenizer
        self._speaker = speaker  # (1, numbers)

    @property
    def rate(self) -> int:
        """Samples a second."""
        return int(self.network.vocoder.config.sampling_rate)

    def unsaid(self, text: str) -> str:
        """Letters that its tokenizer takes for unknown."""
        unknown = self._tokenizer.unk_token
        return "".join(
            sign
            for sign in text
            if sign.isalnum() and unknown in self._tokenizer.convert_ids_to_tokens(self._ids(sign))
        )

    def say(self, text: str, speed: float) -> torch.Tensor:
        """The waveform. Raises SpeechError."""
        inputs = self._tokenizer(text, return_tensors="pt").to(self.network.device)
        if inputs["input_ids"].shape[1] > self.network.config.max_text_positions:
            raise SpeechError("it has more signs than the voice can read at once")
        waveform: torch.Tensor = self.network.generate_speech(
            inputs["input_ids"],
            self._speaker.to(self.network.device),
            vocoder=self.network.vocoder,
            maxlenratio=MAX_FRAMES_PER_SIGN,
        )
        return waveform

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def load(name: str, source: dict[str, Any], speaker: str | None) -> SpeechT5:
    """See Adapter. A speaker is a .npy file with an x-vector; speaker.npy in the model's folder is taken else."""
    if not find_spec("sentencepiece"):
        raise CaptionerError(f'{name} needs a package that is not installed: pip install "alt-audit[speech]".')
    import transformers

    network = transformers.SpeechT5ForTextToSpeech.from_pretrained(name, **source)
    folder = Path(name)
    own = folder / "vocoder"
    vocoder = transformers.SpeechT5HifiGan.from_pretrained(str(own) if own.is_dir() else VOCODER)
    tokenizer = transformers.SpeechT5Tokenizer.from_pretrained(name, **source)
    file = Path(speaker) if speaker else folder / "speaker.npy"
    return SpeechT5(network, vocoder, tokenizer, _x_vector(name, file, network.config.speaker_embedding_dim))


def _x_vector(name: str, file: Path, numbers: int) -> torch.Tensor:
    import torch

    try:
        vector = np.load(file, allow_pickle=False).astype(np.float32).reshape(1, -1)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{name} speaks in a voice that a file describes: name it, as {name}#speaker.npy, an x-vector of {numbers} "
            f"numbers as numpy saves it ({file}: {error})"
        ) from None
    if vector.shape != (1, numbers) or not np.isfinite(vector).all():
        raise UsageError(f"{file} holds no x-vector of {numbers} numbers, which {name} needs")
    return torch.from_numpy(vector)
