"""Reading with rapidocr: PP-OCR's small models, which come in its wheel, on the CPU.

It reads Latin letters, Chinese and Japanese. Boxes come first, then few of them are read, and how wide all of them
together may be is bounded, so that no picture takes long.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from captioning.analysers.ocr.lines import Box, Line, worth_reading
from captioning.analysers.ocr.names import RAPIDOCR

if TYPE_CHECKING:
    from PIL import Image

SCRIPTS = ("latin", "cjk")  # as rules/text/scripts.py names them
MIN_SIDE_PX = 12  # of a picture that may hold a line
_FOUND_IN_PIXELS = 1_000_000  # a larger picture is looked for lines at a smaller size
_LONGEST_SIDE_PX = 1600
_READ_AT_PX = 48  # the height at which lines are read
_WIDEST_PX = 1440  # of a line at that height; the rest of it is left unread
_ALL_LINES_PX = 8000
_SURE = 0.8  # what is read with less is no text, or upside down
_UPRIGHT = 1.5  # height by width of what stands on its end


class RapidReader:
    """Both models, loaded. Safe to call from many threads, each of which computes by itself."""

    scripts = SCRIPTS

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        common = {
            "Global.use_cls": False,
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # pictures are read side by side
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": _LONGEST_SIDE_PX,
        }
        # One for each step: which steps are taken is a state of the object.
        self._finding: Any = RapidOCR(params=common | {"Global.use_rec": False})
        self._reading: Any = RapidOCR(params=common | {"Global.use_det": False, "Global.text_score": 0.0})
        self.revision = f"{RAPIDOCR} {version(RAPIDOCR)}"

    def read(self, image: Image.Image) -> tuple[int, list[Line]]:
        """How many lines there are, and some of them, as they were read."""
        if image.height < MIN_SIDE_PX or image.width < MIN_SIDE_PX:
            return 0, []
        left_px, lines, boxes = _ALL_LINES_PX, [], self._boxes(image)
        for box in worth_reading(boxes):
            width = min(box.width * _READ_AT_PX // max(1, box.height), _WIDEST_PX)
            if width > left_px:
                continue
            left_px -= width
            widest = box.left + max(1, width * box.height // _READ_AT_PX)
            cut = image.crop((box.left, box.top, min(box.right, widest), box.bottom))
            answer = self._reading(_pixels(cut))
            for text, score in zip(answer.txts or (), answer.scores or (), strict=False):
                if score >= _SURE:
                    lines.append(Line(text, box, round(float(score), 3)))
        return len(boxes), lines

    def _boxes(self, image: Image.Image) -> list[Box]:
        scale = min(1.0, (_FOUND_IN_PIXELS / (image.width * image.height)) ** 0.5)
        small = image
        if scale < 1:
            small = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
        found = self._finding(_pixels(small)).boxes
        boxes = []
        for corners in found if found is not None else ():
            (left, top), (right, bottom) = corners.min(axis=0) / scale, corners.max(axis=0) / scale
            box = Box(int(left), int(top), min(image.width, int(right + 1)), min(image.height, int(bottom + 1)))
            if box.width > 0 and 0 < box.height < _UPRIGHT * box.width:
                boxes.append(box)
        return boxes


def _pixels(image: Image.Image) -> Any:
    """As OpenCV takes a picture: blue, green, red."""
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
