"""What stands around the text in an answer: fences, JSON, HTML, Markdown, lists and paragraphs. Pure."""

from __future__ import annotations

import ast
import html
import json
import re
from typing import Any

_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(?:[\w+-]{1,20}[ \t]*\n|\n)?(.*?)(?:\1|\Z)", re.S)
_KEY = re.compile(
    r"alt([-_ ]?(te?xt|tag|attribute|description))?|alternati(ve|f)[-_ ]?(text|tekst)?|alternativtext", re.I
)
_OTHER_KEY = re.compile(
    r"(final[-_ ]?)?(answer|caption|description|text|response|output|result|content|sentence)", re.I
)
_IMG = re.compile(r"<img\b[^<>]{0,2000}?\balt\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.I)
_ATTRIBUTE = re.compile(
    r"^\W{0,4}(?:alt|aria-label)\s*=\s*\{?\s*([\"'“`])(.*?)(?:(?<!\\)[\"'”`]\s*\}?[/\s>,;.`]*$|[\"”]\s*[/>\n])",
    re.I | re.S,
)
_ELEMENT = re.compile(
    r"<(alt[-_ ]?(?:te?xt)?|(?:final[-_]?)?answer|caption|description|response|output|result|text|figcaption)"
    r"\b[^<>]{0,80}>(.*?)(?:</\1\s*>|\Z)",
    re.I | re.S,
)
_HIDDEN = re.compile(r"<(details|style|script|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_INLINE_TAG = re.compile(r"</?(?:b|i|em|strong|span|u|mark|small|a|code|font|s|q|cite|kbd)(?:\s[^<>]{0,300})?/?>", re.I)
_TAG = re.compile(r"</?[a-z][\w:.-]{0,40}(?:\s[^<>]{0,500})?/?>", re.I)
_MD_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()\n]*\)?")
_MD_LINK = re.compile(r"\[([^\[\]]+)\]\((?:https?:|/|#|\.|www)[^()\s]*\)")
_BOXED = re.compile(r"\\boxed\s*\{\s*(?:\\text(?:bf|it)?\s*\{)?([^{}]*)\}*")
_EMPHASIS = (
    re.compile(r"(\*{1,3})(?=\S)([^*\n]+?)(?<=\S)\1(?!\*)"),
    re.compile(r"(?<![^\W_])(_{1,3})(?=[^\s_])([^\n]*?)(?<=[^\s_])\1(?![^\W_])"),
    re.compile(r"(~~)(?=\S)([^~\n]+?)(?<=\S)\1"),
    re.compile(r"(`+)([^`\n]+?)\1"),
)
_STRAY = re.compile(r"\*{2,}|^\*(?=\w)|`{1,2}")
_RULE = re.compile(r"^\s*([-*_=~—])\s*(?:\1\s*){2,}$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s*(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+•‣▪◦●○■–—]\s+|\(?\d{1,2}[.)]\s+(?!\d)|\(?[aA]\)\s+|\d️⃣\s*|[①-⑨]\s*)+")
_QUOTE_MARK = re.compile(r"^\s*(?:>\s?)+")
# Each of them alone: "\n" where a model has written the escape instead of the line.
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\'": "'", "\\*": "*", "\\_": "_", "\\r": ""}


def _cells(text: str) -> str:
    """A row of a table as a line: "label: text" of two cells."""
    row = text.strip()
    if len(row) < 3 or row[0] != "|" or row[-1] != "|":
        return text
    cells = [cell.strip() for cell in row[1:-1].split("|")]
    if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
        return ""
    return ": ".join(cells[:2])


class Line(str):
    """A line without its marks."""

    __slots__ = ("is_heading", "is_item")
    is_item: bool
    is_heading: bool

    @classmethod
    def read(cls, text: str) -> Line:
        """A line as it was written, without its marks."""
        text = _cells(_QUOTE_MARK.sub("", text))
        heading = (
            _HEADING.match(text) if text.lstrip().startswith("#") and re.match(r"\s*#+\s|\s*#{2,}", text) else None
        )
        if heading is not None:
            text = heading[1]
        shorter = _ITEM.sub("", text)
        is_item, text = shorter != text, shorter.strip()
        bold = re.fullmatch(r"(\*{2,3}|__)([^*]+)\1:?", text) is not None
        for emphasis in _EMPHASIS:
            text = emphasis.sub(r"\2", text)
        text = _STRAY.sub("", text).strip()
        if bracketed := re.fullmatch(r"\[([^\[\]]+)\]|\(([^()]+)\)", text):
            text = (bracketed[1] or bracketed[2]).strip()
        line = cls(text)
        line.is_item, line.is_heading = is_item, heading is not None or bold
        return line


def unwrapped(text: str) -> tuple[list[Line], bool]:
    """The lines of what is in the wrapping, without their marks; and whether a field of its own held the text."""
    text, fielded = _field(text)
    text = _BOXED.sub(r"\1", text)
    if "\\" in text:
        for escape, meant in _ESCAPES.items():
            text = text.replace(escape, meant)
    text = _MD_LINK.sub(r"\1", _MD_IMAGE.sub(r"\1", text))
    text = _TAG.sub("\n", _INLINE_TAG.sub("", _HIDDEN.sub("", text)))
    return [Line.read("" if _RULE.match(line) else line) for line in text.split("\n")], fielded


def _field(text: str) -> tuple[str, bool]:
    """What a fence, a field of JSON, an attribute or an element that is named for it holds; else the text itself."""
    for _ in range(3):  # one in the other: a fence with JSON in it
        inner = _fenced(text) or _in_json(text) or _in_markup(text)
        if inner is None:
            return text, False
        text, named = inner
        if named:
            return text, True
    return text, False


def _fenced(text: str) -> tuple[str, bool] | None:
    fence = _FENCE.search(text)
    if fence is None or not fence[2].strip():
        return None
    before = text[: fence.start()].strip()
    # Behind a text of its own stands an example or the markup for it.
    return (
        (fence[2].strip("` \n"), False)
        if not before or before.endswith((":", "：", "*")) or before[-1:].isalnum()
        else (before, False)
    )


def _in_json(text: str) -> tuple[str, bool] | None:
    starts = [place for sign in "{[" if (place := text.find(sign)) >= 0]
    if re.match(r"\s*\"[\w -]{1,30}\"\s*:\s*\"", text):  # a field without its braces
        text, starts = f"{{{text.strip().rstrip(',')}}}", [0]
    start = min(starts, default=-1)
    if start < 0 or not re.match(r"[{\[]\s*[\"'{\[]", text[start:]) or len(text[:start].split()) > 15:
        return None
    found = None
    try:
        data, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        end = max(text.rfind("}"), text.rfind("]"))
        try:
            data = ast.literal_eval(text[start : end + 1])
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return None
    try:
        found = _named(data, _KEY) or _named(data, _OTHER_KEY) or _first_text(data)
    except RecursionError:
        return None
    return None if found is None else (found, True)


def _named(data: Any, key: re.Pattern[str]) -> str | None:
    """The first text under such a key, at any depth."""
    if isinstance(data, list):
        return next((text for one in data if (text := _named(one, key)) is not None), None)
    if not isinstance(data, dict):
        return None
    for name, value in data.items():
        if isinstance(name, str) and key.fullmatch(name) and (text := _first_text(value)) is not None:
            return text
    return next((text for value in data.values() if (text := _named(value, key)) is not None), None)


def _first_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _first_text(value[0]) if value else None
    if isinstance(value, dict) and len(value) == 1:
        return _first_text(next(iter(value.values())))
    return None


def _in_markup(text: str) -> tuple[str, bool] | None:
    if (image := _IMG.search(text)) is not None and len(text[: image.start()].split()) <= 15:
        return html.unescape(image[1] or image[2] or ""), True
    if (attribute := _ATTRIBUTE.match(text)) is not None:
        return html.unescape(attribute[2]), True
    if (element := _ELEMENT.search(text)) is not None and element[2].strip():
        return element[2], False
    return None
