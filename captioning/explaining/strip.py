"""Where a captioner looked for each word, as a picture and as a page. Pure."""

from __future__ import annotations

import base64
import io
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
from PIL import Image, ImageDraw

from captioning.explaining.boxes import colour_of, draw_boxes
from captioning.explaining.fonts import sans
from core.text import shown_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captioning.explaining.describe import Description
    from inference.protocol import Gaze

_HEIGHT_PX = 160  # of the picture, for each word
_WIDEST_PX = 320
_LABEL_PX, _GAP_PX, _FONT_PX = 40, 8, 13
_PER_ROW = 5
_DARKEST = 0.3  # what is left of the light where the captioner did not look at all
_CURVE = 0.6  # shares to light: even half of the largest share is seen to be looked at


def draw_words(image: Image.Image, words: Sequence[Gaze]) -> list[Image.Image]:
    """The picture once for each word: bright where the captioner looked, dark elsewhere."""
    height = min(_HEIGHT_PX, image.height)
    small = image.resize((min(_WIDEST_PX, max(1, round(image.width * height / image.height))), height))
    return [_lit(small, word) for word in words]


def draw_strip(image: Image.Image, words: Sequence[Gaze]) -> Image.Image:
    """The same beside one another, in rows of five, each with its word and chance."""
    drawn = draw_words(image, words)
    width, height = drawn[0].width + _GAP_PX, drawn[0].height + _LABEL_PX
    columns, rows = min(_PER_ROW, len(drawn)), -(-len(drawn) // _PER_ROW)
    strip = Image.new("RGB", (columns * width + _GAP_PX, rows * height + _GAP_PX), "white")
    font = sans(_FONT_PX)
    draw = ImageDraw.Draw(strip)
    for place, (picture, word) in enumerate(zip(drawn, words, strict=True)):
        x, y = _GAP_PX + place % columns * width, _GAP_PX + place // columns * height
        strip.paste(picture, (x, y))
        draw.text((x, y + picture.height + 4), f"{word.word} {word.chance:.0%}", "black", font)
    return strip


def page(described: Sequence[Description]) -> str:
    """One page of HTML with nothing outside it, for descriptions that have words or phrases."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string((resources.files(__package__) / "strip.html").read_text("utf-8"))
    return template.render(pictures=[_shown(one) for one in described if one.words or one.phrases])


def _shown(one: Description) -> dict[str, object]:
    assert one.picture is not None
    assert one.caption is not None
    drawn = draw_words(one.picture.image, one.words)
    boxes = _data_address(draw_boxes(one.picture.image, one.phrases)) if one.phrases else None
    return {
        "source": shown_line(one.source)[:200],
        "caption": one.caption.text,
        "withheld": one.caption.withheld,
        "confidence": one.caption.confidence,
        "boxes": boxes,
        "phrases": [
            {"text": phrase.text, "colour": colour_of(number), "count": len(phrase.boxes)}
            for number, phrase in enumerate(one.phrases, 1)
        ],
        "words": [
            {"word": word.word, "chance": f"{word.chance:.0%}", "picture": _data_address(picture)}
            for word, picture in zip(one.words, drawn, strict=True)
        ],
    }


def _lit(image: Image.Image, word: Gaze) -> Image.Image:
    most = max(max(row) for row in word.where)
    lights = (_DARKEST + (1 - _DARKEST) * (share / most) ** _CURVE for row in word.where for share in row)
    levels = bytes(round(255 * light) for light in lights)
    light = Image.frombytes("L", (len(word.where[0]), len(word.where)), levels).resize(
        image.size, Image.Resampling.BICUBIC
    )
    return Image.composite(image, Image.new("RGB", image.size), light)


def _data_address(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
