"""What the families of voices have in common: how one is loaded, and asked for a piece of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch


class Adapter(Protocol):
    """A loaded model of one family. For one thread at a time.

    Made by `load(name, source, speaker)`, which raises UsageError for a speaker that it does not have, CaptionerError
    where a package is missing, and whatever transformers raises for files that will not do.
    """

    max_chars: ClassVar[int]  # of a piece: what it has learnt to say in one breath

    @property
    def network(self) -> Any:
        """The torch module, to be moved to a device."""
        ...

    @property
    def rate(self) -> int:
        """Samples a second."""
        ...

    def unsaid(self, text: str) -> str:
        """The letters and digits of a text that it has no sign for, each as often as it stands there."""
        ...

    def say(self, text: str, speed: float) -> torch.Tensor:
        """A waveform (samples,), of any values. Raises SpeechError where there is nothing to say."""
        ...


if TYPE_CHECKING:
    Load = Callable[[str, dict[str, Any], str | None], Adapter]
