"""Where what a caption names is, as numbered boxes on the picture. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from captioning.explaining.fonts import sans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.protocol import Phrase

# Okabe and Ito's, which people who see few colours tell apart, too: https://jfly.uni-koeln.de/color/
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_LONGEST_PX = 640  # of the picture
_LINE_PX, _TAG_PX, _FONT_PX = 3, 18, 13


def colour_of(number: int) -> str:
    """The colour of the phrase with this number, from 1."""
    return COLOURS[(number - 1) % len(COLOURS)]


def draw_boxes(image: Image.Image, phrases: Sequence[Phrase]) -> Image.Image:
    """The picture with the boxes of each phrase in one colour, and the phrase's number, from 1, in their corners."""
    scale = _LONGEST_PX / max(image.size)  # as large as the captioner was given it, numbers would hide it
    width, height = (max(1, round(side * scale)) for side in image.size)
    shown = image.convert("RGB").resize((width, height))
    draw, font = ImageDraw.Draw(shown), sans(_FONT_PX)
    for number, phrase in enumerate(phrases, 1):
        for box in phrase.boxes:
            left, top, right, bottom = (
                share * side for share, side in zip(box, (shown.width, shown.height) * 2, strict=True)
            )
            draw.rectangle((left, top, right - 1, bottom - 1), outline=colour_of(number), width=_LINE_PX)
            wide = font.getlength(str(number)) + 8
            draw.rectangle((left, top, left + wide, top + _TAG_PX), fill=colour_of(number))
            draw.text((left + 4, top + 1), str(number), "white", font)
    return shown
