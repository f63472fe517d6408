"""What the animations of SVG and of CSS have in common: times, how they ease, and what lies between two values."""

from __future__ import annotations

import re

from captioning.decoding.drawing.colours import hex_colour

_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)")
_OFFSET = re.compile(r"([-+]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:e[-+]?\d{1,2})?)(h|min|ms|s)?", re.I)
_SECONDS = {"h": 3600.0, "min": 60.0, "s": 1.0, "ms": 0.001, "": 1.0}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.I)
_STEPS = 40  # of a search for a place on a curve: more precise than a picture
EASINGS = {
    "linear": (0.0, 0.0, 1.0, 1.0),
    "ease": (0.25, 0.1, 0.25, 1.0),
    "ease-in": (0.42, 0.0, 1.0, 1.0),
    "ease-out": (0.0, 0.0, 0.58, 1.0),
    "ease-in-out": (0.42, 0.0, 0.58, 1.0),
}


def seconds(text: str) -> float | None:
    """A clock value or an offset ("0:30", "1.5s", "-200ms", "2"); None for what is none."""
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    found = _OFFSET.fullmatch(text)
    return float(found[1]) * _SECONDS[(found[2] or "").lower()] if found else None


def eased(share: float, curve: tuple[float, float, float, float]) -> float:
    """How far a value is when a share of the time is over; the curve is that of `cubic-bezier()`."""
    x1, y1, x2, y2 = curve
    if share <= 0 or share >= 1 or (x1 == y1 and x2 == y2):
        return min(max(share, 0.0), 1.0)
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _bezier(middle, min(max(x1, 0.0), 1.0), min(max(x2, 0.0), 1.0)) < share:
            low = middle
        else:
            high = middle
    return _bezier(low, y1, y2)


def _bezier(at: float, one: float, two: float) -> float:
    rest = 1 - at
    return 3 * rest * rest * at * one + 3 * rest * at * at * two + at**3


def between(one: str, other: str, share: float) -> str:
    """What lies between two values: of numbers in the same places, or of colours; else the nearer one."""
    if share <= 0 or one == other:
        return one
    if share >= 1:
        return other
    colours = hex_colour(one), hex_colour(other)
    if colours[0] and colours[1]:
        return _mixed(colours[0], colours[1], share)
    numbers = _NUMBER.findall(one), _NUMBER.findall(other)
    if len(numbers[0]) != len(numbers[1]) or not _is_like(one, other):
        return one if share < 0.5 else other
    values = iter(f"{float(low) + share * (float(high) - float(low)):.6g}" for low, high in zip(*numbers, strict=True))
    longer = one if len(_NUMBER.sub("", one)) >= len(_NUMBER.sub("", other)) else other  # "0" and "9px"
    return _NUMBER.sub(lambda _: next(values), longer)


def _is_like(one: str, other: str) -> bool:
    shapes = (re.sub(r"[\s,]+|(?:px|deg)\b", "", _NUMBER.sub(" ", text).lower()) for text in (one, other))
    return len(set(shapes)) == 1


def _mixed(one: str, other: str, share: float) -> str:
    parts = [[int(colour.ljust(9, "f")[place : place + 2], 16) for place in (1, 3, 5, 7)] for colour in (one, other)]
    mixed = [round(low + share * (high - low)) for low, high in zip(*parts, strict=True)]
    return f"#{''.join(f'{part:02x}' for part in mixed)}"


def added(one: str, other: str) -> str:
    """The sum of two values that are numbers in the same places; else the other one."""
    numbers = _NUMBER.findall(one), _NUMBER.findall(other)
    if not numbers[0] or len(numbers[0]) != len(numbers[1]):
        return other
    values = iter(f"{float(low) + float(high):.6g}" for low, high in zip(*numbers, strict=True))
    return _NUMBER.sub(lambda _: next(values), other)
