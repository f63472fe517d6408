"""Sound as numbers, and as WAV files: mono, 16-bit PCM."""

from __future__ import annotations

import io
import wave
from contextlib import contextmanager
from dataclasses import dataclass
from math import gcd, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]  # (samples,), in [-1, 1]

_FULL = 32_767  # the largest number of 16 bits


@dataclass(frozen=True, slots=True)
class Sound:
    """Some seconds of one voice."""

    samples: Samples
    rate: int  # samples a second

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return len(self.samples) / self.rate

    @property
    def loudness(self) -> float:
        """The root of the mean square, in [0, 1]."""
        return sqrt(float(np.mean(np.square(self.samples, dtype=np.float64)))) if len(self.samples) else 0.0


def joined(sounds: Sequence[Sound], pause_s: float) -> Sound:
    """Sounds of one rate one after the other, with silence between them."""
    silence = _silence(pause_s, sounds[0].rate)
    parts = [part for sound in sounds for part in (sound.samples, silence)]
    return Sound(np.concatenate(parts[:-1]), sounds[0].rate)


def _silence(seconds: float, rate: int) -> Samples:
    return np.zeros(round(seconds * rate), dtype=np.float32)


def _resampled(sound: Sound, rate: int) -> Samples:
    if sound.rate == rate:
        return sound.samples
    from scipy.signal import resample_poly

    common = gcd(sound.rate, rate)
    return np.asarray(resample_poly(sound.samples, rate // common, sound.rate // common), dtype=np.float32).clip(-1, 1)


class WavWriter:
    """A WAV file that sounds are added to. Nothing of it is kept in memory."""

    def __init__(self, file: wave.Wave_write, rate: int) -> None:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        self._file = file
        self._rate = rate
        self._written = 0

    @property
    def seconds(self) -> float:
        """How long it is by now."""
        return self._written / self._rate

    def add(self, sound: Sound, *, margin_s: float) -> None:
        """A sound with silence around it."""
        silence = _silence(margin_s, self._rate)
        samples = np.concatenate([silence, _resampled(sound, self._rate), silence])
        self._file.writeframes(np.round(samples * _FULL).astype("<i2").tobytes())
        self._written += len(samples)


@contextmanager
def replacing_wav(path: Path, rate: int) -> Iterator[WavWriter]:
    """A WAV file that takes the place of `path` once it is whole. Raises OSError."""
    aside = path.with_name(f".{path.name}.unfinished")
    try:
        with wave.open(str(aside), "wb") as file:
            yield WavWriter(file, rate)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def read_wav(data: bytes, max_seconds: float) -> Sound:
    """What a WAV file of 16 bits holds, its channels mixed. Raises ValueError with the reason where it is none.

    The length in the header is not believed: who streams a file does not know it.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if width != 2 or not 1 <= channels <= 8 or not 4_000 <= rate <= 192_000:
                raise ValueError(f"it has {8 * width} bits, {channels} channels and {rate} samples a second")
            read = file.readframes(min(file.getnframes(), round(max_seconds * rate) + 1))
    except (wave.Error, EOFError) as error:
        raise ValueError(f"it is no WAV file ({error or 'it is cut short'})") from None
    frames = np.frombuffer(read[: len(read) // (2 * channels) * 2 * channels], dtype="<i2").reshape(-1, channels)
    if len(frames) > max_seconds * rate:
        raise ValueError(f"it is longer than {max_seconds:g} s")
    return Sound((frames.mean(axis=1) / (_FULL + 1)).astype(np.float32), rate)
