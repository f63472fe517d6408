"""Whether there is anything in a drawing that resvg does not know: most have nothing, and are left as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

_FUNCTIONS = r"\b(?:var|calc|clamp|min|max|abs|rgba?|hsla?|hwb|(?:ok)?l(?:ab|ch)|color(?:-mix)?|light-dark)\("
_COLOURS = r"\b(?:rebeccapurple|canvastext)\b"
_UNITS = r"\d(?:[sld]?v(?:w|h|min|max|i|b)|rem|ch|lh|q)\b"
# Plain `:` stands in every declaration, so only what resvg's selectors have not is looked for.
_SELECTORS = r":(?:not|is|where|has|nth-|first-of|last-|only-|root)|~|&|\{[^{}]*\{"
_RULES = r"@(?:media|supports|layer|keyframes|-webkit-keyframes|font-face|scope|import|container)"
_PROPERTIES = (
    r"(?<![\w-])(?:transform|translate|rotate|scale|transform-origin|x|y|cx|cy|r|rx|ry|d|width|height|vector-effect|"
    r"clip-path|-webkit-clip-path|(?:-webkit-)?mask(?:-image)?|offset-path|backdrop-filter|text-shadow|"
    r"(?:-webkit-)?animation(?:-name)?|background(?:-color|-image)?|border(?:-[a-z-]+)?|outline|box-shadow|padding(?:-[a-z]+)?|text-transform|white-space)\s*:"
)
_IN_SHEETS = re.compile("|".join((_FUNCTIONS, _COLOURS, _UNITS, _SELECTORS, _RULES, _PROPERTIES)), re.I)
_IN_STYLES = re.compile("|".join((_FUNCTIONS, _COLOURS, _UNITS, _PROPERTIES)), re.I)
_IN_VALUES = re.compile("|".join((_FUNCTIONS, _COLOURS, _UNITS)), re.I)
_ELEMENTS = {"foreignObject", "animate", "animateColor", "animateMotion", "animateTransform", "set", "link"}
_ATTRIBUTES = {"vector-effect", "pathLength"}


def is_needed(root: etree._Element, with_values: set[str]) -> bool:
    """Whether there is; `with_values` are the attributes in which a value of CSS may stand."""
    if "transform" in root.attrib or "display" in root.get("style", ""):
        return True
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        if name in _ELEMENTS:
            return True
        if name == "style" and (element.get("media") or _IN_SHEETS.search("".join(map(str, element.itertext())))):
            return True
        for attribute, value in element.attrib.items():
            if attribute in _ATTRIBUTES or (attribute == "style" and _IN_STYLES.search(value)):
                return True
            if attribute in with_values and is_value(value):
                return True
            if attribute == "clip-path" and "(" in value and not value.lstrip().lower().startswith("url("):
                return True
    return False


def is_value(text: str) -> bool:
    """Whether there is something in the value of an attribute that resvg does not read."""
    return bool(_IN_VALUES.search(text))
