"""Pictures whose samples mean something else than in sRGB: high dynamic range (PQ, HLG), wide gamuts without a profile.

PNG (cICP), AVIF and HEIF (nclx) name primaries and transfer by the numbers of ITU-T H.273. Taken as sRGB, a picture in
PQ is grey and dull. It is toned for a screen of ordinary brightness as Chromium does it (SMPTE ST 2094-50's operator
that keeps the reference white): half of the light up to 203 nits, less and less of it above, all of it from 1000 nits.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import ImageFilter

if TYPE_CHECKING:
    from PIL import Image

_PQ, _HLG = 16, 18
_LIKE_709 = {1, 6, 14, 15}
_STEPS = 33  # of the table along each colour
_REFERENCE_NITS, _PEAK_NITS = 203.0, 1000.0
# How much of the light is left, by the logarithm (of 2) of how many times the reference white it is; as measured.
_GAINS = [
    (0.0, 0.5),
    (0.1, 0.496),
    (0.43, 0.459),
    (0.75, 0.414),
    (1.06, 0.364),
    (1.38, 0.317),
    (1.69, 0.275),
    (2.3, 0.203),
]
_TO_SRGB = {  # linear light in other primaries -> in those of sRGB
    9: ((1.66049, -0.58764, -0.07285), (-0.12455, 1.13290, -0.00835), (-0.01815, -0.10058, 1.11873)),
    12: ((1.22494, -0.22494, 0.0), (-0.04206, 1.04206, 0.0), (-0.01964, -0.07864, 1.09827)),
}
_SAME = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_NCLX = re.compile(rb"colrnclx(..)(..)", re.S)
_CICP = re.compile(rb"\x00\x00\x00\x04cICP(.)(.)(.)", re.S)
_LOOKED_AT_BYTES = 65_536

Points = tuple[int, int]  # primaries, transfer


def points_of(data: bytes, kind: str) -> Points | None:
    """What a file says of its samples, where that is neither sRGB nor as good as it."""
    head = data[:_LOOKED_AT_BYTES]
    if kind == "PNG":
        found = _CICP.search(head)
        points = (found[1][0], found[2][0]) if found and found[3] == b"\0" else None  # 0: RGB, the only one allowed
    elif kind in {"AVIF", "HEIF"}:
        found = _NCLX.search(head)
        points = (int.from_bytes(found[1], "big"), int.from_bytes(found[2], "big")) if found else None
    else:
        return None
    if points is None:
        return None
    is_high = points[1] in {_PQ, _HLG}
    is_wide = points[0] in _TO_SRGB and (points[1] in _LIKE_709 or points[1] == 13)
    is_wide = is_wide or (kind == "PNG" and points[1] in _LIKE_709)  # videos' pictures say so of sRGB
    return points if is_high or is_wide else None


def as_srgb(image: Image.Image, points: Points) -> Image.Image:
    """An RGB or RGBA picture in sRGB."""
    bands = image.split()
    colours = image.convert("RGB").filter(_table(points))
    if image.mode == "RGBA":
        colours.putalpha(bands[3])
    return colours


@lru_cache(maxsize=4)
def _table(points: Points) -> ImageFilter.Color3DLUT:
    primaries, transfer = points
    light = [_light(step / (_STEPS - 1), transfer) for step in range(_STEPS)]
    matrix = _TO_SRGB.get(primaries, _SAME)

    def colour(red: float, green: float, blue: float) -> tuple[float, float, float]:
        linear = [light[round(part * (_STEPS - 1))] for part in (red, green, blue)]
        if transfer == _HLG:  # the light of the scene, which a screen of 1000 nits shows so
            luminance = 0.2627 * linear[0] + 0.678 * linear[1] + 0.0593 * linear[2]
            linear = [part * luminance**0.2 * _PEAK_NITS / _REFERENCE_NITS for part in linear]
        if transfer in {_PQ, _HLG}:
            gain = _gain(max(linear))
            linear = [part * gain for part in linear]
        first, second, third = (
            _encoded(sum(factor * part for factor, part in zip(row, linear, strict=True))) for row in matrix
        )
        return first, second, third

    return ImageFilter.Color3DLUT.generate(_STEPS, colour)


def _light(value: float, transfer: int) -> float:
    """Linear light: 1 is white; for PQ the reference white, for HLG the brightest of the scene."""
    if transfer == _PQ:
        root = value ** (1 / 78.84375)
        nits = 10_000 * (max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
        return float(nits / _REFERENCE_NITS)
    if transfer == _HLG:
        return value**2 / 3 if value <= 0.5 else (math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    if transfer in _LIKE_709:
        return float(value**2.4)  # as a screen shows it: ITU-R BT.1886
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _gain(brightest: float) -> float:
    if brightest <= 1:
        return _GAINS[0][1]
    stops = math.log2(brightest)
    for (low, gain), (high, less) in pairwise(_GAINS):
        if stops <= high:
            return gain + (less - gain) * (stops - low) / (high - low)
    return 1 / brightest


def _encoded(linear: float) -> float:
    linear = min(max(linear, 0.0), 1.0)
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
