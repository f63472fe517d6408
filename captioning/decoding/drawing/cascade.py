"""Makes plain attributes of what resvg does not know of CSS.

resvg knows simple selectors and the properties of SVG 1.1. Drawings of today are written with custom properties, sizes
and transforms in CSS, newer colours and newer selectors, and come out black, empty or out of place without them. Only
drawings that have such things in them come here; the others are left to resvg as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import cssselect2
from lxml import etree

from captioning.decoding.drawing import needed
from captioning.decoding.drawing.colours import hex_colour
from captioning.decoding.drawing.expressions import Basis, length_px, substituted
from captioning.decoding.drawing.extents import Extents
from captioning.decoding.drawing.geometry import IDENTITY, transform
from captioning.decoding.drawing.sheets import Declarations, Sheets, declarations_of
from captioning.decoding.drawing.transforms import transform_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from captioning.decoding.drawing.faces import Faces
    from captioning.decoding.drawing.keyframes import Keyframes

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_MAX_MATCHES = 3_000_000  # elements times rules: some seconds
_COLOURS = {"fill", "stroke", "color", "stop-color", "flood-color", "lighting-color", "background-color"}
_LENGTHS = {"stroke-width", "stroke-dashoffset", "stroke-miterlimit", "font-size", "letter-spacing", "word-spacing"}
_GEOMETRY = {
    "rect": {"x", "y", "width", "height", "rx", "ry"},
    "svg": {"x", "y", "width", "height"},
    "image": {"x", "y", "width", "height"},
    "foreignObject": {"x", "y", "width", "height"},
    "use": {"x", "y"},
    "circle": {"cx", "cy", "r"},
    "ellipse": {"cx", "cy", "rx", "ry"},
    "path": {"d"},
}
_TRANSFORMS = {"transform", "transform-origin", "transform-box", "translate", "rotate", "scale"}
_OTHER_NAMES = {
    "-webkit-clip-path": "clip-path", "-webkit-mask": "mask", "-webkit-mask-image": "mask", "mask-image": "mask",
}  # fmt: skip
_MASK = re.compile(r"url\([^()]*\)")
_NAMES_OF_TRANSFORM = {
    "linearGradient": "gradientTransform", "radialGradient": "gradientTransform", "pattern": "patternTransform",
}  # fmt: skip
# Attributes that a value of CSS may stand in; in others parentheses mean something else.
_ATTRIBUTES = _COLOURS | _LENGTHS | {"opacity", "fill-opacity", "stroke-opacity", "stop-opacity"} | {
    name for names in _GEOMETRY.values() for name in names
}  # fmt: skip
_UNDRAWN = re.compile(
    r"^mask:(?!\s*(?:url\(|none|inherit|initial|unset))|^(?:offset-path|backdrop-filter|text-shadow):(?!\s*none)"
)
_UNDRAWN_BEHIND = re.compile(  # of the drawing as a whole
    r"^(?:border(?!-(?:collapse|spacing))(?:-[a-z]+)*|outline|box-shadow|border-radius|padding(?:-[a-z]+)?):(?!\s*(?:none|0(?:px)?)\s*$)|"
    r"^background(?:-image)?:.*(?:gradient|url)\("
)


def is_needed(root: etree._Element) -> bool:
    """Whether there is anything in a drawing that resvg does not know of CSS."""
    return needed.is_needed(root, _ATTRIBUTES)


def apply(root: etree._Element, width: float, height: float, keyframes: Keyframes, faces: Faces) -> bool:
    """Work out the styles of a drawing for a viewport of that size; says whether all of it is going to be drawn.

    Keyframes and fonts are taken in where the style sheets have them.
    """
    styles = [element for element in root.iter() if isinstance(element.tag, str) and _of(element) == "style"]
    links = root.iter("{http://www.w3.org/1999/xhtml}link")
    is_whole = not any("stylesheet" in link.get("rel", "") and "data:" in link.get("href", "") for link in links)
    texts = [("".join(map(str, element.itertext())), element.get("media", "")) for element in styles]
    sheets = Sheets(texts, width, height, keyframes, faces)
    cascade = _Cascade(sheets, Basis(width, height), keyframes)
    # Selectors may ask for what the tree is like, so nothing of it changes before all has been matched.
    wrapped = cssselect2.ElementWrapper.from_xml_root(root)
    cascade.read(wrapped)
    for element in styles:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return cascade.write(root) and sheets.is_whole and is_whole


class _Cascade:
    """The styles of all elements of a drawing."""

    def __init__(self, sheets: Sheets, basis: Basis, keyframes: Keyframes) -> None:
        self._sheets, self._basis, self._keyframes = sheets, basis, keyframes
        self._styles: list[tuple[etree._Element, dict[str, str], dict[str, str], float]] = []
        self._inherited: dict[etree._Element, tuple[dict[str, str], float]] = {}

    def read(self, wrapped: Any) -> None:
        matches = 0
        for node in wrapped.iter_subtree():
            matches += max(self._sheets.count, 1)
            if matches > _MAX_MATCHES:
                return
            self._read(node)

    def _read(self, node: Any) -> None:
        element = node.etree_element
        parent = element.getparent()
        known, font_size = self._inherited.get(parent, ({}, 16.0)) if parent is not None else ({}, 16.0)
        declared, important = self._declared(node)
        own = {name: value for name, value in declared.items() if name.startswith("--")}
        if own:
            # What a custom property stands for is settled where it is declared, and handed down so.
            around = known | own
            settled = {name: substituted(value, around) for name, value in own.items()}
            known = known | {name: value for name, value in settled.items() if value is not None}
        style: dict[str, str] = {}
        for name, value in declared.items():
            if name.startswith("--"):
                continue
            found = substituted(value, known)
            if found is not None:
                style[name] = found
        for name, value in self._keyframes.of(style, element.attrib).items():
            if name not in important:
                style[name] = substituted(value, known) or style.get(name, "")
        attributes = {
            name: found
            for name, value in element.attrib.items()
            if name in _ATTRIBUTES and "(" in value and (found := substituted(value, known)) != value
        }
        font_size = self._font_size(style.get("font-size") or element.get("font-size"), font_size)
        self._inherited[element] = known, font_size
        self._styles.append((element, style, {k: v or "" for k, v in attributes.items()}, font_size))

    def _declared(self, node: Any) -> tuple[dict[str, str], set[str]]:
        """What holds of an element: later over earlier, the more specific over the less, the important over all.

        Then the names of what is important, which no animation changes.
        """
        found: dict[str, tuple[tuple[bool, bool, int, tuple[int, int, int]], str]] = {}
        inline: Declarations = []
        if written := node.etree_element.get("style"):
            inline = declarations_of(written)
        for is_inline, layer, specificity, declarations in [
            *((False, *matched) for matched in self._sheets.declared(node)),
            (True, 0, (0, 0, 0), inline),
        ]:
            for name, value, is_important in declarations:
                rank = is_important, is_inline, layer, specificity
                if name not in found or found[name][0] <= rank:
                    found[name] = rank, value
        values = {name: value for name, (_, value) in found.items()}
        return values, {name for name, (rank, _) in found.items() if rank[0]}

    def _font_size(self, value: str | None, inherited: float) -> float:
        found = (
            length_px(value, Basis(self._basis.width, self._basis.height, inherited), "font-size") if value else None
        )
        return found if found is not None and found > 0 else inherited

    def write(self, root: etree._Element) -> bool:
        """Put what was worked out into the tree."""
        is_whole, extents = True, Extents(self._basis)
        for element, style, attributes, font_size in self._styles:
            basis = Basis(self._basis.width, self._basis.height, font_size)
            for name, value in attributes.items():
                plain = _plain(name, value, basis)
                if not plain:
                    del element.attrib[name]
                else:
                    element.set(name, plain)
            _plain_attributes(element, basis)
            is_whole = _write_style(element, style, basis, extents) and is_whole
        colour = hex_colour(_background(root))
        if colour and not colour.endswith("00", 7):
            behind = etree.Element(f"{{{SVG_NAMESPACE}}}rect", fill=colour[:7])
            box = (root.get("viewBox") or "").replace(",", " ").split()
            behind.attrib.update(_frame(box, self._basis))
            if len(colour) > 7:
                behind.set("fill-opacity", f"{int(colour[7:], 16) / 255:.3f}")
            root.insert(0, behind)
        return is_whole


def _frame(box: list[str], basis: Basis) -> dict[str, str]:
    """What lies behind the whole picture: three times the view box, since that need not fill it."""
    x, y, width, height = map(float, box) if len(box) == 4 else (0.0, 0.0, basis.width, basis.height)
    return {"x": f"{x - width:g}", "y": f"{y - height:g}", "width": f"{3 * width:g}", "height": f"{3 * height:g}"}


def _background(root: etree._Element) -> str:
    """The colour behind a drawing, which browsers paint and resvg does not."""
    for name, value, _ in reversed(declarations_of(root.get("style", ""))):
        if name == "background-color":
            return value
        if name == "background":
            return next((word for word in re.split(r"\s+(?![^(]*\))", value) if hex_colour(word)), "")
    return ""


def _of(element: etree._Element) -> str:
    """The name of an element of SVG; '' for one of another language."""
    namespace, _, name = str(element.tag).rpartition("}")
    return name if namespace[1:] in {SVG_NAMESPACE, ""} else ""


def _plain_attributes(element: etree._Element, basis: Basis) -> None:
    """Colours and lengths in attributes, as resvg reads them."""
    for name, value in element.attrib.items():
        if name in _ATTRIBUTES and needed.is_value(value):
            plain = _plain(name, value, basis)
            if plain is not None:
                element.set(name, plain)


def _plain(name: str, value: str, basis: Basis) -> str | None:
    """A value as resvg reads it; None for one that is nonsense."""
    value = value.strip()
    if name in _COLOURS:
        return hex_colour(value) or (value if "(" not in value or value.lower().startswith("url(") else None)
    if name == "d":
        found = re.fullmatch(r"path\(\s*(?:(?:nonzero|evenodd)\s*,\s*)?(\"[^\"]*\"|'[^']*')\s*\)", value, re.S)
        return found[1][1:-1] if found else "" if value == "none" else value
    if (name in _LENGTHS or any(name in names for names in _GEOMETRY.values())) and not value.endswith("%"):
        found_px = length_px(value, basis, name)
        return f"{found_px:.6g}" if found_px is not None else None if "(" in value else value
    if "opacity" in name and "(" in value:
        number = length_px(value, basis, name)
        return f"{number:.6g}" if number is not None else None
    return value


def _write_style(element: etree._Element, style: Mapping[str, str], basis: Basis, extents: Extents) -> bool:
    """A worked-out style as attributes, the rest of it as the style attribute; says whether all of it is drawn."""
    kept, is_whole = {}, True
    local = _of(element)
    geometry = _GEOMETRY.get(local, set())
    is_root = local == "svg" and element.getparent() is None
    for name, value in style.items():
        name = _OTHER_NAMES.get(name, name)
        if _UNDRAWN.match(f"{name}:{value}") or (is_root and _UNDRAWN_BEHIND.match(f"{name}:{value}")):
            is_whole = False
        elif name == "mask" and (found_mask := _MASK.search(value)):
            kept[name] = found_mask[0]
        elif is_root and name == "display":
            continue  # of a file by itself, browsers show it
        elif name in geometry:
            if is_root:
                continue  # its size as a picture is that of its attributes
            plain = _plain(name, value, basis)
            if value.strip() == "auto":
                element.attrib.pop(name, None)
            elif plain is not None:
                element.set(name, plain)
        elif name not in _TRANSFORMS:
            plain = _plain(name, value, basis)
            if plain is not None:
                kept[name] = plain
    if is_root and (_TRANSFORMS & style.keys() or transform(element.get("transform", "")) != IDENTITY):
        is_whole = False  # around the middle of the file, and resvg does nothing of it
    elif local and _TRANSFORMS & style.keys():
        written, attribute = dict(style), _NAMES_OF_TRANSFORM.get(local, "transform")
        if "transform" not in written and element.get(attribute):
            written["transform"] = element.get(attribute) or ""
        elif "transform-origin" not in written and element.get("transform-origin"):
            written["transform-origin"] = element.get("transform-origin") or ""
        found = transform_of(written, basis, extents.of(element, with_stroke=False))
        if found is None:
            is_whole = False
        else:
            element.attrib.pop("transform-origin", None)
            element.set(attribute, found)
    text = ";".join(f"{name}:{value}" for name, value in kept.items())
    if text or element.get("style"):
        element.set("style", text)
    return is_whole
