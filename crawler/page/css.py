"""CSS as far as it shows pictures or hides them: declarations, style sheets, and media queries.

After CSS Syntax 3, Backgrounds and Borders 3 and Media Queries 4, read with a few bounded patterns: what is written
in other ways is passed over, as a browser passes over what it does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The screen that an audit looks at: a desktop's.
SCREEN_WIDTH_PX = 1280
MAX_SHEET_CHARS = 1_000_000
# Shorter data: addresses are dots, arrows and patterns.
MIN_DATA_CHARS = 2000

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'"
_URL = re.compile(rf"url\(\s*+(?:({_STRING})|((?:[^\s\"'()\\]|\\.)*+))\s*+\)|image-set\(\s*+({_STRING})", re.I | re.S)
_BACKGROUND = re.compile(
    r"(?:^|[;{\s])background(?:-image)?\s*+:(?P<value>(?:"
    rf"url\(\s*+(?:{_STRING}|(?:[^\"'()\\]|\\.)*+)\s*+\)|{_STRING}|[^;\"'])*+)",
    re.I | re.S,
)
_IMPORTANT = re.compile(r"!\s*important", re.I)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|\n|(.))", re.I | re.S)
# In a style sheet: what may hold a brace without meaning it, braces, and the ends of statements.
_TOKEN = re.compile(rf"{_STRING}|url\((?:[^\"'()\\]|\\.)*+\)|[{{}};]|[^{{}};\"'u]++|.", re.I | re.S)
_DISPLAY = re.compile(r"(?:^|[;{\s])display\s*+:\s*+([a-z-]+)([^;]*+)", re.I)
_IMPORT = re.compile(
    rf"@import\s*+(?:url\(\s*+(?:({_STRING})|((?:[^\s\"'()\\]|\\.)*+))\s*+\)|({_STRING}))([^;]*+)", re.I
)
MAX_IMPORTS = 20
# Statements that may stand before an import.
_BEFORE_IMPORTS = re.compile(r"\s*+(?:@(?:charset|import|layer)\b[^;{]*+(?:;|\Z)\s*+)*+", re.I)
_GROUPS = ("@media", "@supports", "@layer", "@container", "@scope")  # at-rules that hold rules for the page

# What does not apply to the screen of an audit, but does to others.
_OTHER_SCREEN = re.compile(r"screen|\bm(?:in|ax)-(?:device-)?width|\bwidth\s*[<>=]|orientation|\ball\b", re.I)
_FEATURE = re.compile(r"\(\s*([a-z-]+)\s*(?::|(<=?|>=?))\s*([\d.]+|[a-z-]+)\s*(px|em|rem)?\s*\)", re.I)
_UNLIKELY = {
    ("prefers-color-scheme", "dark"),
    ("prefers-reduced-motion", "reduce"),
    ("orientation", "portrait"),
    ("prefers-contrast", "more"),
    ("forced-colors", "active"),
}


@dataclass(frozen=True, slots=True)
class Background:
    """What a block of declarations says of the background picture."""

    url: str | None  # as written, unescaped; None: there shall be none
    important: bool = False


@dataclass(frozen=True, slots=True)
class Display:
    """What a block of declarations says of whether an element is shown at all."""

    shown: bool
    important: bool = False


@dataclass(frozen=True, slots=True)
class StyleRule:
    """A rule of a style sheet that speaks of a background, or of whether something is shown."""

    selectors: str
    background: Background | None
    display: Display | None = None
    applies: bool = True  # to a desktop's screen; if not, to another one


@dataclass(frozen=True, slots=True)
class Import:
    """A style sheet that another one asks for."""

    address: str  # as written
    media: str


def background(declarations: str) -> Background | None:
    """The background that the declarations of a style attribute or a rule ask for; None when they say nothing.

    Of several layers the first with a picture counts, of several declarations the last.
    """
    said = None
    for declaration in _BACKGROUND.finditer(declarations):
        value = declaration["value"]
        important = _IMPORTANT.search(value) is not None
        if said is None or important or not said.important:
            said = Background(next(_pictures(value), None), important)
    return said


def display(declarations: str) -> Display | None:
    """What the declarations of a style attribute or a rule say of being shown; None when they say nothing."""
    said = None
    for declaration in _DISPLAY.finditer(declarations):
        important = _IMPORTANT.search(declaration[2]) is not None
        if said is None or important or not said.important:
            said = Display(declaration[1].lower() != "none", important)
    return said


def imports(sheet: str) -> list[Import]:
    """The sheets that a style sheet asks for; they come before its own rules."""
    if "@import" not in sheet[:MAX_SHEET_CHARS].lower():
        return []
    head = _BEFORE_IMPORTS.match(_COMMENT.sub(" ", sheet[:MAX_SHEET_CHARS]))
    found = _IMPORT.finditer(head[0]) if head is not None else iter(())
    return [
        Import(_unescaped(one[2] or (one[1] or one[3] or "''")[1:-1]).strip(), one[4].strip())
        for one in islice(found, MAX_IMPORTS)
    ]


def _pictures(value: str) -> Iterator[str]:
    for found in _URL.finditer(value):
        quoted = found[1] or found[3]
        address = _unescaped(quoted[1:-1] if quoted else found[2]).strip()
        small = address[:5].lower() == "data:" and len(address) < MIN_DATA_CHARS
        if address and address[0] != "#" and not small:  # with # it is a part of the page: a filter, a gradient
            yield address


def _unescaped(text: str) -> str:
    def character(escape: re.Match[str]) -> str:
        if not escape[1]:
            return escape[2] or ""
        code = int(escape[1], 16)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"

    return _ESCAPE.sub(character, text) if "\\" in text else text


def style_rules(sheet: str) -> Iterator[StyleRule]:
    """The rules of a style sheet that speak of a background or of being shown, in order.

    Those for other screens than a desktop's count where they show something.
    """
    prelude: list[str] = []
    blocks: list[bool | None] = []  # for each open block, whether its rules apply; None: to another screen
    body: list[str] | None = None  # declarations of the rule at hand
    body_depth = 0
    selectors = ""
    for token in _TOKEN.finditer(_COMMENT.sub(" ", sheet[:MAX_SHEET_CHARS])):
        text = token[0]
        if body is not None:
            body_depth += (text == "{") - (text == "}")
            if body_depth > 0:
                body.append(text)
                continue
            if False not in blocks:
                yield from _rule(selectors, "".join(body), applies=None not in blocks)
            body = None
        elif text == "{":
            head = "".join(prelude).strip()
            prelude = []
            if head.startswith("@"):
                blocks.append(_group_applies(head))
            else:
                selectors, body, body_depth = head, [], 1
        elif text == "}":
            prelude = []
            if blocks:
                blocks.pop()
        elif text == ";":
            prelude = []
        else:
            prelude.append(text)


def _rule(selectors: str, declarations: str, *, applies: bool) -> Iterator[StyleRule]:
    lowered = declarations.lower()
    picture = background(declarations) if applies and "background" in lowered else None
    shown = display(declarations) if "display" in lowered else None
    if not applies and (shown is None or not shown.shown):
        return
    if picture is not None or shown is not None:
        yield StyleRule(selectors, picture, shown, applies)


def _group_applies(head: str) -> bool | None:
    name, _, query = head.partition(" ")
    name, parenthesis, rest = name.partition("(")
    if name.lower() not in _GROUPS:
        return False  # @font-face, @keyframes, @page: not the page's elements
    if name.lower() != "@media":
        return True
    media = parenthesis + rest + " " + query
    return media_applies(media) or (None if _OTHER_SCREEN.search(media) else False)


def media_applies(query: str) -> bool:
    """Whether a media query list applies to a desktop's screen, SCREEN_WIDTH_PX wide; true for an empty one.

    What it does not know it takes for true.
    """
    return not query.strip() or any(_query_applies(one) for one in query[:2000].lower().split(","))


def _query_applies(query: str) -> bool:
    words = query.partition("(")[0].split()
    negated = words[:1] == ["not"]
    media = next((word for word in words if word not in {"not", "only", "and"}), "all")
    applies = media in {"all", "screen"} and all(
        _feature_applies(*found.groups()) for found in _FEATURE.finditer(query)
    )
    return applies != negated


def _feature_applies(name: str, comparison: str | None, value: str, unit: str | None) -> bool:
    if not value[0].isdigit():
        return (name, value) not in _UNLIKELY
    if name not in {"min-width", "max-width", "width"}:
        return True
    try:
        pixels = float(value) * (16 if unit in {"em", "rem"} else 1)
    except ValueError:
        return False
    if name == "min-width" or (comparison or "").startswith(">"):
        return pixels <= SCREEN_WIDTH_PX
    return pixels >= SCREEN_WIDTH_PX
