"""The entry in the registry of the analyser that reads with a TrOCR model of the Hugging Face hub, or of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.analysers.ocr import backend as rapidocr
from captioning.analysers.ocr.names import TROCR, TROCR_MODEL
from core.errors import CaptionerError
from inference.hub import Place, find_model

if TYPE_CHECKING:
    from captioning.analysers.base import Analyser


@dataclass(frozen=True, slots=True)
class TrocrBackend:
    """Lines are found by rapidocr's detector, and read by `model`."""

    model: str = TROCR_MODEL

    def missing(self) -> str | None:
        """The detector is an extra."""
        return rapidocr.missing()

    def check(self) -> Place:
        """Where the model is. Raises CaptionerError where it cannot be had, within seconds."""
        try:
            return find_model(self.model)
        except CaptionerError as error:
            raise CaptionerError(f"caption.trocr: {error}") from error

    def revision(self) -> str:
        """By the detector's library, the model's weights, and the code's own number. Raises CaptionerError."""
        from captioning.analysers.ocr.analyser import CODE
        from captioning.analysers.ocr.trocr import revision_of
        from inference.revisions import resolve_revision

        is_here = self.check() is not Place.HUB
        return f"{CODE}-{revision_of(resolve_revision(self.model, None, local_files_only=is_here))}"

    def load(self) -> Analyser:
        """Onto the CPU. Raises CaptionerError."""
        from captioning.analysers.ocr.analyser import OcrAnalyser
        from captioning.analysers.ocr.trocr import TrocrReader

        return OcrAnalyser(TROCR, TrocrReader(self.model, local_files_only=self.check() is not Place.HUB))
