"""What CSS does with the letters of texts and resvg does not: capitals (`text-transform`), and spaces that are kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from captioning.decoding.drawing.extents import name_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TEXTS = {"text", "tspan", "textPath", "a"}
_WORD = re.compile(r"\b\w")
_WAYS: dict[str, Callable[[str], str]] = {
    "uppercase": str.upper,
    "lowercase": str.lower,
    "capitalize": lambda text: _WORD.sub(lambda found: found[0].upper(), text),
}


def apply(root: etree._Element) -> None:
    """Write the letters of all texts as their styles say."""
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        for element in text.iter():
            if name_of(element) not in _TEXTS:
                continue
            if value_of(element, "white-space") in {"pre", "pre-wrap", "break-spaces"}:
                element.set(_SPACE, "preserve")
            way = _WAYS.get(value_of(element, "text-transform").lower())
            if way:
                element.text = way(element.text or "")
                for child in element:
                    child.tail = way(child.tail or "")
