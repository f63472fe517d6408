"""What follows the outline of a shape, and resvg does not do.

Cuts by basic shapes, strokes that do not scale, and dashes by a length that the drawing names. It comes after the
cascade: sizes and transforms are plain attributes by then.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from lxml import etree

from captioning.decoding.drawing import cuts, geometry
from captioning.decoding.drawing.extents import ELSEWHERE, Extents, name_of, stroke_width, value_of
from captioning.decoding.drawing.sheets import declarations_of

if TYPE_CHECKING:
    from captioning.decoding.drawing.expressions import Basis
    from captioning.decoding.drawing.geometry import Box, Matrix

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_SVG = f"{{{SVG_NAMESPACE}}}"
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")


def finish(root: etree._Element, basis: Basis, scale: tuple[float, float]) -> bool:
    """Draw such things in other ways; `scale` is that of the drawing. Says whether all of them are drawn."""
    return _Outlines(root, basis, scale).finish()


class _Outlines:
    def __init__(self, root: etree._Element, basis: Basis, scale: tuple[float, float]) -> None:
        self._root, self._basis, self._scale = root, basis, scale
        self._is_whole = True
        self._extents = Extents(basis)
        self._cuts = 0

    def finish(self) -> bool:
        for element in [*self._root.iter()]:
            if not isinstance(element.tag, str) or not element.tag.startswith(_SVG):
                continue
            style = element.get("style", "")
            if "clip-path" in style or "(" in element.get("clip-path", ""):
                self._cut(element)
            if "pathLength" in element.attrib:
                self._count_dashes(element)
            if "vector-effect" in style or "vector-effect" in element.attrib:
                self._keep_stroke(element)
        return self._is_whole

    def _cut(self, element: etree._Element) -> None:
        value = value_of(element, "clip-path")
        if value.lower().startswith(("url(", "none")) or not value:
            return
        _set(element, "clip-path", None)
        found = cuts.parts(value)
        if found and found[0] is None:
            return  # a box alone cuts nothing away that is not outside of the shape
        box = self._box(element, found[1]) if found else None
        path = cuts.path_of(found[0], box, self._basis) if found and box else None
        if path is None:
            self._is_whole = False
            return
        self._cuts += 1
        clip = etree.SubElement(self._root, f"{_SVG}clipPath", id=f"-cut-{self._cuts}")
        shape = etree.SubElement(clip, f"{_SVG}path", d=path[0], style=f"clip-rule:{path[1]};stroke:none")
        if found and box and found[0].lower_name == "path":
            shape.set("transform", f"translate({box[0]:.6g} {box[1]:.6g})")
        element.set("clip-path", f"url(#-cut-{self._cuts})")

    def _box(self, element: etree._Element, name: str) -> Box | None:
        if element is self._root:
            return None
        if name == "view-box":
            return 0.0, 0.0, self._basis.width, self._basis.height
        return self._extents.of(element, with_stroke=name in {"border-box", "margin-box", "stroke-box"})

    def _count_dashes(self, element: etree._Element) -> None:
        """resvg takes the lengths of dashes as they are, whatever `pathLength` says the whole is."""
        named = geometry.number(element.get("pathLength"), 0.0)
        if not re.search(r"\d", value_of(element, "stroke-dasharray")) or named <= 0:
            return
        lines = geometry.outline(element, name_of(element), self._basis)
        if lines is None:
            self._is_whole = False
            return
        del element.attrib["pathLength"]
        factor = geometry.length(lines) / named
        for name in ("stroke-dasharray", "stroke-dashoffset"):
            if value := value_of(element, name):
                _set(element, name, _NUMBER.sub(lambda found: f"{float(found[0]) * factor:.6g}", value))

    def _keep_stroke(self, element: etree._Element) -> None:
        """A stroke as wide as it says, however large what it goes around is drawn."""
        if value_of(element, "vector-effect") != "non-scaling-stroke" or value_of(element, "stroke") in {"", "none"}:
            return
        matrix = self._matrix(element)
        lines = geometry.outline(element, name_of(element), self._basis)
        if matrix is None or lines is None:
            self._is_whole = False
            return
        a, b, c, d, e, f = matrix
        across, down, area = math.hypot(a, b), math.hypot(c, d), a * d - b * c
        if abs(area) < 1e-9:
            return
        if abs(across - down) < 0.02 * across and abs(abs(area) - across * down) < 0.02 * across * down:
            _set(element, "stroke-width", f"{stroke_width(element, self._basis) / across:.6g}")
            for name in ("stroke-dasharray", "stroke-dashoffset"):
                if value := value_of(element, name):
                    _set(element, name, _NUMBER.sub(lambda found: f"{float(found[0]) / across:.6g}", value))
            return
        # Otherwise the shape itself is set where it is seen, and all that moves it taken back.
        moved = geometry.moved(matrix, lines)
        data = "".join("M" + "L".join(f"{x:.6g} {y:.6g}" for x, y in line) for line in moved)
        own = geometry.transform(element.get("transform", "")) or geometry.IDENTITY
        back = d / area, -b / area, -c / area, a / area, (c * f - d * e) / area, (b * e - a * f) / area
        element.tag = f"{_SVG}path"
        element.set("d", data)
        element.set("transform", f"matrix({' '.join(f'{part:.9g}' for part in geometry.times(own, back))})")

    def _matrix(self, element: etree._Element) -> Matrix | None:
        """What leads from an element to where it is seen; None where that is not known."""
        matrix: Matrix = geometry.IDENTITY
        for ancestor in [element, *element.iterancestors()]:
            if ancestor is self._root:
                return geometry.times((self._scale[0], 0.0, 0.0, self._scale[1], 0.0, 0.0), matrix)
            own = geometry.transform(ancestor.get("transform", ""))
            if own is None or name_of(ancestor) in {"svg", *ELSEWHERE}:
                return None
            matrix = geometry.times(own, matrix)
        return None


def _set(element: etree._Element, name: str, value: str | None) -> None:
    """Put a value in place of what the style and the attribute say."""
    kept = [f"{key}:{said}" for key, said, _ in declarations_of(element.get("style", "")) if key != name]
    element.attrib.pop(name, None)
    if value is not None:
        kept.append(f"{name}:{value}")
    if kept:
        element.set("style", ";".join(kept))
    else:
        element.attrib.pop("style", None)
