"""A voice on this machine: a text in, sound out, whatever family the model is of."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from core.errors import AltAuditError, CaptionerError, SpeechError
from inference.speech.sound import Sound, joined
from inference.speech.texts import pieces, speakable
from inference.text_models import LocalModel, Task, quiet_transformers

if TYPE_CHECKING:
    from inference.speech.adapter import Adapter

FAMILIES = {"vits": "inference.speech.vits", "speecht5": "inference.speech.speecht5", "bark": "inference.speech.bark"}
PAUSE_S = 0.25  # between the pieces of a text
MAX_UNSAID = 0.2  # of the letters of a text: with more missing it is no longer that text
SILENCE = 1e-4  # the loudest sample of what nobody hears
SEED = 5  # these models throw dice: the same text is to sound the same


class Voice(Protocol):
    """What speaks a text."""

    @property
    def name(self) -> str:
        """What it is made by."""
        ...

    def unsaid(self, text: str) -> str:
        """Letters and digits of a text that it has no sign for, and would leave out; '' where nobody knows."""
        ...

    def say(self, text: str) -> Sound:
        """The text as sound. Raises SpeechError for this text, and CaptionerError where it will speak none."""
        ...


def speaker_of(spec: str) -> tuple[str, str | None]:
    """'MODEL#SPEAKER' -> (model, speaker)."""
    model, _, speaker = spec.partition("#")
    return model, speaker or None


class LocalVoice(LocalModel):
    """VITS, SpeechT5 or Bark, from a folder or the Hugging Face hub; loaded for the first text."""

    task: ClassVar[Task] = Task(
        does="speak",
        setting="speech.voice",
        families="VITS (MMS-TTS), SpeechT5 and Bark",
        example="a voice of VITS's family (facebook/mms-tts-eng), SpeechT5 or Bark",
        types=frozenset(FAMILIES),
    )

    def __init__(self, spec: str, device: str = "cpu", speed: float = 1.0) -> None:
        """Raises CaptionerError where there is no such model, or none of these families."""
        model, self._speaker = speaker_of(spec)
        super().__init__(model, device)
        self.name = spec
        self._speed = speed
        self._adapter: Adapter | None = None

    def unsaid(self, text: str) -> str:
        """Letters and digits that it has no sign for, each as often as it stands there."""
        return self._loaded().unsaid(speakable(text)[0])

    def say(self, text: str) -> Sound:
        """The text as sound, the same each time. Raises SpeechError."""
        adapter = self._loaded()
        words, _ = speakable(text)
        signs = sum(map(str.isalnum, words))
        if not signs:
            raise SpeechError("there is no word in it to say")
        unsaid = adapter.unsaid(words)
        if len(unsaid) > MAX_UNSAID * signs:
            shown = "".join(dict.fromkeys(unsaid))[:20]
            raise SpeechError(
                f"{self.name} has no sign for {shown}: it is a voice for another language or script. Name one for this "
                "in speech.voices, or with --voice"
            )
        return joined([self._piece(adapter, piece) for piece in pieces(words, adapter.max_chars)], pause_s=PAUSE_S)

    def _piece(self, adapter: Adapter, text: str) -> Sound:
        import torch

        device = adapter.network.device
        with torch.inference_mode(), torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(SEED)
            try:
                waveform = adapter.say(text, self._speed)
            except AltAuditError:
                raise
            except Exception as error:  # of a model that may be anything
                raise SpeechError(f"{self.name} broke down over it ({type(error).__name__}: {error})") from error
        samples = waveform.detach().to("cpu", torch.float32).numpy().reshape(-1)
        loudest = float(np.abs(samples).max(initial=0.0))
        if not np.isfinite(loudest) or loudest < SILENCE:
            raise SpeechError(f"{self.name} made no sound of it")
        return Sound((samples / max(1.0, loudest)).astype(np.float32), adapter.rate)

    def _loaded(self) -> Adapter:
        if self._adapter is None:
            quiet_transformers()
            load: Any = import_module(FAMILIES[self.family]).load
            try:
                self._adapter = load(self.info.model, self._source, self._speaker)
            except AltAuditError:
                raise
            except Exception as error:  # models that will not do fail in as many ways as there are models
                raise self._unusable(error) from error
            self._adapter.network.eval().to(self._device)
            if not 4_000 <= self._adapter.rate <= 192_000:
                raise CaptionerError(f"{self.info.model} says that it makes {self._adapter.rate} samples a second")
        return self._adapter
