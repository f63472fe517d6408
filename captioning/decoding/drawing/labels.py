"""HTML inside a drawing (`foreignObject`) as text of SVG: the labels of Mermaid's and draw.io's diagrams.

resvg leaves such HTML out. It is set here with a small part of CSS: blocks of lines, broken where the box ends, aligned
as the style says, with the colour behind them. Pictures, formulas and fields are not set, and said to be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lxml import etree

from captioning.decoding.drawing import fonts
from captioning.decoding.drawing.cascade import SVG_NAMESPACE
from captioning.decoding.drawing.colours import hex_colour
from captioning.decoding.drawing.expressions import Basis, length_px
from captioning.decoding.drawing.sheets import declarations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SVG = f"{{{SVG_NAMESPACE}}}"
_MAX_CHARS = 5_000  # of one label
_MAX_LABELS = 5_000  # of a drawing
_MAX_DEPTH = 60
_BLOCKS = set(
    "div p li ul ol h1 h2 h3 h4 h5 h6 pre section article header footer blockquote table tr body main".split()
)
_NOT_SET = {"img", "svg", "math", "canvas", "video", "input", "textarea", "select", "button", "picture"}
_SILENT = {"style", "script", "head", "title", "template", "audio", "iframe", "object", "embed"}
_MARGINS = {
    "p": 1.0,
    "h1": 0.67,
    "h2": 0.83,
    "h3": 1.0,
    "h4": 1.33,
    "ul": 1.0,
    "ol": 1.0,
    "pre": 1.0,
    "blockquote": 1.0,
}
_USUAL = {  # of browsers' own style sheet
    "body": {"margin-top": "8px", "margin-left": "8px"}, "ul": {"padding-left": "40px"}, "ol": {"padding-left": "40px"}
}  # fmt: skip
_FONT = re.compile(
    r"(?P<before>.*?)(?P<size>[\d.]+(?:px|pt|em|rem|%))(?:\s*/\s*(?P<height>[\w.%]+))?\s+(?P<family>.+)", re.S
)
_BLOCK_DISPLAYS = {"block", "flex", "table-cell", "table", "grid"}
_BORDER = re.compile(r"(?:border(?:-(?:top|right|bottom|left))?|outline|box-shadow):(?!\s*(?:none|0|inherit|initial))")
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "small": 0.83, "sub": 0.83, "sup": 0.83}
_BOLD = {"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"}


@dataclass(frozen=True, slots=True)
class _Style:
    size: float = 16.0
    colour: str = "#000000"
    is_bold: bool = False
    family: str = fonts.SERIF
    align: str = "start"
    line_height: float | None = None  # in pixels; None: as the font has it
    wraps: bool = True
    keeps_lines: bool = False
    keeps_spaces: bool = False  # `break-spaces`: one at the end of a line takes room
    behind: str | None = None
    fills: bool = False  # the colour behind reaches over the whole width of the box


@dataclass(slots=True)
class _Line:
    """A line of runs, or the room between two blocks where it has none."""

    runs: list[tuple[str, _Style]] = field(default_factory=list)
    style: _Style = field(default_factory=_Style)
    room: float = 0.0

    @property
    def width(self) -> float:
        return sum(fonts.width(text, style.size, style.is_bold) for text, style in self.runs)

    @property
    def height(self) -> float:
        if not self.runs:
            return self.room
        return max(style.line_height or 1.149 * style.size for _, style in self.runs)


@dataclass(slots=True)
class _Box:
    """Where the lines of a label stand: what draw.io and Mermaid say of it with flex boxes, padding and margins."""

    left: float
    top: float
    width: float
    vertical: str = "start"
    horizontal: str = ""
    height: float | None = None


def set_labels(root: etree._Element, width: float, height: float) -> bool:
    """Put text in the place of all HTML of a drawing; says whether all of it could be set."""
    is_whole = True
    for number, element in enumerate([*root.iter(f"{_SVG}foreignObject")]):
        parent = element.getparent()
        if parent is None:
            continue
        group = etree.Element(f"{_SVG}g")
        if element.get("transform"):
            group.set("transform", element.get("transform", ""))
        is_whole = number < _MAX_LABELS and _Label(element, Basis(width, height)).set(group) and is_whole
        group.tail = element.tail
        parent.replace(element, group)
    return is_whole


def choose(root: etree._Element) -> None:
    """Make a group of what a browser shows of each `switch`: resvg would take what stands there for it in its stead."""
    for switch in [*root.iter(f"{_SVG}switch")]:
        shown = next((child for child in switch if isinstance(child.tag, str) and _passes(child)), None)
        for child in [*switch]:
            if child is not shown:
                switch.remove(child)
        switch.tag = f"{_SVG}g"
        if shown is not None:
            shown.attrib.pop("requiredFeatures", None)
            shown.attrib.pop("systemLanguage", None)


def _passes(child: etree._Element) -> bool:
    """Whether a browser takes it; browsers no longer look at `requiredFeatures` (SVG 2, section 5.10)."""
    extensions = child.get("requiredExtensions")
    if extensions is not None and extensions.strip() != "http://www.w3.org/1999/xhtml":
        return False
    languages = child.get("systemLanguage")
    return languages is None or any(part.strip().lower().startswith("en") for part in languages.split(","))


class _Label:
    """One foreignObject."""

    def __init__(self, element: etree._Element, basis: Basis) -> None:
        self._element, self._basis = element, basis
        self._lines: list[_Line] = []
        self._chars = 0
        self._is_whole = True
        self._shrinks = False  # the box around the text is as wide as the text
        sizes = [self._length(element.get(name, "0"), name) for name in ("x", "y", "width", "height")]
        x, y, self._width, self._height = (size or 0.0 for size in sizes)
        self._box = _Box(x, y, self._width)

    def set(self, group: etree._Element) -> bool:
        """Write the label into a group; says whether all of it could be set."""
        if self._width <= 0 or self._height <= 0:
            return True  # browsers show nothing of it either
        style = _of_ancestors(self._element)
        self._read(self._element, style, _MAX_DEPTH)
        self._write(group)
        return self._is_whole

    def _length(self, text: str, name: str) -> float | None:
        return length_px(text, self._basis, name)

    def _read(self, element: etree._Element, style: _Style, depth: int) -> None:
        for text, child in _content(element):
            if child is None:
                self._add(text, style)
                continue
            name = str(child.tag).rpartition("}")[2].lower()
            if name == "br":
                self._lines.append(_Line(style=style))
                continue
            declared = {key: value for key, value, _ in declarations_of(child.get("style", ""))}
            if name in _SILENT or declared.get("display") == "none" or declared.get("visibility") == "hidden":
                continue
            if name in _NOT_SET or depth < 1:
                self._is_whole = False
                continue
            is_block = name in _BLOCKS or declared.get("display", "") in _BLOCK_DISPLAYS
            is_block = is_block and not declared.get("display", "").startswith("inline")
            self._read_element(child, name, declared, _styled(style, name, declared), is_block, depth)

    def _read_element(
        self, child: etree._Element, name: str, declared: dict[str, str], style: _Style, is_block: bool, depth: int
    ) -> None:
        declared = _USUAL.get(name, {}) | declared
        if any(_BORDER.match(f"{key}:{value}") for key, value in declared.items()):
            self._is_whole = False
        chars = self._chars
        if not self._has_text:
            self._place(declared, style)
        margin = _MARGINS.get(name, 0.0) * style.size
        top, bottom = (_margin(declared, side, margin) for side in ("top", "bottom"))
        self._shrinks = self._shrinks or declared.get("display", "block") not in {"block", "inline", "list-item"}
        if is_block:
            self._end_block(top)
            style = replace(style, fills=not self._shrinks)
            style = style if "background-color" in declared or "background" in declared else replace(style, behind=None)
        if name == "li":
            self._add("• ", style)
        self._read(child, style, depth - 1)
        if self._chars == chars and (style.behind or "background" in " ".join(declared)):
            self._is_whole = False  # a box without a word in it
        if is_block:
            self._end_block(bottom)

    @property
    def _has_text(self) -> bool:
        return any(line.runs for line in self._lines)

    def _place(self, declared: dict[str, str], style: _Style) -> None:
        """Take in what the boxes around the text say of where it is."""
        box = self._box
        for name in ("padding-left", "margin-left"):
            box.left += self._length(declared.get(name, "0"), name) or 0.0
        for name in ("padding-top", "margin-top"):
            box.top += self._length(declared.get(name, "0"), name) or 0.0
        width = declared.get("width") or ""
        if width and not width.endswith("%"):
            box.width = self._length(width, "width") or box.width
        if limit := self._length(declared.get("max-width", ""), "width"):
            box.width = min(box.width, limit)
        if "flex" in declared.get("display", "") and declared.get("flex-direction", "row") == "row":
            box.vertical = declared.get("align-items", "stretch").replace("unsafe", "").strip()
            box.horizontal = declared.get("justify-content", "").replace("unsafe", "").strip()
            height = declared.get("height") or ""
            box.height = self._height if height.endswith("%") else self._length(height, "height")

    def _end_block(self, room: float) -> None:
        if not self._has_text:
            self._box.top += room
            return
        if self._lines[-1].runs:
            self._lines.append(_Line(room=room))
        else:
            self._lines[-1].room = max(self._lines[-1].room, room)
        self._lines[-1].style = _END

    def _add(self, text: str, style: _Style) -> None:
        """Text behind what the last line holds."""
        self._chars += len(text)
        if self._chars > _MAX_CHARS:
            self._is_whole = False
            return
        parts = text.split("\n") if style.keeps_lines else [re.sub(r"[ \t\r\n\f]+", " ", text)]
        for number, part in enumerate(parts):
            open_line = self._lines[-1] if self._lines and self._lines[-1].style is not _END else None
            if number or open_line is None:
                if not part.strip():
                    continue
                open_line = _Line(style=style)
                self._lines.append(open_line)
            if not open_line.runs:
                part = part.lstrip(" ")
            if part:
                open_line.runs.append((part, style))
                open_line.style = style

    def _write(self, group: etree._Element) -> None:
        box = self._box
        lines = [line for whole in self._lines for line in _broken(whole, box.width)]
        while lines and not lines[-1].runs:
            lines.pop()
        height = sum(line.height for line in lines)
        top = box.top
        if box.height is not None and box.vertical in {"center", "end", "flex-end"}:
            top += (box.height - height) * (0.5 if box.vertical == "center" else 1.0)
        widest = max((line.width for line in lines), default=0.0)
        left = box.left
        if box.horizontal in {"center", "end", "flex-end"}:
            left += (box.width - widest) * (0.5 if box.horizontal == "center" else 1.0)
        elif not box.horizontal:
            widest = box.width
        for line in lines:
            if line.runs:
                _write_line(group, line, left, widest, top)
            top += line.height


_END = _Style()  # of a line that is ended: what follows is another


def _content(element: etree._Element) -> Iterator[tuple[str, etree._Element | None]]:
    """Texts and elements in their order."""
    if element.text:
        yield element.text, None
    for child in element:
        if isinstance(child.tag, str):
            yield "", child
        if child.tail:
            yield child.tail, None


def _of_ancestors(element: etree._Element) -> _Style:
    """What a label inherits from the drawing around it."""
    style = _Style()
    for ancestor in [*reversed([*element.iterancestors()]), element]:
        names = "color", "font-size", "font-weight", "font-family"
        declared = {name: value for name in names if (value := ancestor.get(name))}
        declared |= {name: value for name, value, _ in declarations_of(ancestor.get("style", ""))}
        declared.pop("background-color", None)
        declared.pop("background", None)
        style = _styled(style, "", declared)
    return style


def _styled(style: _Style, name: str, declared: dict[str, str]) -> _Style:
    """The style of an element in one of another style."""
    changed: dict[str, Any] = {}
    if short := _FONT.fullmatch(declared.get("font", "").strip()[:500]):
        weight = "bold" if re.search(r"\b(?:bold|bolder|[6-9]00)\b", short["before"]) else "normal"
        parts = {"font-size": short["size"], "font-family": short["family"], "font-weight": weight}
        declared = parts | ({"line-height": short["height"]} if short["height"] else {}) | declared
    size = length_px(declared.get("font-size", ""), Basis(0, 0, style.size), "font-size")
    size = size if size is not None and "font-size" in declared else style.size * _SIZES.get(name, 1.0)
    changed["size"] = min(max(size, 0.0), 1000.0)
    if colour := hex_colour(declared.get("color", "")):
        changed["colour"] = colour
    if behind := hex_colour(declared.get("background-color") or declared.get("background", "")):
        changed["behind"] = behind if not behind.endswith("00", 7) else None
    weight = declared.get("font-weight", "bold" if name in _BOLD else "")
    if weight:
        changed["is_bold"] = weight in {"bold", "bolder"} or (weight.isdigit() and int(weight) >= 600)
    if "font-family" in declared:
        changed["family"] = fonts.family(declared["font-family"])
    align = declared.get("text-align", "center" if name == "center" else "")
    if align:
        changed["align"] = {"center": "middle", "right": "end", "end": "end"}.get(align, "start")
    height = declared.get("line-height", "")
    if height == "normal":
        changed["line_height"] = None
    elif (found := length_px(height, Basis(0, 0, changed["size"]), "line-height")) is not None:
        changed["line_height"] = found * (changed["size"] if re.fullmatch(r"[\d.]+", height) else 1)
    elif style.line_height and changed["size"] != style.size:
        changed["line_height"] = style.line_height * changed["size"] / style.size if style.size else None
    space = declared.get("white-space", "pre" if name == "pre" else "")
    if space:
        changed["wraps"] = space not in {"nowrap", "pre"}
        changed["keeps_lines"] = space.startswith("pre") or space == "break-spaces"
        changed["keeps_spaces"] = space == "break-spaces"
    return replace(style, **changed)


def _margin(declared: dict[str, str], side: str, usual: float) -> float:
    """The room above or below a block."""
    words = declared.get("margin", "").split()
    written = declared.get(f"margin-{side}") or (words[0 if side == "top" or len(words) < 3 else 2] if words else "")
    found = length_px(written, Basis(0, 0), "margin") if written else usual
    return found if found is not None else 0.0


def _broken(line: _Line, width: float) -> list[_Line]:
    """A line as the lines that fit into a box."""
    if not line.runs or not line.style.wraps or width <= 0 or line.width <= width + 0.5:
        return [line]
    lines, at = [_Line(style=line.style)], 0.0
    for text, style in line.runs:
        for word in re.findall(r"\S+\s*|^\s+" if style.keeps_spaces else r"\s*\S+|\s+$", text):
            long = fonts.width(word, style.size, style.is_bold)
            if at + long > width + 0.5 and lines[-1].runs and word.strip():
                lines.append(_Line(style=style))
                word, at = word.lstrip(), 0.0
                long = fonts.width(word, style.size, style.is_bold)
            runs = lines[-1].runs
            if runs and runs[-1][1] is style:
                runs[-1] = runs[-1][0] + word, style
            else:
                runs.append((word, style))
            at += long
    return lines


def _write_line(group: etree._Element, line: _Line, left: float, width: float, top: float) -> None:
    line.runs[-1] = line.runs[-1][0].rstrip(), line.runs[-1][1]
    long = line.width
    align = line.style.align
    x = left + (0.0 if align == "start" else (width - long) / 2 if align == "middle" else width - long)
    largest = max(style.size for _, style in line.runs)
    baseline = top + (line.height - (fonts.ASCENT + fonts.DESCENT) * largest) / 2 + fonts.ASCENT * largest
    if line.style.behind:
        etree.SubElement(
            group, f"{_SVG}rect", x=f"{left if line.style.fills else x:.2f}", y=f"{top:.2f}",
            width=f"{width if line.style.fills else long:.2f}", height=f"{line.height:.2f}",
            style=f"fill:{line.style.behind};stroke:none",
        )  # fmt: skip
    text = etree.SubElement(group, f"{_SVG}text", x=f"{x:.2f}", y=f"{baseline:.2f}")
    text.set("style", "text-anchor:start;stroke:none")
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    for words, style in line.runs:
        run = etree.SubElement(text, f"{_SVG}tspan")
        run.text = words
        run.set(
            "style",
            f"fill:{style.colour};font-size:{style.size:g}px;font-weight:{'bold' if style.is_bold else 'normal'};"
            f"font-family:'{style.family}';fill-opacity:1",
        )
