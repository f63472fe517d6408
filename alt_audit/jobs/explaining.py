"""Where models looked, for the review: the captioners that are here, loaded once they are asked."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import AltAuditError, CaptionerError

if TYPE_CHECKING:
    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner, GazingCaptioner
    from reports.review.why import Word
    from store.report_records import CaptionFacts


@dataclass
class ModelsHere:
    """The built-in captioner and the one that the options name. Nothing is fetched for it, and no server asked."""

    options: CaptionOptions
    _loaded: dict[str, GazingCaptioner] = field(default_factory=dict)
    _refused: dict[tuple[str, str], str] = field(default_factory=dict)  # by model and revision

    def refusal(self, caption: CaptionFacts) -> str | None:
        """Why a caption cannot be explained, as far as that is known without loading its model."""
        if caption.model not in self._here:
            return (
                f"{caption.model} made the caption, and only the built-in captioner is asked, and the model of the "
                "settings (caption.model) where that is on this machine."
            )
        return self._refused.get((caption.model, caption.revision))

    def explain(self, caption: CaptionFacts, picture: bytes) -> tuple[Word, ...] | str:
        """Where its model looked for each word of a caption, or why that cannot be told. For one thread at a time."""
        from PIL import Image

        from captioning.explaining.strip import draw_words
        from captioning.thumbnails import thumbnail
        from inference.revisions import gist
        from reports.review.why import Word

        assert caption.text is not None
        try:
            captioner = self._captioner(caption.model)
            if captioner.info.revision != caption.revision:
                raise CaptionerError(f"the caption is of another version of {caption.model} than the one that is here")
        except AltAuditError as error:
            refusal = self._refused[caption.model, caption.revision] = f"{str(error).rstrip('.')}."
            return refusal
        try:
            image = Image.open(io.BytesIO(picture)).convert("RGB")
            words = captioner.gaze(captioner.prepare(image), caption.text)
        except Exception as error:  # a device's, a library's: whatever it is, decisions go on
            return f"{caption.model} failed: {gist(error)}"
        drawn = zip(words, draw_words(image, words), strict=True)
        return tuple(Word(word.word, word.chance, thumbnail(shown)) for word, shown in drawn) or (
            f"{caption.model} would not have put it so."
        )

    @cached_property
    def _here(self) -> frozenset[str]:
        """The names under which captions of these models are stored."""
        from captioning.captioners.select import AUTO, DEFAULT_MODEL, FALLBACK_MODEL
        from inference.hub import is_cached

        chosen = DEFAULT_MODEL if self.options.model == AUTO else self.options.model
        return frozenset({FALLBACK_MODEL, *([chosen] if Path(chosen).is_dir() or is_cached(chosen) else ())})

    def _captioner(self, model: str) -> GazingCaptioner:
        """Raises CaptionerError where it cannot be loaded, or cannot tell where it looked."""
        from captioning.captioners.select import load_captioner
        from inference.protocol import can_gaze

        if model not in self._loaded:
            options = self.options.model_copy(update={"model": model, "compile": False})
            captioner: Captioner = load_captioner(options, lambda _: None)
            if not can_gaze(captioner):
                raise CaptionerError(f"{model} cannot tell where it looked")
            self._loaded[model] = captioner
        return self._loaded[model]
