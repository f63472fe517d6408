"""The basic shapes of CSS that cut (`clip-path: circle(...)`), as paths that resvg cuts by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import tinycss2

from captioning.decoding.drawing.expressions import Basis, length_px

if TYPE_CHECKING:
    from captioning.decoding.drawing.geometry import Box

_BOXES = {"fill-box", "stroke-box", "view-box", "border-box", "padding-box", "content-box", "margin-box"}
_KEYWORDS = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}
_RULES = {"nonzero", "evenodd"}


def parts(value: str) -> tuple[Any, str] | None:
    """The function in a `clip-path` and the box that it is relative to; None where it is no shape and a box."""
    shape, box = None, "border-box"
    for node in tinycss2.parse_component_value_list(value):
        if node.type in {"whitespace", "comment"}:
            continue
        if node.type == "function" and shape is None:
            shape = node
        elif node.type == "ident" and node.lower_value in _BOXES:
            box = node.lower_value
        else:
            return None
    return shape, box


def path_of(shape: Any, box: Box, basis: Basis) -> tuple[str, str] | None:
    """A shape in a box as path data and the rule of what is inside it; None for one that is not known."""
    arguments = _split(shape.arguments, ",")
    reader = _READERS.get(shape.lower_name)
    return reader(arguments, box, basis) if reader else None


def _split(nodes: Any, separator: str) -> list[list[Any]]:
    found: list[list[Any]] = [[]]
    for node in nodes:
        if node.type == "literal" and node.value == separator:
            found.append([])
        elif node.type not in {"whitespace", "comment"}:
            found[-1].append(node)
    return found


def _length(node: Any, whole: float, basis: Basis) -> float | None:
    return length_px(node.serialize(), Basis(whole, whole, basis.font_size), "x")


def _position(words: list[Any], box: Box, basis: Basis) -> tuple[float, float] | None:
    """A place in a box: one word or two, or two pairs of an edge and how far from it."""
    if len(words) == 4:
        found: dict[int, float] = {}
        for edge, distance in (words[:2], words[2:]):
            name = edge.serialize().lower()
            axis = 0 if name in {"left", "right"} else 1
            far = _length(distance, box[2 + axis], basis)
            if far is None or name not in _KEYWORDS:
                return None
            found[axis] = box[axis] + (far if name in {"left", "top"} else box[2 + axis] - far)
        return (found[0], found[1]) if len(found) == 2 else None
    names = [word.serialize().lower() for word in words]
    if names[:1] in (["top"], ["bottom"]) or names[1:] in (["left"], ["right"]):
        words, names = [*words[1:], *words[:1]], [*names[1:], *names[:1]]
        if len(names) == 1:
            return box[0] + box[2] / 2, box[1] + _KEYWORDS[names[0]] * box[3]
    place = []
    for axis in (0, 1):
        if axis >= len(words) or names[axis] in _KEYWORDS:
            offset: float | None = _KEYWORDS.get(names[axis] if axis < len(names) else "center", 0.5) * box[2 + axis]
        else:
            offset = _length(words[axis], box[2 + axis], basis)
        if offset is None:
            return None
        place.append(box[axis] + offset)
    return place[0], place[1]


def _circle(arguments: list[list[Any]], box: Box, basis: Basis, count: int = 1) -> tuple[str, str] | None:
    """Also an ellipse, which has two radii."""
    words = arguments[0]
    at = next((place for place, word in enumerate(words) if word.type == "ident" and word.lower_value == "at"), None)
    radii, where = (words, []) if at is None else (words[:at], words[at + 1 :])
    middle = _position(where, box, basis)
    if middle is None or len(radii) not in {0, count}:
        return None
    distances = [(abs(middle[axis] - box[axis]), abs(box[axis] + box[2 + axis] - middle[axis])) for axis in (0, 1)]
    found = []
    for number in range(count):
        sides = distances[number] if count == 2 else (*distances[0], *distances[1])
        word = radii[number].serialize().lower() if radii else "closest-side"
        whole = box[2 + number] if count == 2 else math.hypot(box[2], box[3]) / math.sqrt(2)
        radius = {"closest-side": min(sides), "farthest-side": max(sides)}.get(word)
        radius = _length(radii[number], whole, basis) if radius is None else radius
        if radius is None or radius < 0:
            return None
        found.append(radius)
    rx, ry = found[0], found[-1]
    x, y = middle
    return (
        f"M{x - rx:.6g} {y:.6g}a{rx:.6g} {ry:.6g} 0 1 0 {2 * rx:.6g} 0a{rx:.6g} {ry:.6g} 0 1 0 {-2 * rx:.6g} 0z",
        "nonzero",
    )


def _ellipse(arguments: list[list[Any]], box: Box, basis: Basis) -> tuple[str, str] | None:
    return _circle(arguments, box, basis, 2)


def _polygon(arguments: list[list[Any]], box: Box, basis: Basis) -> tuple[str, str] | None:
    rule = "nonzero"
    if len(arguments[0]) == 1 and arguments[0][0].serialize().lower() in _RULES:
        rule, arguments = arguments[0][0].serialize().lower(), arguments[1:]
    points = []
    for words in arguments:
        if len(words) != 2:
            return None
        x, y = (_length(word, box[2 + axis], basis) for axis, word in enumerate(words))
        if x is None or y is None:
            return None
        points.append(f"{box[0] + x:.6g} {box[1] + y:.6g}")
    return (f"M{'L'.join(points)}z", rule) if points else None


def _path(arguments: list[list[Any]], _box: Box, _basis: Basis) -> tuple[str, str] | None:
    """Whoever asks moves it to the corner of the box."""
    rule = "nonzero"
    if len(arguments) == 2 and len(arguments[0]) == 1:
        rule, arguments = arguments[0][0].serialize().lower(), arguments[1:]
    if len(arguments) != 1 or len(arguments[0]) != 1 or arguments[0][0].type != "string" or rule not in _RULES:
        return None
    return arguments[0][0].value, rule


def _inset(arguments: list[list[Any]], box: Box, basis: Basis) -> tuple[str, str] | None:
    edges, radii = _edges_and_radii(arguments)
    found = [_length(word, box[3 if number % 2 == 0 else 2], basis) for number, word in enumerate(_four(edges))]
    if None in found or not edges:
        return None
    top, right, bottom, left = (edge or 0.0 for edge in found)
    return _rounded(box[0] + left, box[1] + top, box[2] - left - right, box[3] - top - bottom, radii, box, basis)


def _rect(arguments: list[list[Any]], box: Box, basis: Basis) -> tuple[str, str] | None:
    edges, radii = _edges_and_radii(arguments)
    if len(edges) != 4:
        return None
    found: list[float | None] = []
    for number, word in enumerate(edges):
        whole = box[3 if number % 2 == 0 else 2]
        if word.serialize().lower() == "auto":
            found.append(whole if number in {1, 2} else 0.0)
        else:
            found.append(_length(word, whole, basis))
    if None in found:
        return None
    top, right, bottom, left = (edge or 0.0 for edge in found)
    return _rounded(box[0] + left, box[1] + top, right - left, bottom - top, radii, box, basis)


def _xywh(arguments: list[list[Any]], box: Box, basis: Basis) -> tuple[str, str] | None:
    sides, radii = _edges_and_radii(arguments)
    found = [_length(word, box[2 + number % 2], basis) for number, word in enumerate(sides)]
    if len(found) != 4 or None in found:
        return None
    x, y, width, height = (side or 0.0 for side in found)
    return _rounded(box[0] + x, box[1] + y, width, height, radii, box, basis)


def _edges_and_radii(arguments: list[list[Any]]) -> tuple[list[Any], list[Any]]:
    words = arguments[0] if len(arguments) == 1 else []
    for place, word in enumerate(words):
        if word.type == "ident" and word.lower_value == "round":
            return words[:place], words[place + 1 :]
    return words, []


def _four(words: list[Any]) -> list[Any]:
    """One to four values as those of the four sides, as CSS has it."""
    sides: dict[int, tuple[int, ...]] = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 3: (0, 1, 2, 1), 4: (0, 1, 2, 3)}
    return [words[number] for number in sides.get(len(words), ())]


def _rounded(
    x: float, y: float, width: float, height: float, radii: list[Any], box: Box, basis: Basis
) -> tuple[str, str] | None:
    """A rectangle with round corners."""
    width, height = max(width, 0.0), max(height, 0.0)
    both = _split(radii, "/")
    across = [_length(word, box[2], basis) for word in _four(both[0])] if radii else [0.0] * 4
    down = [_length(word, box[3], basis) for word in _four(both[-1])] if radii else [0.0] * 4
    if len(across) != 4 or len(down) != 4 or None in across or None in down:
        return None
    rx, ry = [radius or 0.0 for radius in across], [radius or 0.0 for radius in down]
    sums = ((width, rx[0] + rx[1]), (width, rx[2] + rx[3]), (height, ry[0] + ry[3]), (height, ry[1] + ry[2]))
    shrink = min([1.0, *(side / total for side, total in sums if total)])
    rx, ry = [radius * shrink for radius in rx], [radius * shrink for radius in ry]
    corners = [
        (f"M{x + rx[0]:.6g} {y:.6g}H{x + width - rx[1]:.6g}", rx[1], ry[1], x + width, y + ry[1]),
        (f"V{y + height - ry[2]:.6g}", rx[2], ry[2], x + width - rx[2], y + height),
        (f"H{x + rx[3]:.6g}", rx[3], ry[3], x, y + height - ry[3]),
        (f"V{y + ry[0]:.6g}", rx[0], ry[0], x + rx[0], y),
    ]
    data = "".join(
        f"{line}A{across:.6g} {down:.6g} 0 0 1 {to_x:.6g} {to_y:.6g}" for line, across, down, to_x, to_y in corners
    )
    return f"{data}z", "nonzero"


_READERS = {
    "circle": _circle, "ellipse": _ellipse, "polygon": _polygon, "path": _path, "inset": _inset, "rect": _rect,
    "xywh": _xywh,
}  # fmt: skip
