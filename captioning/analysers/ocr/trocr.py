"""Reading with TrOCR, a transformer that writes down one line of text, or with Florence-2; rapidocr finds the lines.

They always says something, of a line with no letters, too. So it is heard only where it is sure of each token, and
where as many characters as it says have room.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from captioning.analysers.ocr.finding import LineFinder
from captioning.analysers.ocr.lines import Line, has_room, worth_reading
from captioning.analysers.ocr.names import RAPIDOCR, TROCR, TROCR_MODEL
from captioning.analysers.one_thread import compute_in_one_thread
from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
from captioning.captioners.huggingface.families import READING
from captioning.captioners.huggingface.untyped import library
from core.errors import CaptionerError
from inference.device import choose_placement
from inference.protocol import Caption
from inference.revisions import gist

if TYPE_CHECKING:
    from PIL import Image

MAX_TOKENS = 64  # of a line
WIDEST = 25  # times as wide as high; the model sees a square, in which the letters of a longer line are lost
SURE = 0.8  # the geometric mean of the tokens' chances


class TrocrReader:
    """Detector and model, loaded. Safe to call from many threads, each of which computes by itself."""

    scripts = ("latin",)  # of the published models

    def __init__(self, model: str, *, local_files_only: bool = False) -> None:
        """Raises CaptionerError where there is no such model, its files are damaged, or it is of another kind."""
        try:
            self._model = HuggingFaceCaptioner(
                model,
                choose_placement("cpu", "auto"),
                prompt=_prompt_of(model, local_files_only=local_files_only),
                max_new_tokens=MAX_TOKENS,
                local_files_only=local_files_only,
            )
        except CaptionerError as error:
            raise CaptionerError(f"caption.trocr: {error}") from error
        self._finder = LineFinder()
        self.revision = revision_of(self._model.info.revision)

    def read(self, image: Image.Image) -> tuple[int, list[Line]]:
        """How many lines there are, and some of them, as they were read. Raises RuntimeError where the model cannot."""
        compute_in_one_thread()
        boxes = self._finder.boxes(image)
        chosen = [box for box in worth_reading(boxes) if box.width <= WIDEST * box.height]
        if not chosen:
            return len(boxes), []
        cuts = [image.crop((box.left, box.top, box.right, box.bottom)).convert("RGB") for box in chosen]
        answers = self._model.generate(self._model.collate([self._model.prepare(cut) for cut in cuts]))
        lines = []
        for box, answer in zip(chosen, answers, strict=True):
            if not isinstance(answer, Caption):
                raise RuntimeError(str(answer))
            text, score = answer.text or "", answer.confidence or 0.0
            if score >= SURE and has_room(text, box):
                lines.append(Line(text, box, round(score, 3)))
        return len(boxes), lines


def _prompt_of(model: str, *, local_files_only: bool) -> str | None:
    """How a model is asked to read; refuses what captions pictures, which would write its captions into every line."""
    try:
        config = library.AutoConfig.from_pretrained(model, local_files_only=local_files_only, trust_remote_code=False)
    except Exception as error:
        raise CaptionerError(f"{model} cannot be read: {gist(error)}") from error
    if config.model_type == "florence2":
        return READING
    decoder = getattr(getattr(config, "decoder", None), "model_type", "none")
    if decoder != TROCR:
        raise CaptionerError(
            f"{model} is no TrOCR model, nor Florence-2 (it is a {config.model_type} model, its decoder: {decoder}); "
            f"take {TROCR_MODEL}, say."
        )
    return None


def revision_of(weights: str) -> str:
    """By what finds the lines, and what reads them."""
    return f"{RAPIDOCR} {version(RAPIDOCR)} {TROCR} {weights[:12]}"
