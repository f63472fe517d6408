"""Animations of SVG (`<animate>`, `<set>`, ...) at one moment, as attributes and styles of what they animate."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from captioning.decoding.drawing import geometry
from captioning.decoding.drawing.timing import added, between, eased, seconds

if TYPE_CHECKING:
    from lxml import etree

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_NAMES = {"animate", "animateMotion", "animateTransform", "set"}  # no browser knows animateColor
_MAX_ANIMATIONS = 5_000
_MAX_CHAIN = 8  # of animations that begin with one another
_WITH = re.compile(r"(.{1,200}?)\.(begin|end)\s*(?:([-+])\s*(.{1,40}))?", re.S)
_ATTRIBUTE = re.compile(r"[A-Za-z][\w-]{0,50}")
# Properties of CSS, which an animation puts over what style sheets say.
_PROPERTIES = set(
    "fill stroke fill-opacity stroke-opacity opacity stroke-width stroke-dasharray stroke-dashoffset stop-color "
    "stop-opacity visibility display color font-size letter-spacing word-spacing flood-color flood-opacity "
    "lighting-color stroke-linecap stroke-linejoin stroke-miterlimit fill-rule clip-rule clip-path mask filter "
    "font-family font-weight font-style text-anchor".split()
)


@dataclass(slots=True)
class _Interval:
    begin: float
    end: float  # of all repetitions
    duration: float  # of one; infinite where none is named


class Animations:
    """All animations of a drawing."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        found = [element for element in root.iter() if str(element.tag).removeprefix(_SVG) in _NAMES]
        self._elements = found[:_MAX_ANIMATIONS]
        self._named = {element.get("id", ""): element for element in self._elements}
        self._beginnings = lru_cache(maxsize=None)(self._begins)  # per drawing, and gone with it
        self.last = max((self._first_end(element) for element in self._elements), default=0.0)

    def apply(self, moment: float) -> None:
        """Make the drawing what it is at that moment."""
        targets = {element.get("id"): element for element in self._root.iter() if element.get("id")}
        for element in self._elements:
            href = (element.get("href") or element.get(_XLINK) or "").strip()
            target = targets.get(href.removeprefix("#")) if href else element.getparent()
            share = self._share(element, moment)
            if target is not None and share is not None:
                _animate(element, target, share, targets)

    def _first_end(self, element: etree._Element) -> float:
        """When an animation has run once."""
        begins = [begin for begin in self._beginnings(element, _MAX_CHAIN) if begin >= 0]
        interval = _interval(element, min(begins)) if begins else None
        if interval is None:
            return 0.0
        return interval.begin + (interval.duration if math.isfinite(interval.duration) else 0.0)

    def _begins(self, element: etree._Element, depth: int) -> list[float]:
        """When an animation begins; not those that wait for somebody to do something."""
        if depth < 1:
            return []
        found = []
        for text in element.get("begin", "0s").split(";")[:100]:
            if (offset := seconds(text)) is not None:
                found.append(offset)
            elif match := _WITH.fullmatch(text.strip()):
                other = self._named.get(match[1].strip())
                offset = seconds(match[4]) if match[4] else 0.0
                if other is None or offset is None:
                    continue
                for begin in self._beginnings(other, depth - 1)[:1]:
                    at = begin if match[2] == "begin" else _interval(other, begin).end
                    if math.isfinite(at):
                        found.append(at + (-offset if match[3] == "-" else offset))
        return sorted(found)

    def _share(self, element: etree._Element, moment: float) -> float | None:
        """How much of an animation is over; None where it does nothing."""
        share = None
        for begin in self._beginnings(element, _MAX_CHAIN):
            interval = _interval(element, begin)
            if interval.end <= 0 or begin > moment or interval.end <= begin:
                continue
            if moment < interval.end:
                passed = (moment - begin) / interval.duration
                share = passed - math.floor(passed)
            elif element.get("fill") == "freeze":
                passed = (interval.end - begin) / interval.duration
                share = 1.0 if abs(passed - round(passed)) < 1e-6 and passed > 0.5 else passed - math.floor(passed)
            else:
                share = None
        return share


def _interval(element: etree._Element, begin: float) -> _Interval:
    duration = seconds(element.get("dur", "")) or math.inf
    active = duration
    count, until = element.get("repeatCount", ""), element.get("repeatDur", "")
    if "indefinite" in {count.strip(), until.strip()}:
        active = math.inf
    elif count or until:
        times = geometry.number(count, math.inf if until else 1.0)
        active = min(duration * times if times > 0 else duration, seconds(until) or math.inf)
    ends = [seconds(text) for text in element.get("end", "").split(";")[:100]]
    later = [end for end in ends if end is not None]
    return _Interval(begin, min([begin + active, *later[:1]]), duration if duration > 0 else math.inf)


def _animate(
    element: etree._Element, target: etree._Element, share: float, targets: dict[str | None, etree._Element]
) -> None:
    kind = str(element.tag).removeprefix(_SVG)
    if kind == "animateMotion":
        _move(element, target, share, targets)
        return
    name = element.get("attributeName", "").strip()
    if name == "xlink:href":
        name = _XLINK
    elif not _ATTRIBUTE.fullmatch(name) or name in {"style", "id"}:
        return
    if kind == "animateTransform":
        value = _transform(element, target, share)
    elif kind == "set":
        value = element.get("to")
    else:
        value = _value(element, _base(target, name), share)
    if value is None:
        return
    if name in _PROPERTIES:
        target.set("style", f"{target.get('style', '').rstrip().rstrip(';')};{name}:{value}".lstrip(";"))
    elif not (name.endswith("href") and not value.strip().startswith(("#", "data:"))):  # as when drawings are cleaned
        target.set(name, value)


def _base(target: etree._Element, name: str) -> str:
    found = (
        re.search(rf"(?:^|;)\s*{re.escape(name)}\s*:([^;]*)", target.get("style", "")) if name in _PROPERTIES else None
    )
    return found[1].strip() if found else target.get(name, "")


def _value(element: etree._Element, base: str, share: float) -> str | None:
    values = _values(element, base)
    if not values:
        return None
    value = _along(element, values, share)
    if element.get("additive") == "sum" and "from" not in element.attrib and "by" in element.attrib:
        return value
    return added(base, value) if element.get("additive") == "sum" and base else value


def _values(element: etree._Element, base: str) -> list[str]:
    if listed := [value.strip() for value in element.get("values", "").split(";") if value.strip()]:
        return listed
    start, end, by = element.get("from"), element.get("to"), element.get("by")
    if end is not None:
        return [start if start is not None else base or _usual(element, end), end]
    if by is not None:
        return [start or base, added(start or base or "0", by)]
    return []


def _usual(element: etree._Element, end: str) -> str:
    """What an animation to a value comes from, where the shape says nothing of it."""
    if not re.fullmatch(r"\s*[-+.\d].*", end, re.S):
        return end
    return "1" if "opacity" in element.get("attributeName", "") else "0"


def _along(element: etree._Element, values: list[str], share: float) -> str:
    """The value when a share of the time is over."""
    if len(values) == 1:
        return values[0]
    times = [geometry.number(text.strip(), -1.0) for text in element.get("keyTimes", "").split(";") if text.strip()]
    mode = element.get("calcMode", "linear")
    if mode == "discrete":
        places = times if len(times) == len(values) else [number / len(values) for number in range(len(values))]
        return values[max((number for number, place in enumerate(places) if place <= share), default=0)]
    if len(times) != len(values) or any(later < sooner for sooner, later in pairwise(times)):
        times = [number / (len(values) - 1) for number in range(len(values))]
    part = next((number for number, later in enumerate(times[1:]) if share < later), len(values) - 2)
    long = times[part + 1] - times[part]
    within = min(max((share - times[part]) / long, 0.0), 1.0) if long > 0 else 1.0
    splines = element.get("keySplines", "").split(";")
    if mode == "spline" and part < len(splines):
        curve = [geometry.number(text, 0.0) for text in splines[part].replace(",", " ").split()]
        within = eased(within, (curve[0], curve[1], curve[2], curve[3])) if len(curve) == 4 else within
    return between(values[part], values[part + 1], within)


def _transform(element: etree._Element, target: etree._Element, share: float) -> str | None:
    kind, attribute = element.get("type", "translate"), element.get("attributeName", "transform")
    base = target.get(attribute, "")
    nothing = {"scale": "1"}.get(kind, "0")
    values = _values(element, nothing)
    if not values or kind not in {"translate", "scale", "rotate", "skewX", "skewY"}:
        return None
    widest = max(len(re.findall(r"[^\s,]+", value)) for value in values)
    fill = {"translate": "0", "rotate": "0"}.get(kind)
    if fill is not None:  # "45" and "360 50 50", "9" and "9 9"
        values = [
            " ".join([*(words := re.findall(r"[^\s,]+", value)), *[fill] * (widest - len(words))]) for value in values
        ]
    part = f"{kind}({_along(element, values, share)})"
    is_sum = element.get("additive") == "sum" or ("by" in element.attrib and "from" not in element.attrib)
    return f"{base} {part}".strip() if is_sum else part


def _move(
    element: etree._Element, target: etree._Element, share: float, targets: dict[str | None, etree._Element]
) -> None:
    """Along a path: the place, and the direction where the shape is turned with it."""
    data = element.get("path", "")
    for child in element.iter(f"{_SVG}mpath"):
        path = targets.get((child.get("href") or child.get(_XLINK) or "").strip().removeprefix("#"))
        data = path.get("d", "") if path is not None else data
    points = [point for line in geometry.path_points(data) for point in line]
    if not points:
        values = [re.findall(r"[^\s,]+", value) for value in _values(element, "0,0")]
        points = [(geometry.number(x, 0.0), geometry.number(y, 0.0)) for x, y, *_ in (v for v in values if len(v) > 1)]
    if not points:
        return
    keys = [geometry.number(text.strip(), 0.0) for text in element.get("keyPoints", "").split(";") if text.strip()]
    if keys:
        share = geometry.number(_along(element, [f"{key}" for key in keys], share), share)
    x, y, angle = _place(points, share)
    rotate = element.get("rotate", "0")
    turn = angle if rotate == "auto" else angle + 180 if rotate == "auto-reverse" else geometry.number(rotate, 0.0)
    around = f"translate({x:.6g} {y:.6g})" + (f" rotate({turn:.6g})" if turn else "")
    target.set("transform", f"{around} {target.get('transform', '')}".strip())


def _place(points: list[geometry.Point], share: float) -> tuple[float, float, float]:
    """Where one is on a line after a share of it, and in which direction one goes there, in degrees."""
    left = share * geometry.length([points])
    for one, other in pairwise(points):
        long = math.dist(one, other)
        if long and left <= long:
            part = left / long
            angle = math.degrees(math.atan2(other[1] - one[1], other[0] - one[0]))
            return one[0] + part * (other[0] - one[0]), one[1] + part * (other[1] - one[1]), angle
        left -= long
    return *points[-1], 0.0
