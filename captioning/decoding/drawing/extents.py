"""What an element of a drawing fills, in its own coordinates, and what holds of it: by its style or by an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.decoding.drawing import geometry
from captioning.decoding.drawing.expressions import Basis, length_px
from captioning.decoding.drawing.sheets import declarations_of

if TYPE_CHECKING:
    from lxml import etree

    from captioning.decoding.drawing.geometry import Box

_MAX_DEPTH = 30  # of groups
_MAX_SHAPES = 20_000  # of a drawing, each of them asked for once
_INHERITED = {
    "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "text-transform", "white-space",
}  # fmt: skip
_NO_ATTRIBUTES = {"text-transform", "white-space"}  # which SVG knows in styles alone
ELSEWHERE = {"symbol", "marker", "pattern", "mask", "clipPath", "defs"}  # what is in them is drawn where others say
_SILENT = ELSEWHERE | {"title", "desc", "metadata", "animate", "animateMotion", "animateTransform", "set", "style"}


class Extents:
    """Answers for one drawing."""

    def __init__(self, basis: Basis) -> None:
        self._basis = basis
        self._asked = 0

    def of(self, element: etree._Element, *, with_stroke: bool) -> Box | None:
        """What an element fills; None where that is not known."""
        return self._of(element, with_stroke, _MAX_DEPTH)

    def _of(self, element: etree._Element, with_stroke: bool, depth: int) -> Box | None:
        self._asked += 1
        if depth < 1 or self._asked > _MAX_SHAPES:
            return None
        name = name_of(element)
        if name in {"g", "a"}:
            return self._of_group(element, with_stroke, depth)
        box = geometry.box_of(geometry.outline(element, name, self._basis))
        if box and with_stroke and value_of(element, "stroke") not in {"", "none"}:
            half = stroke_width(element, self._basis) / 2
            return box[0] - half, box[1] - half, box[2] + 2 * half, box[3] + 2 * half
        return box

    def _of_group(self, group: etree._Element, with_stroke: bool, depth: int) -> Box | None:
        corners: list[geometry.Point] = []
        for child in group:
            if not isinstance(child.tag, str) or name_of(child) in _SILENT:
                continue
            box, matrix = self._of(child, with_stroke, depth - 1), geometry.transform(child.get("transform", ""))
            if box is None or matrix is None:
                return None
            x, y, width, height = box
            corners += geometry.moved(matrix, [[(x, y), (x + width, y), (x, y + height), (x + width, y + height)]])[0]
        return geometry.box_of([corners])


def stroke_width(element: etree._Element, basis: Basis) -> float:
    """How wide the stroke around an element is."""
    found = length_px(value_of(element, "stroke-width") or "1", basis, "stroke-width")
    return found if found is not None else 1.0


def name_of(element: etree._Element) -> str:
    """Its name without the namespace."""
    return str(element.tag).rpartition("}")[2]


def value_of(element: etree._Element, name: str) -> str:
    """What holds of an element, or of those around it where that is inherited; '' for nothing."""
    for holder in [element, *element.iterancestors()] if name in _INHERITED else [element]:
        if name in holder.get("style", ""):
            declared = {key: value for key, value, _ in declarations_of(holder.get("style", ""))}
            if name in declared:
                return declared[name].strip()
        if name in holder.attrib and name not in _NO_ATTRIBUTES:
            return (holder.get(name) or "").strip()
    return ""
