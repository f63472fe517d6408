"""The fonts that texts of drawings are drawn with.

They come with the program, so that a drawing looks the same on every machine, and so that one without any fonts (a slim
container) draws its texts. Those of the machine are asked only for signs that these lack, since reading a whole folder
of fonts for every icon takes longer than drawing it. Their licences lie beside them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Mapping

NONE: Mapping[str, str] = MappingProxyType({})
_FOLDER = Path(__file__).parent / "fonts"
FILES = [str(path) for path in sorted(_FOLDER.glob("*.ttf"))]
SANS, SERIF, MONO, WIDE = "Liberation Sans", "Liberation Serif", "Liberation Mono", "DejaVu Sans"
ASCENT, DESCENT = 0.905, 0.212  # of Liberation Sans, in parts of its size
_MEASURED_PX = 100
# What takes the place of a family: of the same widths where there is one, as fontconfig has it.
_FAMILIES = {
    SANS: "sans-serif, system-ui, -apple-system, blinkmacsystemfont, ui-sans-serif, arial, helvetica, helvetica neue, "
    "liberation sans, arimo, roboto, segoe ui, open sans, inter, lato, noto sans, trebuchet ms, ubuntu, cantarell",
    SERIF: "serif, ui-serif, times, times new roman, georgia, liberation serif, tinos, cambria, garamond, palatino, "
    "book antiqua, noto serif, baskerville",
    MONO: "monospace, ui-monospace, courier, courier new, consolas, menlo, monaco, liberation mono, cousine, "
    "sfmono-regular, lucida console, source code pro, fira code, ubuntu mono, andale mono",
    WIDE: "verdana, dejavu sans, bitstream vera sans, geneva, tahoma",
}
_PLACE_OF = {name.strip(): family for family, names in _FAMILIES.items() for name in names.split(",")}
_DECLARED = re.compile(r"(?<![\w-])font(-family)?\s*:\s*([^;}!]+)", re.I)
_SIZE = re.compile(r"[\d.]+(?:[a-z]+|%)(/\S*)?", re.I)


def family(names: str, own: Mapping[str, str] = NONE) -> str:
    """Which of the fonts here takes the place of a list of families of CSS; `own` are those that a drawing brings."""
    for name in names.split(","):
        plain = name.strip().strip("\"'").lower()
        if known := own.get(plain) or _PLACE_OF.get(plain):
            return known
    return SANS


def with_families(style: str, own: Mapping[str, str] = NONE) -> str:
    """A text of CSS in which all families are of the fonts here."""

    def replaced(found: re.Match[str]) -> str:
        if found[1]:
            return f"font-family:'{family(found[2], own)}'"
        words = found[2].split()
        for place, word in enumerate(words):
            if size := _SIZE.fullmatch(word):
                behind = place + 1
                if words[behind : behind + 1] == ["/"] or size[1] == "/":  # the height of lines apart
                    behind += 1 + (size[1] is None)
                # Without the height of lines, past which resvg does not read, and which one line has no use for.
                said = [*words[:place], word.partition("/")[0]]
                return f"font:{' '.join(said)} '{family(' '.join(words[behind:]), own)}'"
        return found[0]

    return _DECLARED.sub(replaced, style)


def width(text: str, size: float, is_bold: bool) -> float:
    """How wide a line is in the font that labels are set in."""
    return float(_measure(is_bold).getlength(text)) * size / _MEASURED_PX


@lru_cache(maxsize=2)
def _measure(is_bold: bool) -> ImageFont.FreeTypeFont:
    name = f"LiberationSans-{'Bold' if is_bold else 'Regular'}.ttf"
    return ImageFont.truetype(_FOLDER / name, _MEASURED_PX, layout_engine=ImageFont.Layout.BASIC)
