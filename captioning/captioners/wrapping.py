"""What stands around the text in an answer: HTML, Markdown, tables, lists and paragraphs. Pure."""

from __future__ import annotations

import json
import re

from captioning.captioners.fields import KEY, OTHER_KEY, field

_HIDDEN = re.compile(r"<(details|style|script|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_INLINE_TAG = re.compile(
    r"</?(?:b|i|em|strong|span|u|mark|small|a|code|font|s|q|cite|kbd|ref|phrase|points?|grounding)(?:\s[^<>]{0,300})?/?>",
    re.I,
)
_TAG = re.compile(r"</?[a-z][\w:.-]{0,40}(?:\s[^<>]{0,500})?/?>", re.I)
_MD_IMAGE = re.compile(r"!\[([^\[\]]*)\](?:\([^()\n]*\)?)?")
_MD_LINK = re.compile(r"\[([^\[\]]+)\]\((?:https?:|/|#|\.|www)[^()\s]*\)")
_BOXED = re.compile(r"\\boxed\s*\{\s*(?:\\text(?:bf|it)?\s*\{)?([^{}]*)\}*")
_TEX = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt|sc)?|emph|math(?:rm|bf|it))\s?\{([^{}]*)\}")
_UNICODE_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_BANNER = re.compile(r"^\s*={2,}\s*([^=]+?)\s*={2,}\s*$")
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
_OR = re.compile(r"\W*(?:or|oder|ou|oppure|of|lub|eller|или|または|或者?|또는)\W*", re.I)
_YAML_BLOCK = re.compile(r"(?<=\w:)[ \t]+[>|][+-]?[ \t]*$", re.M)
# "a." or "ii)" at the beginning of a line is a mark only where the next of its series begins another line.
_SERIES_MARK = re.compile(
    r"\s*[*_]{0,2}[(\[]?(?:(?P<letter>[a-hA-H])|(?P<roman>i{1,3}|iv|v)|(?P<number>[1-9]))[.):\]][*_]{0,2}:?[*_]{0,2}\s+(?=\S)"
)
_ORDER = {"letter": list("abcdefgh"), "roman": ["i", "ii", "iii", "iv", "v"], "number": list("123456789")}
_SEPARATOR = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*")
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

    __slots__ = ("is_heading", "is_item", "is_quote")
    is_item: bool
    is_heading: bool
    is_quote: bool

    @classmethod
    def read(cls, text: str) -> Line:
        """A line as it was written, without its marks."""
        is_quote = _QUOTE_MARK.match(text) is not None
        text = _cells(_QUOTE_MARK.sub("", text))
        heading = (
            _HEADING.match(text) if text.lstrip().startswith("#") and re.match(r"\s*#+\s|\s*#{2,}", text) else None
        )
        heading = heading or _BANNER.match(text)
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
            bold = bold or len(text.split()) <= 2
        line = cls(text)
        line.is_item, line.is_heading, line.is_quote = is_item, heading is not None or bold, is_quote
        return line


def unwrapped(text: str) -> tuple[list[Line], bool]:
    """The lines of what is in the wrapping, without their marks; and whether a field of its own held the text."""
    text, fielded = field(text)
    text = _TEX.sub(r"\1", _BOXED.sub(r"\1", text))
    if "\\" in text:
        text = _UNICODE_ESCAPES.sub(lambda run: json.loads(f'"{run[0]}"'), text)
        for escape, meant in _ESCAPES.items():
            text = text.replace(escape, meant)
    text = _MD_LINK.sub(r"\1", _MD_IMAGE.sub(r"\1", text))
    text = _TAG.sub("\n", _INLINE_TAG.sub("", _HIDDEN.sub("", _YAML_BLOCK.sub("", text))))
    lines = _marked_alike(_columns(text.split("\n")))
    return [Line.read("" if _RULE.match(line) or _OR.fullmatch(line) else line) for line in lines], fielded


def _columns(lines: list[str]) -> list[str]:
    """Rows of a table as items: of the column that is headed as the text, where there is one."""
    for number, line in enumerate(lines[:-1]):
        if not _SEPARATOR.fullmatch(lines[number + 1]):
            continue
        heads = [cell.strip(" *_`") for cell in line.strip().strip("|").split("|")]
        column = next((at for key in (KEY, OTHER_KEY) for at, head in enumerate(heads) if key.fullmatch(head)), None)
        if column is None or len(heads) < 2:
            continue
        rows = [row.strip().strip("|").split("|") for row in lines[number + 2 :] if row.strip().startswith("|")]
        return [*lines[:number], *(f"- {row[column].strip()}" for row in rows if column < len(row))]
    return lines


def _marked_alike(lines: list[str]) -> list[str]:
    """The marks of a series as those of a list."""
    marks = [_SERIES_MARK.match(line) for line in lines]
    found = {(kind, _ORDER[kind].index(mark[kind].lower())) for mark in marks if mark and (kind := mark.lastgroup)}
    series = {kind for kind, rank in found if rank == 0 and (kind, 1) in found}
    return [
        f"- {line[mark.end() :]}" if mark and mark.lastgroup in series else line
        for line, mark in zip(lines, marks, strict=True)
    ]
