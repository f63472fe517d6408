"""Animations of CSS (`@keyframes`) at one moment, as declarations that stand over all others."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tinycss2

from captioning.decoding.drawing.timing import EASINGS, between, eased, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_FRAMES = 500
_MAX_ANIMATIONS = 20  # of one element
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,9})?)%")
_FUNCTION = re.compile(r"\s*(cubic-bezier|steps)\(([^()]*)\)\s*", re.I)
_TRANSFORM = re.compile(r"(?<![a-z])[a-z]+\([^()]*\)", re.I)
_NUMBER = re.compile(r"(?<![a-z])[-+]?(?:\d+\.?\d*|\.\d+)", re.I)
_DIRECTIONS = {"normal", "reverse", "alternate", "alternate-reverse"}
_FILLS = {"forwards", "backwards", "both"}
_LONG = ("name", "duration", "delay", "iteration-count", "direction", "fill-mode", "timing-function")
_USUAL = {  # where a keyframe says nothing and neither does the shape
    "opacity": "1", "fill-opacity": "1", "stroke-opacity": "1", "stroke-dashoffset": "0", "scale": "1",
    "rotate": "0deg", "translate": "0px", "transform": "none", "visibility": "visible",
}  # fmt: skip

Frame = tuple[float, str, str]  # when, of one; the value; how it eases to the next, '' as the animation does


@dataclass(slots=True)
class _Animation:
    name: str = ""
    duration: float = 0.0
    delay: float = 0.0
    count: float = 1.0
    direction: str = "normal"
    fill: str = "none"
    easing: str = "ease"


class Keyframes:
    """The `@keyframes` of all sheets, at one moment."""

    def __init__(self, moment: float) -> None:
        """For so many seconds after the drawing was shown."""
        self._moment = moment
        self._rules: dict[str, dict[str, list[Frame]]] = {}
        self.last = 0.0  # when all animations that were met have run once

    def add(self, name: str, content: Any) -> None:
        """Take in a rule."""
        properties: dict[str, list[Frame]] = {}
        rules = tinycss2.parse_rule_list(content, skip_comments=True, skip_whitespace=True)
        for rule in [rule for rule in rules if rule.type == "qualified-rule"][:_MAX_FRAMES]:
            nodes = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            said = {n.lower_name: tinycss2.serialize(n.value).strip() for n in nodes if n.type == "declaration"}
            easing = said.pop("animation-timing-function", "")
            for place in _places(tinycss2.serialize(rule.prelude)):
                for key, value in said.items():
                    properties.setdefault(key, []).append((place, value, easing))
        self._rules[name.strip("\"'")] = {key: sorted(frames, key=lambda f: f[0]) for key, frames in properties.items()}

    def of(self, style: Mapping[str, str], attributes: Mapping[str, str]) -> dict[str, str]:
        """What the animations of an element with that style declare."""
        found: dict[str, str] = {}
        said = {name.removeprefix("-webkit-"): value for name, value in style.items() if "animation" in name}
        for animation in _animations(said) if said else []:
            frames = self._rules.get(animation.name)
            if not frames:
                continue
            self.last = max(self.last, animation.delay + animation.duration)
            progress = _progress(animation, self._moment)
            if progress is None:
                continue
            for name, listed in frames.items():
                base = style.get(name) or attributes.get(name) or _USUAL.get(name)
                found[name] = _value(listed, progress, animation.easing, base)
        return found


def _places(selector: str) -> list[float]:
    found = []
    for word in selector.lower().split(","):
        word = word.strip()
        if word in {"from", "to"}:
            found.append(1.0 if word == "to" else 0.0)
        elif (share := _SHARE.fullmatch(word)) and float(share[1]) <= 100:
            found.append(float(share[1]) / 100)
    return found


def _animations(style: Mapping[str, str]) -> list[_Animation]:
    """Those that a style names, in one property or in several."""
    listed = [_of_shorthand(nodes) for nodes in _by_commas(style.get("animation", ""))]
    long = {name: _by_commas(style[f"animation-{name}"]) for name in _LONG if f"animation-{name}" in style}
    if names := long.get("name"):
        listed = [*listed, *(_Animation() for _ in names)][: len(names)]
    for number, animation in enumerate(listed):
        for name, values in long.items():
            if values:
                _set(animation, name, "".join(node.serialize() for node in values[number % len(values)]).strip())
    return [animation for animation in listed if animation.name not in {"", "none"}][:_MAX_ANIMATIONS]


def _by_commas(value: str) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for node in tinycss2.parse_component_value_list(value):
        if node.type == "literal" and node.value == ",":
            parts.append([])
        elif node.type != "comment":
            parts[-1].append(node)
    return [part for part in parts if part]


def _of_shorthand(nodes: list[Any]) -> _Animation:
    animation, times = _Animation(), 0
    for node in nodes:
        word = node.serialize().lower()
        if node.type == "dimension" and seconds(word) is not None:
            _set(animation, "delay" if times else "duration", word)
            times += 1
        elif node.type == "number" or word == "infinite":
            animation.count = _count(word)
        elif word in _DIRECTIONS:
            animation.direction = word
        elif word in _FILLS:
            animation.fill = word
        elif word in EASINGS or word in {"step-start", "step-end"} or node.type == "function":
            animation.easing = word
        elif node.type in {"ident", "string"} and word not in {"running", "paused", "none"}:
            animation.name = node.value
    return animation


def _set(animation: _Animation, name: str, value: str) -> None:
    word = value.lower()
    match name:
        case "name":
            animation.name = value.strip("\"'")
        case "duration":
            animation.duration = max(seconds(word) or 0.0, 0.0)
        case "delay":
            animation.delay = seconds(word) or 0.0
        case "iteration-count":
            animation.count = _count(word)
        case "direction":
            animation.direction = word
        case "fill-mode":
            animation.fill = word
        case "timing-function":
            animation.easing = word


def _count(word: str) -> float:
    if word == "infinite":
        return math.inf
    try:
        return max(float(word), 0.0)
    except ValueError:
        return 1.0


def _progress(animation: _Animation, moment: float) -> float | None:
    """How far an animation is from its first keyframe to its last; None where it does nothing."""
    passed = moment - animation.delay
    if passed < 0:
        if animation.fill not in {"backwards", "both"}:
            return None
        round_, share = 0, 0.0
    elif passed >= animation.duration * animation.count or not animation.duration:
        if animation.fill not in {"forwards", "both"} or math.isinf(animation.count):
            return None
        round_, share = int(animation.count), animation.count - int(animation.count)
        if not share and round_:
            round_, share = round_ - 1, 1.0
    else:
        round_ = int(passed / animation.duration)
        share = passed / animation.duration - round_
    turned = animation.direction == "reverse" or (animation.direction == "alternate" and round_ % 2 == 1)
    turned = turned or (animation.direction == "alternate-reverse" and round_ % 2 == 0)
    return 1 - share if turned else share


def _value(frames: list[Frame], progress: float, easing: str, base: str | None) -> str:
    """The value of one property; its first and last keyframe are what the shape is without the animation."""
    if base is not None and frames[0][0] > 0:
        frames = [(0.0, base, ""), *frames]
    if base is not None and frames[-1][0] < 1:
        frames = [*frames, (1.0, base, "")]
    before = [frame for frame in frames if frame[0] <= progress] or frames[:1]
    after = [frame for frame in frames if frame[0] > progress]
    if not after:
        return before[-1][1]
    (start, one, own), (end, other, _) = before[-1], after[0]
    share = (progress - start) / (end - start) if end > start else 0.0
    one, other = _unmoved(one, other), _unmoved(other, one)
    return between(one, other, _eased(max(share, 0.0), own or easing))


def _unmoved(value: str, other: str) -> str:
    """In place of no transform, such as the other one is, which does nothing."""
    if value != "none" or "(" not in other or "matrix" in other:
        return value
    return _TRANSFORM.sub(lambda found: _NUMBER.sub("1" if found[0].startswith("scale") else "0", found[0]), other)


def _eased(share: float, easing: str) -> float:
    if found := _FUNCTION.fullmatch(easing):
        words = [word.strip() for word in found[2].split(",")]
        if found[1].lower() == "steps":
            count = int(words[0]) if words[0].isdigit() and int(words[0][:6]) > 0 else 1
            jumps_first = len(words) > 1 and words[1].lower() in {"start", "jump-start"}
            return min((math.floor(share * count) + jumps_first) / count, 1.0)
        try:
            x1, y1, x2, y2 = map(float, words)
        except ValueError:
            return share
        return eased(share, (x1, y1, x2, y2))
    if easing in {"step-start", "step-end"}:
        return 1.0 if easing == "step-start" else 0.0
    return eased(share, EASINGS.get(easing, EASINGS["ease"]))
