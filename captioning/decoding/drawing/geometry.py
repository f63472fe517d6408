"""Where shapes are and how long their outlines are: what CSS asks of them, and resvg keeps to itself.

Curves are taken as the chords of some points on them, which is near enough to cut, to scale and to count dashes.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from captioning.decoding.drawing.expressions import Basis, length_px

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # x, y, width, height
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_STEPS = 16  # of a curve
_MAX_POINTS = 100_000
_BETWEEN = re.compile(r"[\s,]*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.I)
_FUNCTION = re.compile(r"(?<![A-Za-z])([A-Za-z]+)\s*\(([^()]*)\)")
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


def outline(element: etree._Element, name: str, basis: Basis) -> list[list[Point]] | None:
    """The lines around an element of that name, each as points; None where that is not known."""

    def of(attribute: str) -> float:
        found = length_px(element.get(attribute, "0"), basis, attribute.rstrip("12"))
        return found if found is not None else 0.0

    match name:
        case "rect" | "image" | "foreignObject":
            x, y, width, height = of("x"), of("y"), of("width"), of("height")
            return [[(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]]
        case "circle":
            return [_ellipse(of("cx"), of("cy"), of("r"), of("r"))]
        case "ellipse":
            return [_ellipse(of("cx"), of("cy"), of("rx"), of("ry"))]
        case "line":
            return [[(of("x1"), of("y1")), (of("x2"), of("y2"))]]
        case "polyline" | "polygon":
            numbers = [float(found) for found in _NUMBER.findall(element.get("points", ""))]
            points = [*zip(numbers[::2], numbers[1::2], strict=False)]
            return [points + points[:1] if name == "polygon" else points]
        case "path":
            return path_points(element.get("d", ""))
    return None


def number(text: str | None, default: float) -> float:
    """A length in pixels; the default for what is none, or a share of something."""
    try:
        value = float((text or "").removesuffix("px"))
    except ValueError:
        return default
    return value if math.isfinite(value) else default


def box_of(lines: list[list[Point]] | None) -> Box | None:
    """What lines fill; None for none."""
    points = [point for line in lines or [] for point in line]
    if not points:
        return None
    left, top = (min(point[axis] for point in points) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in points) for axis in (0, 1))
    return left, top, right - left, bottom - top


def length(lines: list[list[Point]]) -> float:
    """Of all lines together."""
    return sum(math.dist(one, other) for line in lines for one, other in pairwise(line))


def transform(text: str) -> Matrix | None:
    """The attribute `transform` as a matrix; None for what is none."""
    matrix = IDENTITY
    for name, arguments in _FUNCTION.findall(text):
        numbers = [float(found) for found in _NUMBER.findall(arguments)]
        part = _matrix(name.lower(), numbers)
        if part is None:
            return None
        matrix = times(matrix, part)
    return matrix


def times(one: Matrix, other: Matrix) -> Matrix:
    """First the other, then the one."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f


def moved(matrix: Matrix, lines: list[list[Point]]) -> list[list[Point]]:
    """Lines after a transform."""
    a, b, c, d, e, f = matrix
    return [[(a * x + c * y + e, b * x + d * y + f) for x, y in line] for line in lines]


def _matrix(name: str, numbers: list[float]) -> Matrix | None:
    match name, numbers:
        case "matrix", [a, b, c, d, e, f]:
            return a, b, c, d, e, f
        case "translate", [x, *rest]:
            return 1.0, 0.0, 0.0, 1.0, x, (rest or [0.0])[0]
        case "scale", [x, *rest]:
            return x, 0.0, 0.0, (rest or [x])[0], 0.0, 0.0
        case "rotate", [angle, *around]:
            cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            x, y = (*around, 0.0, 0.0)[:2]
            return cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y
        case "skewx", [angle]:
            return 1.0, 0.0, math.tan(math.radians(angle)), 1.0, 0.0, 0.0
        case "skewy", [angle]:
            return 1.0, math.tan(math.radians(angle)), 0.0, 1.0, 0.0, 0.0
    return None


def _ellipse(x: float, y: float, rx: float, ry: float) -> list[Point]:
    angles = (2 * math.pi * step / (4 * _STEPS) for step in range(4 * _STEPS + 1))
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def path_points(data: str) -> list[list[Point]]:
    """The lines of a path, as far as it can be read."""
    lines: list[list[Point]] = []
    count = 0
    for points in _Path(data).lines():
        count += len(points)
        if count > _MAX_POINTS:
            break
        lines.append(points)
    return lines


class _Path:
    """A reader of path data."""

    def __init__(self, data: str) -> None:
        self._tokens = _tokens(data)
        self._start = self._at = (0.0, 0.0)
        self._control: Point | None = None  # the last one, which S mirrors after a C or S, and T after a Q or T
        self._mirrors = ""
        self._line: list[Point] = []

    def lines(self) -> Iterator[list[Point]]:
        letter = ""
        numbers: list[float] = []
        for token in self._tokens:
            if token.isalpha():
                if token.upper() not in _COUNTS:
                    break
                letter, numbers = token, []
            elif not letter or letter in "zZ":
                break
            else:
                numbers.append(float(token))
            if len(numbers) == _COUNTS[letter.upper()]:
                if letter in "mM" and self._line:
                    yield self._line
                    self._line = []
                self._take(letter, numbers)
                letter, numbers = {"m": "l", "M": "L"}.get(letter, letter), []
                if len(self._line) > _MAX_POINTS:
                    break
        if self._line:
            yield self._line

    def _take(self, letter: str, numbers: list[float]) -> None:
        x, y = self._at if letter.islower() else (0.0, 0.0)
        kind = letter.upper()
        if not self._line and kind != "M":
            self._line = [self._at]
        if kind == "Z":
            self._line.append(self._start)
            self._at, self._control = self._start, None
            return
        if kind == "A":
            self._arc(numbers[:5], (numbers[5] + x, numbers[6] + y))
            return
        if kind in "HV":
            end = (numbers[0] + x, self._at[1]) if kind == "H" else (self._at[0], numbers[0] + y)
            points = [end]
        else:
            points = [(one + x, other + y) for one, other in zip(numbers[::2], numbers[1::2], strict=True)]
        mirrored = self._at
        if self._control and kind == self._mirrors:
            mirrored = 2 * self._at[0] - self._control[0], 2 * self._at[1] - self._control[1]
        if kind in "ST":
            points = [mirrored, *points]
        if len(points) > 1:
            self._curve([self._at, *points])
            self._control, self._mirrors = points[-2], "S" if kind in "CS" else "T"
        else:
            self._line.append(points[-1])
            self._control = None
        self._at = points[-1]
        if kind == "M":
            self._start = self._at

    def _curve(self, points: list[Point]) -> None:
        """A Bézier curve of any degree."""
        for step in range(1, _STEPS + 1):
            share, layer = step / _STEPS, points
            while len(layer) > 1:
                layer = [
                    (one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1]))
                    for one, other in pairwise(layer)
                ]
            self._line.append(layer[0])

    def _arc(self, numbers: list[float], end: Point) -> None:
        """SVG 2, appendix B.2.4."""
        start, self._at, self._control = self._at, end, None
        rx, ry, turn = abs(numbers[0]), abs(numbers[1]), math.radians(numbers[2])
        if not rx or not ry or start == end:
            self._line.append(end)
            return
        cos, sin = math.cos(turn), math.sin(turn)
        dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
        x, y = cos * dx + sin * dy, -sin * dx + cos * dy
        grown = max(math.sqrt((x / rx) ** 2 + (y / ry) ** 2), 1.0)
        rx, ry = rx * grown, ry * grown
        under = max((rx * ry) ** 2 / ((rx * y) ** 2 + (ry * x) ** 2) - 1, 0.0)
        factor = math.sqrt(under) * (-1 if bool(numbers[3]) == bool(numbers[4]) else 1)
        cx, cy = factor * rx * y / ry, -factor * ry * x / rx
        first = math.atan2((y - cy) / ry, (x - cx) / rx)
        sweep = math.atan2((-y - cy) / ry, (-x - cx) / rx) - first
        sweep += 2 * math.pi * ((sweep < 0 and bool(numbers[4])) - (sweep > 0 and not numbers[4]))
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        for step in range(1, 2 * _STEPS + 1):
            angle = first + sweep * step / (2 * _STEPS)
            x, y = rx * math.cos(angle) + cx, ry * math.sin(angle) + cy
            self._line.append((cos * x - sin * y + middle[0], sin * x + cos * y + middle[1]))


def _tokens(data: str) -> Iterator[str]:
    """The letters and numbers of path data; the flags of arcs may stand against what follows ("a1 1 0 01.5 2")."""
    place, letter, count = 0, "", 0
    while (place := _BETWEEN.match(data, place).end()) < len(data):  # type: ignore[union-attr]  # matches anywhere
        sign = data[place]
        if sign.isalpha():
            letter, count = sign, 0
            place += 1
            yield sign
            continue
        if letter in {"a", "A"} and count % 7 in {3, 4}:
            token = sign if sign in "01" else ""
        else:
            found = _NUMBER.match(data, place)
            token = found[0] if found else ""
        if not token:
            return
        count += 1
        place += len(token)
        yield token
