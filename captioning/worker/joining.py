"""The answers about one picture in its places, kept until the last of them is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from captioning.worker.results import AssetResult, ImageResult
from core.errors import ImageError

if TYPE_CHECKING:
    from captioning.worker.dispatch import Prepared
    from core.place import Place
    from inference.protocol import Caption


@dataclass(slots=True)
class Joiner:
    """Makes one result of the answers about each image."""

    _answers: dict[int, dict[Place | None, Caption | ImageError | None]] = field(default_factory=dict)  # by image

    def add(self, picture: Prepared, answer: Caption | ImageError | None) -> ImageResult | None:
        """What became of the image, where this was the last of its questions; None as an answer: the store has it."""
        answers = self._answers.setdefault(picture.image.id, {})
        answers[picture.place] = answer
        if len(answers) < len(picture.image.questions):
            return None
        del self._answers[picture.image.id]
        errors = [one for one in answers.values() if isinstance(one, ImageError)]
        if len(errors) == len(answers):
            return ImageResult(picture.image, errors[0])
        alone = answers.get(None)
        if picture.image.is_alone:
            answers = {}
        caption = alone if not isinstance(alone, ImageError) else None
        return ImageResult(
            picture.image, AssetResult(picture.asset, picture.version, caption, picture.analyses, answers)
        )
