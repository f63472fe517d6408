"""Reading with rapidocr: PP-OCR's small models, which come in its wheel, on the CPU.

It reads Latin letters, Chinese and Japanese. Boxes come first, then few of them are read, and how wide all of them
together may be is bounded, so that no picture takes long.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from captioning.analysers.ocr.finding import ON_ONE_THREAD, LineFinder, pixels
from captioning.analysers.ocr.lines import Line, worth_reading
from captioning.analysers.ocr.names import RAPIDOCR

if TYPE_CHECKING:
    from PIL import Image

SCRIPTS = ("latin", "cjk")  # as rules/text/scripts.py names them
_READ_AT_PX = 48  # the height at which lines are read
_WIDEST_PX = 1440  # of a line at that height; the rest of it is left unread
_ALL_LINES_PX = 8000
_SURE = 0.8  # what is read with less is no text, or upside down


class RapidReader:
    """Both models, loaded. Safe to call from many threads, each of which computes by itself."""

    scripts = SCRIPTS

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._finder = LineFinder()
        # One object for each step: which steps are taken is a state of it.
        self._reading: Any = RapidOCR(params=ON_ONE_THREAD | {"Global.use_det": False, "Global.text_score": 0.0})
        self.revision = f"{RAPIDOCR} {version(RAPIDOCR)}"

    def read(self, image: Image.Image) -> tuple[int, list[Line]]:
        """How many lines there are, and some of them, as they were read."""
        left_px, lines, boxes = _ALL_LINES_PX, [], self._finder.boxes(image)
        for box in worth_reading(boxes):
            width = min(box.width * _READ_AT_PX // max(1, box.height), _WIDEST_PX)
            if width > left_px:
                continue
            left_px -= width
            widest = box.left + max(1, width * box.height // _READ_AT_PX)
            cut = image.crop((box.left, box.top, min(box.right, widest), box.bottom))
            answer = self._reading(pixels(cut))
            for text, score in zip(answer.txts or (), answer.scores or (), strict=False):
                if score >= _SURE:
                    lines.append(Line(text, box, round(float(score), 3)))
        return len(boxes), lines
