"""SVG drawings, by resvg.

resvg reads any file that a drawing names, and dies of drawings that are too large. So a drawing is cleaned before
(nothing but the drawing itself and what it carries as data: is left to be referred to; entities are resolved by
libxml2, which bounds them), its size is ours, and all of it happens in a process that may die.

What resvg does not know is made into what it does (`drawing`), and what is left of it becomes the warning `not_drawn`.
"""

from __future__ import annotations

import io
import math
import os
import re
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import resvg_py
from lxml import etree
from PIL import Image

from captioning.decoding.drawing import cascade, fonts, labels, lettering, markup, outlines
from captioning.decoding.drawing.expressions import Basis, length_px
from captioning.decoding.drawing.faces import Faces
from captioning.decoding.drawing.keyframes import Keyframes
from captioning.decoding.drawing.photos import as_drawn
from captioning.decoding.drawing.smil import Animations
from captioning.decoding.picture import undecodable

if TYPE_CHECKING:
    from core.errors import ImageError

_DEFAULT_SIZE = (300.0, 150.0)  # of a drawing that names no size: CSS 2.1, section 10.3.2
_MAX_SIDE = 32_767.0  # of the size that is reported; what is drawn has a size of its own
_AFTER_S = 0.001
_NESTED_SIDE_PX = 768
_MAX_NESTED = 2  # drawings in drawings
_CSS_PX = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 9.6 / 2.54,
    "em": 16.0,
    "rem": 16.0,
}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*(px|pt|pc|in|cm|mm|r?em)?\s*", re.I)
_NO_GLYPH = re.compile(r"No fonts with a |No match for '.*' font-family", re.I)
_MAX_SAID_BYTES = 65_536


@dataclass(slots=True)
class _Drawing:
    """A drawing that resvg can draw."""

    root: etree._Element
    width: float
    height: float
    facts: markup.Found
    warnings: list[str]
    faces: Faces  # fonts of its own
    last: float = 0.0  # when all that moves in it has done so once, in seconds


def draw(data: bytes, side_px: int) -> tuple[Image.Image, tuple[int, int], tuple[str, ...]]:
    """A drawing as an RGBA picture, its own size in CSS pixels, and warnings.

    Its shorter side is drawn `side_px` long, unless the longer one would be more than twice that.

    Raises ImageError(decode, ...) with `html`, `corrupt`, `blank`, `no_font` and `not_drawn`. No file is read but
    fonts, those of the machine only for signs that ours have not.
    """
    drawing = _prepared(data, _MAX_NESTED)
    image = _at_size(drawing, side_px)
    for moment in (drawing.last / 2, drawing.last + _AFTER_S):
        # What fades in, or is drawn stroke by stroke, has nothing to show at first.
        if not drawing.last or not _is_empty(image):
            break
        drawing = _prepared(data, _MAX_NESTED, moment=moment)
        image = _at_size(drawing, side_px)
    if _is_empty(image):
        raise _blank(drawing)
    shrink = min(_MAX_SIDE / max(drawing.width, drawing.height), 1.0)
    own = max(round(drawing.width * shrink), 1), max(round(drawing.height * shrink), 1)
    return image, own, tuple(dict.fromkeys(drawing.warnings))


def _at_size(drawing: _Drawing, side_px: int) -> Image.Image:
    scale = min(side_px / min(drawing.width, drawing.height), 2 * side_px / max(drawing.width, drawing.height))
    root = drawing.root
    root.set("width", str(max(round(drawing.width * scale), 1)))
    root.set("height", str(max(round(drawing.height * scale), 1)))
    return _rasterised(drawing)


def _is_empty(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema() == (0, 0)


def _prepared(
    data: bytes, depth: int, default_size: tuple[float, float] = _DEFAULT_SIZE, moment: float = 0.0
) -> _Drawing:
    """A drawing as it is at that moment, in seconds after it was shown."""
    root, warnings = markup.parse(data)
    if etree.QName(root).localname.lower() != "svg":
        raise undecodable("html", "the server sent a page of markup instead of an image")
    if etree.QName(root).namespace is None:
        root = markup.with_namespace(root)
    root.attrib.pop("display", None)  # browsers show a file by itself all the same
    facts = markup.clean(root)
    animations, keyframes = Animations(root), Keyframes(moment)
    animations.apply(moment)
    drawing = _Drawing(root, *_size(root, default_size), facts, [*warnings], Faces(), animations.last)
    labels.choose(root)
    if cascade.is_needed(root):
        viewport = _viewport(root, drawing)
        is_whole = cascade.apply(root, *viewport, keyframes, drawing.faces)
        drawing.last = max(drawing.last, keyframes.last)
        is_whole = outlines.finish(root, Basis(*viewport), _scale(root, drawing)) and is_whole
        is_whole = labels.set_labels(root, *viewport) and is_whole
        lettering.apply(root)
        if not is_whole:
            drawing.warnings.append("not_drawn")
        if facts.has_text and not drawing.faces.is_whole:
            drawing.warnings.append("other_font")
    _mend_photos(drawing, depth)
    if facts.has_text:
        _name_fonts(root, drawing.faces.families)
    if root.get("viewBox") is None:
        root.set("viewBox", f"0 0 {drawing.width} {drawing.height}")
    return drawing


def _viewport(root: etree._Element, drawing: _Drawing) -> tuple[float, float]:
    """What 100% is for what stands in the drawing."""
    box = _view_box(root)
    return (box[2], box[3]) if box else (drawing.width, drawing.height)


def _scale(root: etree._Element, drawing: _Drawing) -> tuple[float, float]:
    """How many CSS pixels there are to a unit of what stands in the drawing, across and down."""
    width, height = _viewport(root, drawing)
    across, down = drawing.width / width, drawing.height / height
    aspect = root.get("preserveAspectRatio", "")
    if "none" in aspect:
        return across, down
    scale = (max if "slice" in aspect else min)(across, down)
    return scale, scale


def _mend_photos(drawing: _Drawing, depth: int) -> None:
    for element in drawing.root.iter("{*}image", "{*}feImage"):
        for name in ("href", "{http://www.w3.org/1999/xlink}href"):
            value = element.get(name, "")
            if not value.lstrip().lower().startswith("data:"):
                continue
            size = _pixels(element.get("width")), _pixels(element.get("height"))
            mended = as_drawn(value, partial(_nested, drawing=drawing, depth=depth, size=size))
            if mended is None:
                del element.attrib[name]
            else:
                element.set(name, mended)


def _nested(data: bytes, drawing: _Drawing, depth: int, size: tuple[float | None, float | None]) -> bytes | None:
    """A drawing inside another, as fit for resvg as the one around it; `size` is the room that it has there."""
    if depth < 1:
        return None
    inside = _prepared(data, depth - 1, (size[0] or _DEFAULT_SIZE[0], size[1] or _DEFAULT_SIZE[1]))
    inside.root.set("width", str(inside.width))
    inside.root.set("height", str(inside.height))
    drawing.warnings += inside.warnings
    if not inside.facts.has_text:
        return etree.tostring(inside.root)
    out = io.BytesIO()  # resvg has no fonts for what is inside
    _at_size(inside, _NESTED_SIDE_PX).save(out, "PNG", compress_level=1)
    drawing.warnings += inside.warnings
    return out.getvalue()


def _name_fonts(root: etree._Element, own: dict[str, str]) -> None:
    """Have texts drawn with the fonts that come with the program, or with the drawing."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if family := element.get("font-family"):
            element.set("font-family", f"'{fonts.family(family, own)}'")
        if style := element.get("style"):
            element.set("style", fonts.with_families(style, own))
        if element.tag.endswith("}style") and element.text:
            element.text = fonts.with_families(element.text, own)


def _rasterised(drawing: _Drawing) -> Image.Image:
    text = etree.tostring(drawing.root, encoding="unicode")
    with drawing.faces.written() as own:
        png, said = _resvg(text, [*own, *fonts.FILES], with_system_fonts=False)
        if _NO_GLYPH.search(said):
            png, said = _resvg(text, [*own, *fonts.FILES], with_system_fonts=True)
            if _NO_GLYPH.search(said):
                drawing.warnings.append("no_font")
    return Image.open(io.BytesIO(png), formats=["PNG"])


def _resvg(text: str, font_files: list[str], *, with_system_fonts: bool) -> tuple[bytes, str]:
    """A PNG of a drawing, and what resvg said of it."""
    options = {
        "skip_system_fonts": not with_system_fonts, "font_files": font_files, "font_family": fonts.SERIF,
        "serif_family": fonts.SANS, "sans_serif_family": fonts.SANS, "monospace_family": fonts.MONO,
        "cursive_family": fonts.SANS, "fantasy_family": fonts.SANS,
    }  # fmt: skip
    with tempfile.TemporaryFile() as log:
        png = _logged(log, text, options)
        if png is None:  # a hostile drawing, of which there is more to say than the log may hold
            with Path(os.devnull).open("wb") as nothing:
                png = _logged(nothing, text, options)
        log.seek(0)
        said = log.read(_MAX_SAID_BYTES).decode("utf-8", "replace")
    assert png is not None
    return png, said


def _logged(log: IO[bytes], text: str, options: dict[str, Any]) -> bytes | None:
    """A PNG of a drawing, with what resvg prints of it in a file; None where the file is full."""
    kept = os.dup(1)
    os.dup2(log.fileno(), 1)
    try:
        return bytes(resvg_py.svg_to_bytes(text, log_information=True, **options))
    except ValueError as error:
        raise undecodable("corrupt", f"the drawing cannot be drawn: {error}") from error
    except BaseException as error:  # a panic of Rust is no Exception
        if "failed printing to stdout" in str(error):
            return None
        raise
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _blank(drawing: _Drawing) -> ImageError:
    """Why a drawing shows nothing."""
    facts, warnings = drawing.facts, drawing.warnings
    if damage := next((warning for warning in warnings if warning in {"damaged", "truncated"}), None):
        return undecodable("corrupt", f"the drawing is {damage}, and what can be read of it shows nothing")
    if "not_drawn" in warnings:
        return undecodable("not_drawn", "all of the drawing is in what the rasteriser does not know")
    if "no_font" in warnings:
        return undecodable("no_font", "all of the drawing is text in signs that no font on this machine has")
    if facts.refers_elsewhere:
        return undecodable("blank", "all of the drawing is in other files, which no browser loads for an <img>")
    if facts.has_sprites:
        return undecodable("blank", "a sprite sheet: what it holds is shown where pages refer to it, not by itself")
    return undecodable("blank", "nothing is drawn: the file is empty, or what it holds is hidden or outside its frame")


def _size(root: etree._Element, default: tuple[float, float]) -> tuple[float, float]:
    """The size at which a browser shows the drawing, in CSS pixels."""
    width, height = _pixels(root.get("width")), _pixels(root.get("height"))
    if box := _view_box(root):
        ratio = box[2] / box[3]
        width, height = width or (height * ratio if height else box[2]), height or (width / ratio if width else box[3])
    return width or default[0], height or default[1]


def _view_box(root: etree._Element) -> list[float] | None:
    box = [float(number) for number in re.findall(_NUMBER, root.get("viewBox", ""), re.I)[:4]]
    return box if len(box) == 4 and 0 < box[2] < math.inf and 0 < box[3] < math.inf else None


def _pixels(length: str | None) -> float | None:
    """A CSS length; None for a share of the page, and for what is no length."""
    found = _LENGTH.fullmatch(length or "")
    if length and "(" in length and "%" not in length:
        pixels = length_px(length, Basis(0.0, 0.0), "width") or 0.0
    else:
        pixels = float(found[1]) * _CSS_PX[(found[2] or "").lower()] if found else 0.0
    return pixels if 0 < pixels < math.inf else None
