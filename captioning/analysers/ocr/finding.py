"""Where lines of text are in a picture, by rapidocr's detector: PP-OCR's small model, which comes in its wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from captioning.analysers.ocr.lines import Box

if TYPE_CHECKING:
    from PIL import Image

ON_ONE_THREAD = {
    "Global.use_cls": False,
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # pictures are read side by side
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
MIN_SIDE_PX = 12  # of a picture that may hold a line
_FOUND_IN_PIXELS = 1_000_000  # a larger picture is looked for lines at a smaller size
_LONGEST_SIDE_PX = 1600
_UPRIGHT = 1.5  # height by width of what stands on its end


class LineFinder:
    """The detector, loaded. It knows no letters, and finds lines of any script. Safe to call from many threads."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        own = {"Global.use_rec": False, "Det.limit_type": "max", "Det.limit_side_len": _LONGEST_SIDE_PX}
        self._finding: Any = RapidOCR(params=ON_ONE_THREAD | own)

    def boxes(self, image: Image.Image) -> list[Box]:
        """All lines of a picture, in no order."""
        if min(image.size) < MIN_SIDE_PX:
            return []
        scale = min(1.0, (_FOUND_IN_PIXELS / (image.width * image.height)) ** 0.5)
        small = image
        if scale < 1:
            small = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
        found = self._finding(pixels(small)).boxes
        boxes = []
        for corners in found if found is not None else ():
            (left, top), (right, bottom) = corners.min(axis=0) / scale, corners.max(axis=0) / scale
            box = Box(int(left), int(top), min(image.width, int(right + 1)), min(image.height, int(bottom + 1)))
            if box.width > 0 and 0 < box.height < _UPRIGHT * box.width:
                boxes.append(box)
        return boxes


def pixels(image: Image.Image) -> Any:
    """As OpenCV takes a picture: blue, green, red."""
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
