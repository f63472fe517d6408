"""Colours of CSS Color 4 and 5 as what resvg reads: `#rrggbbaa`."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from tinycss2 import color5

if TYPE_CHECKING:
    from collections.abc import Sequence

_PREDEFINED = {"srgb", "srgb-linear", "display-p3"}
_SYSTEM = {  # with a light colour scheme, as Chromium has them; CSS Color 4, section 6.2
    "canvas": (1, 1, 1), "canvastext": (0, 0, 0), "linktext": (0, 0, 0.933), "buttonface": (0.937, 0.937, 0.937),
    "buttontext": (0, 0, 0), "graytext": (0.5, 0.5, 0.5), "highlight": (0, 0.47, 0.843), "field": (1, 1, 1),
    "fieldtext": (0, 0, 0),
}  # fmt: skip
_ANGLE = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_FUNCTION = re.compile(r"\s*(oklch|oklab|lch|lab|color)\(([^()]*)\)\s*", re.I)
_MIX = re.compile(r"\s*color-mix\((.*)\)\s*", re.I | re.S)
_PART = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(%|deg|grad|rad|turn)?", re.I)
_PERCENT = re.compile(r"\s([\d.]+)%\s*$|^\s*([\d.]+)%\s")
_MAX_DEPTH = 8  # of mixtures of mixtures

Rgba = tuple[float, float, float, float]


def hex_colour(value: str) -> str | None:
    """What a colour of CSS is in sRGB; None where it is no colour (or one that follows another, as currentColor)."""
    found = _rgba(value, _MAX_DEPTH)
    if found is None:
        return None
    red, green, blue, alpha = (round(255 * min(max(part, 0.0), 1.0)) for part in found)
    return f"#{red:02x}{green:02x}{blue:02x}" + (f"{alpha:02x}" if alpha < 255 else "")


def _rgba(value: str, depth: int) -> Rgba | None:
    text = value.strip()
    if depth < 1 or text.lower() == "currentcolor":
        return None
    if text.lower() in _SYSTEM:
        return *_SYSTEM[text.lower()], 1.0
    if mixed := _MIX.fullmatch(text):
        return _mixed(mixed[1], depth)
    if found := _FUNCTION.fullmatch(text):
        return _of_function(found[1].lower(), found[2])
    try:
        colour = color5.parse_color(text)
        if colour is None or isinstance(colour, str):
            return None
        srgb = colour.to("srgb")
    except NotImplementedError:  # tinycss2 reads more spaces than it converts; those that matter are read above
        return None
    red, green, blue = (float(part or 0) for part in srgb.coordinates)
    return red, green, blue, float(srgb.alpha)


def _of_function(name: str, inside: str) -> Rgba | None:
    channels, _, opacity = inside.partition("/")
    words = channels.split()
    alpha = _number(opacity, 1.0) if opacity.strip() else 1.0
    if name == "color":
        space, words = words[0].lower() if words else "", words[1:]
        if space not in _PREDEFINED:
            return None
    if len(words) != 3 or alpha is None:
        return None
    scales = {"oklch": (1, 0.4, 1), "oklab": (1, 0.4, 0.4), "lch": (100, 150, 1), "lab": (100, 125, 125)}
    parts = [_number(word, scale) for word, scale in zip(words, scales.get(name, (1, 1, 1)), strict=True)]
    if any(part is None for part in parts):
        return None
    first, second, third = (float(part or 0) for part in parts)
    if name.endswith("ch"):
        second, third = second * math.cos(math.radians(third)), second * math.sin(math.radians(third))
    if name.startswith("ok"):
        return *_encoded(_of_oklab(first, second, third)), alpha
    if name.startswith("l"):
        return *_encoded(_of_lab(first, second, third)), alpha
    if space == "srgb":
        return first, second, third, alpha
    linear = (first, second, third) if space == "srgb-linear" else _of_p3(first, second, third)
    return *_encoded(linear), alpha


def _mixed(inside: str, depth: int) -> Rgba | None:
    """A mixture, in sRGB or in OKLab, as which every other space is taken; CSS Color 5, section 3."""
    parts = _split(inside)
    if len(parts) != 3:
        return None
    found, shares = [], []
    for part in parts[1:]:
        share = _PERCENT.search(part)
        colour = _rgba(_PERCENT.sub(" ", part), depth - 1)
        if colour is None:
            return None
        found.append(colour)
        shares.append(float(share[1] or share[2]) / 100 if share else None)
    first = shares[0] if shares[0] is not None else 1 - shares[1] if shares[1] is not None else 0.5
    second = shares[1] if shares[1] is not None else 1 - first
    if first + second <= 0:
        return None
    scale, faint = 1 / (first + second), min(first + second, 1.0)
    first, second = first * scale, second * scale
    (*one, one_alpha), (*two, two_alpha) = found
    alpha = one_alpha * first + two_alpha * second
    if not alpha:
        return 0.0, 0.0, 0.0, 0.0
    in_srgb = re.search(r"\bin\s+srgb\s*$", parts[0], re.I) is not None
    if not in_srgb:
        one, two = [*_to_oklab(*one)], [*_to_oklab(*two)]
    red, green, blue = (
        (a * one_alpha * first + b * two_alpha * second) / alpha for a, b in zip(one, two, strict=True)
    )  # colours count as much as they are opaque
    if not in_srgb:
        red, green, blue = _encoded(_of_oklab(red, green, blue))
    return red, green, blue, alpha * faint


def _split(text: str) -> list[str]:
    """At its commas, but for those in parentheses."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _number(word: str, scale: float) -> float | None:
    word = word.strip()
    if word.lower() == "none":
        return 0.0
    found = _PART.fullmatch(word)
    if not found:
        return None
    unit = (found[2] or "").lower()
    return float(found[1]) * (scale / 100 if unit == "%" else _ANGLE.get(unit, 1.0))


def _of_oklab(lightness: float, a: float, b: float) -> Sequence[float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _to_oklab(red: float, green: float, blue: float) -> Sequence[float]:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    long = math.cbrt(0.4122214708 * linear[0] + 0.5363325363 * linear[1] + 0.0514459929 * linear[2])
    medium = math.cbrt(0.2119034982 * linear[0] + 0.6806995451 * linear[1] + 0.1073969566 * linear[2])
    short = math.cbrt(0.0883024619 * linear[0] + 0.2817188376 * linear[1] + 0.6299787005 * linear[2])
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _of_lab(lightness: float, a: float, b: float) -> Sequence[float]:
    """Linear sRGB of CIE Lab, whose white is D50; the matrix is Bradford's adaptation and that of sRGB in one."""
    y = (lightness + 16) / 116
    x, y, z = (
        white * (part**3 if part > 6 / 29 else 3 * (6 / 29) ** 2 * (part - 4 / 29))
        for part, white in ((y + a / 500, 0.96430), (y, 1.0), (y - b / 200, 0.82510))
    )
    return (
        3.1341359 * x - 1.6173863 * y - 0.4906619 * z,
        -0.9787955 * x + 1.9162544 * y + 0.0334428 * z,
        0.0719554 * x - 0.2289768 * y + 1.4053860 * z,
    )


def _of_p3(red: float, green: float, blue: float) -> Sequence[float]:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)
    )
    return (
        1.2249401763 * red - 0.2249401763 * green,
        -0.0420569547 * red + 1.0420569547 * green,
        -0.0196375546 * red - 0.0786360455 * green + 1.0982736001 * blue,
    )


def _encoded(linear: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = (
        12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
        for part in (min(max(part, 0.0), 1.0) for part in linear)
    )
    return red, green, blue
