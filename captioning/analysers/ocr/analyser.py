"""Says of a picture which text is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from captioning.analysers.ocr.lines import cleaned
from captioning.decoding.process import SIDE_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from captioning.analysers.ocr.lines import Line
    from captioning.decoding.picture import DecodedPicture

CODE = "1"  # raise it when a picture may get another answer


class Reader(Protocol):
    """A program that reads pictures."""

    @property
    def revision(self) -> str:
        """It and its models."""
        ...

    @property
    def scripts(self) -> Sequence[str]:
        """Those that it reads, as `rules.text.scripts` names them."""
        ...

    def read(self, image: Image.Image) -> tuple[int, list[Line]]:
        """How many lines there are in a picture, and some of them, in no order."""
        ...


class OcrAnalyser:
    """The lines at the top, at the bottom and the largest, by a reader; docs/workers.md says what they are good for."""

    # Letters of a screen are 13 px high; reduced to this, those of one of 1,600 lines are still read.
    side_px = SIDE_PX
    spared = frozenset({"photograph"})

    def __init__(self, name: str, reader: Reader) -> None:
        self.name = name
        self.revision = f"{CODE}-{reader.revision}"
        self._reader = reader

    def analyse(self, picture: DecodedPicture) -> dict[str, Any]:
        """`lines` with their text, box in pixels of the file and score; `found`, how many there are; `scripts`."""
        found, lines = self._reader.read(picture.image)
        across, down = picture.width / picture.image.width, picture.height / picture.image.height
        return {
            "size": [picture.width, picture.height],
            "scripts": list(self._reader.scripts),
            "found": found,
            "lines": [
                {
                    "text": line.text,
                    "box": [
                        round(line.box.left * across),
                        round(line.box.top * down),
                        round(line.box.right * across),
                        round(line.box.bottom * down),
                    ],
                    "score": line.score,
                }
                for line in cleaned(lines)
            ],
        }
