"""SVG drawings, by resvg.

resvg reads any file that a drawing names, and dies of drawings that are too large. So a drawing is cleaned before
(nothing but the drawing itself and what it carries as data: is left to be referred to; entities are resolved by
libxml2, which bounds them), its size is ours, and all of it happens in a process that may die.
"""

from __future__ import annotations

import io
import math
import re

import resvg_py
from lxml import etree
from PIL import Image

from captioning.decoding.picture import undecodable

_DEFAULT_SIZE = (300.0, 150.0)  # of a drawing that names no size: CSS 2.1, section 10.3.2
_MAX_SIDE = 32_767.0  # of the size that is reported; what is drawn has a size of its own
_CSS_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "em": 16.0}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*(px|pt|pc|in|cm|mm|em)?\s*", re.I)
_SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def draw(data: bytes, side_px: int) -> tuple[Image.Image, tuple[int, int], tuple[str, ...]]:
    """A drawing as an RGBA picture, its own size in CSS pixels, and warnings.

    Its shorter side is drawn `side_px` long, unless the longer one would be more than twice that.

    Raises ImageError(decode, ...) with `html`, `corrupt` and `blank`. No file is read but fonts, and those only for a
    drawing with text.
    """
    root, warnings = _parse(data)
    if etree.QName(root).localname.lower() != "svg":
        raise undecodable("html", "the server sent a page of markup instead of an image")
    if etree.QName(root).namespace is None:
        root = _with_namespace(root)
    has_text = _clean(root)
    width, height = _size(root)
    scale = min(side_px / min(width, height), 2 * side_px / max(width, height))
    drawn = max(round(width * scale), 1), max(round(height * scale), 1)
    if root.get("viewBox") is None:
        root.set("viewBox", f"0 0 {width} {height}")
    root.set("width", str(drawn[0]))
    root.set("height", str(drawn[1]))
    try:
        png = resvg_py.svg_to_bytes(etree.tostring(root, encoding="unicode"), skip_system_fonts=not has_text)
    except ValueError as error:
        raise undecodable("corrupt", f"the drawing cannot be drawn: {error}") from error
    image = Image.open(io.BytesIO(png), formats=["PNG"])
    if image.getchannel("A").getextrema() == (0, 0):
        if warnings:
            raise undecodable("corrupt", f"the drawing is {warnings[0]}, and what can be read of it shows nothing")
        raise undecodable("blank", "nothing is drawn but what the file refers to elsewhere, or nothing at all")
    shrink = min(_MAX_SIDE / max(width, height), 1.0)
    own = max(round(width * shrink), 1), max(round(height * shrink), 1)
    return image, own, warnings


def _parse(data: bytes) -> tuple[etree._Element, tuple[str, ...]]:
    """The root of the markup, as far as it can be read; without comments and with its entities resolved."""
    for recover in (False, True):
        parser = etree.XMLParser(
            resolve_entities="internal", no_network=True, load_dtd=False, recover=recover, remove_comments=True,
            remove_pis=True,
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            reason = error.msg
            continue
        if root is not None:
            whole = not recover or b"svg>" in data[-200:]
            return root, (() if not recover else ("damaged",) if whole else ("truncated",))
    raise undecodable("corrupt", f"not well-formed: {reason}")


def _with_namespace(root: etree._Element) -> etree._Element:
    """A drawing that does not say it is one; browsers refuse it, yet what it shows is clear."""
    markup = re.sub(r"<svg\b", f'<svg xmlns="{_SVG_NAMESPACE}"', etree.tostring(root, encoding="unicode"), count=1)
    return etree.fromstring(markup)


def _clean(root: etree._Element) -> bool:
    """Take out all references that lead out of the drawing; says whether there is text in it."""
    has_text = False
    for element in [*root.iter()]:
        if not isinstance(element.tag, str) or _is_undeclared(element.tag):
            element.clear()  # an entity that was not resolved, or an element of no language
            element.tag = "none"
            continue
        has_text = has_text or element.tag.endswith("}text")
        for name, value in element.attrib.items():
            reference = name.endswith("href")
            within = value.strip().startswith(("#", "data:image/"))
            if _is_undeclared(name) or (reference and not within):
                del element.attrib[name]
            if _is_undeclared(name) and reference and within:
                element.set("href", value)
    return has_text


def _is_undeclared(name: str) -> bool:
    """Whether a name has a prefix that stands for nothing, as in drawings that were cut out of another."""
    return not name.startswith("{") and ":" in name


def _size(root: etree._Element) -> tuple[float, float]:
    """The size at which a browser shows the drawing, in CSS pixels."""
    width, height = _pixels(root.get("width")), _pixels(root.get("height"))
    box = [float(number) for number in re.findall(_NUMBER, root.get("viewBox", ""), re.I)[:4]]
    if len(box) == 4 and 0 < box[2] < math.inf and 0 < box[3] < math.inf:
        ratio = box[2] / box[3]
        width, height = width or (height * ratio if height else box[2]), height or (width / ratio if width else box[3])
    width, height = width or _DEFAULT_SIZE[0], height or _DEFAULT_SIZE[1]
    return width, height


def _pixels(length: str | None) -> float | None:
    """A CSS length; None for a share of the page, and for what is no length."""
    found = _LENGTH.fullmatch(length or "")
    pixels = float(found[1]) * _CSS_PX[(found[2] or "").lower()] if found else 0.0
    return pixels if 0 < pixels < math.inf else None
