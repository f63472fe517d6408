"""Transforms of CSS as the attribute of SVG: numbers in pixels and degrees, and an origin that is part of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import tinycss2

from captioning.decoding.drawing.expressions import Basis, length_px

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ANGLE = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_KEYWORDS = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}
Box = tuple[float, float, float, float]  # x, y, width, height


def transform_of(style: Mapping[str, str], basis: Basis, own_box: Box | None) -> str | None:
    """What the properties `translate`, `rotate`, `scale`, `transform`, `transform-origin` and `transform-box` come to.

    `own_box` is that of the shape, where it is known. '' is no transform; None what cannot be said: a turn in space,
    an origin in a box that is not known.
    """
    box = (0.0, 0.0, basis.width, basis.height)
    if style.get("transform-box", "").lower() in {"fill-box", "content-box", "border-box", "stroke-box"}:
        if own_box is None:
            return None
        box = own_box
    parts = [
        _single("translate", style.get("translate"), box, basis),
        _single("rotate", style.get("rotate"), box, basis),
        _single("scale", style.get("scale"), box, basis),
        _functions(style.get("transform"), box, basis),
    ]
    if any(part is None for part in parts):
        return None
    inner = " ".join(part for part in parts if part)
    if not inner:
        return ""
    origin = _origin(style.get("transform-origin"), box, basis)
    if origin is None:
        return None
    if origin == (0.0, 0.0):
        return inner
    x, y = origin
    return f"translate({_number(x)} {_number(y)}) {inner} translate({_number(-x)} {_number(-y)})"


def _single(name: str, value: str | None, box: Box, basis: Basis) -> str | None:
    """One of the properties that are a transform of their own."""
    if value is None or value.strip().lower() in {"none", ""}:
        return ""
    words = value.split()
    if name == "rotate" and len(words) > 1:
        return _functions(f"rotate({words[1]})", box, basis) if words[0].lower() == "z" else None
    return _functions(f"{name}({', '.join(words)})", box, basis)


def _functions(value: str | None, box: Box, basis: Basis) -> str | None:
    if value is None or value.strip().lower() in {"none", ""}:
        return ""
    found = []
    for node in tinycss2.parse_component_value_list(value):
        if node.type in {"whitespace", "comment"} or (node.type == "literal" and node.value == ","):
            continue
        if node.type != "function":
            return None
        words = _words(node.arguments)
        written = _function(node.lower_name, words, box, basis)
        if written is None:
            return None
        found.append(written)
    return " ".join(found)


def _words(nodes: Sequence[Any]) -> list[str]:
    """The arguments, whether commas or spaces stand between them."""
    return [
        node.serialize()
        for node in nodes
        if node.type not in {"whitespace", "comment"} and not (node.type == "literal" and node.value == ",")
    ]


def _function(name: str, words: list[str], box: Box, basis: Basis) -> str | None:
    if name in {"translate", "translatex", "translatey", "translate3d"}:
        return _translate(name, words, box, basis)
    if name in {"rotate", "rotatez"}:
        degrees = _degrees(words[0]) if words else None
        if degrees is None:
            return None
        if len(words) == 3:  # of the attribute alone: around a point
            around = [length_px(word, basis, "x") for word in words[1:]]
            return None if None in around else f"rotate({_number(degrees)} {_number(around[0])} {_number(around[1])})"
        return f"rotate({_number(degrees)})"
    if name in {"skewx", "skewy", "skew"}:
        angles = [_degrees(word) for word in words]
        if not angles or any(angle is None for angle in angles):
            return None
        if name != "skew":
            return f"skew{name[-1].upper()}({_number(angles[0])})"
        along, across = (math.tan(math.radians(angle or 0.0)) for angle in [*angles, 0.0][:2])
        return f"matrix(1 {_number(across)} {_number(along)} 1 0 0)"
    numbers = [_plain(word) for word in words]
    if not numbers or any(number is None for number in numbers):
        return None
    if name == "matrix" and len(numbers) == 6:
        return f"matrix({' '.join(map(_number, numbers))})"
    if name in {"scale", "scalex", "scaley", "scale3d"}:
        along = 1.0 if name == "scaley" else numbers[0] or 0.0
        across = 1.0 if name == "scalex" else numbers[-1 if len(numbers) < 2 else 1] or 0.0
        return f"scale({_number(along)} {_number(across)})"
    return None


def _translate(name: str, words: list[str], box: Box, basis: Basis) -> str | None:
    within = Basis(box[2], box[3], basis.font_size)
    if name == "translatey":
        words = ["0", *words]
    offsets = [length_px(word, within, axis) for word, axis in zip(words, ("translate-x", "translate-y"), strict=False)]
    if not offsets or any(offset is None for offset in offsets):
        return None
    return f"translate({' '.join(map(_number, offsets))})"


def _origin(value: str | None, box: Box, basis: Basis) -> tuple[float, float] | None:
    """Where a transform starts from: the corner of the drawing, unless the style says otherwise."""
    if value is None:
        return 0.0, 0.0
    words = value.lower().split()[:2]
    if words[:1] in (["top"], ["bottom"]) or words[1:] in (["left"], ["right"]):
        words.reverse()
    words = [*words, "center", "center"][:2] if len(words) > 1 or words[:1] not in (["top"], ["bottom"]) else words
    found = []
    for axis, word in zip((0, 1), words, strict=False):
        size = box[2 + axis]
        if word in _KEYWORDS:
            offset: float | None = _KEYWORDS[word] * size
        else:
            offset = length_px(word, Basis(box[2], box[3], basis.font_size), ("x", "y")[axis])
        if offset is None:
            return None
        found.append(box[axis] + offset)
    return (found[0], found[1]) if len(found) == 2 else None


def _degrees(word: str) -> float | None:
    nodes = tinycss2.parse_component_value_list(word)
    if len(nodes) != 1:
        return None
    if nodes[0].type == "number":
        return float(nodes[0].value)
    if nodes[0].type == "dimension" and nodes[0].lower_unit in _ANGLE:
        return float(nodes[0].value) * _ANGLE[nodes[0].lower_unit]
    return None


def _plain(word: str) -> float | None:
    nodes = tinycss2.parse_component_value_list(word)
    if len(nodes) == 1 and nodes[0].type in {"number", "percentage"}:
        return float(nodes[0].value) / (100 if nodes[0].type == "percentage" else 1)
    return None


def _number(value: float | None) -> str:
    return f"{value or 0.0:.6g}"
