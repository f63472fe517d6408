"""What every captioning backend offers, whatever model is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image


@dataclass(frozen=True, slots=True)
class Caption:
    """What a model said of one picture; text is None where it abstained."""

    text: str | None
    confidence: float | None  # in [0, 1]; how it is computed, and so what it is worth, is the backend's own


class Captioner(Protocol):
    """A loaded model that captions pictures in batches.

    `model`, `revision`, `prompt_version` and `language` together identify what a caption was made by: a stored
    caption is used again only where all four are the same.
    """

    model: str  # 'builtin', 'Salesforce/blip-image-captioning-base', the path of a folder
    revision: str  # the weights' identity: a hub commit, or a short hash of their contents
    prompt_version: str  # preprocessing, prompt and decoding; changes whenever one of them does
    language: str  # BCP 47
    description: str  # one line for people: model, device, dtype, licence

    def prepare(self, image: Image.Image) -> Any:
        """Turn an upright RGB picture into the model's input.

        Runs on the CPU and may be called from many threads at once. The result is opaque to the caller, small
        (the picture at the model's own size), and means something only to `generate`.
        """
        ...

    def generate(self, batch: Sequence[Any]) -> list[Caption]:
        """Caption prepared pictures in one batched pass over the device; one caption each, in the same order.

        Errors of the device, out-of-memory among them, are raised as torch raises them: what to do about a batch
        that fails is for the caller to decide.
        """
        ...
