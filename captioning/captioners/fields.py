"""The field of an answer that holds the text: a fence, JSON, an attribute, an element named for it. Pure."""

from __future__ import annotations

import ast
import html
import json
import re
from typing import Any

from captioning.captioners.labels import is_talk

_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(?:[\w+-]{1,20}[ \t]*\n|\n)?(.*?)(?:\1|\Z)", re.S)
KEY = re.compile(
    r"(?:(?:image|img|photo|picture|suggested|short|concise|final|generated|proposed)[-_ ]?)?(?:"
    r"alt([-_ ]?(te?xt|tag|attribute|description))?([-_ ]?en)?|alternati(ve|f)[-_ ]?(text|tekst)?|alternativtext)",
    re.I,
)
OTHER_KEY = re.compile(
    r"(?:(?:final|image|img|photo|picture|short|brief|concise)[-_ ]?)?"
    r"(answer|caption|description|text|response|output|result|content|sentence)",
    re.I,
)
# A field of JSON that no parser reads: keys without quotation marks, curly ones, no end.
_LOOSE_FIELD = re.compile(
    r"[{,]\s*[\"'“”]?(?P<key>[a-z][\w -]{0,30})[\"'“”]?\s*:\s*"
    r"(?:[\"“](?P<text>(?:[^\"”\\]|\\.)*)(?P<end>[\"”])?|'(?P<single>[^'\n]*)'(?=\s*[,}\n]))",
    re.I | re.S,
)
_PLAIN_KEY = re.compile(r"(?:option|version|suggestion)?[ _-]?\d{1,2}|[a-z]{2}|[A-C]")
_IMG = re.compile(
    r"<(?:img|image|figure|svg|picture|area|input|div|span)\b[^<>]{0,2000}?\b(?:alt|aria-label)\s*=\s*\{?"
    r"(?:\"([^\"<>]*)\"|'([^'<>]*)'|`([^`<>]*)`)",
    re.I,
)
_ATTRIBUTE = re.compile(
    r"^\W{0,4}(?:(?:const|let|var)\s+)?(?:alt|aria-label)\s*=\s*\{?\s*([\"'“`])(.*?)(?:(?<!\\)[\"'”`]\s*\}?[/\s>,;.`]*$|[\"”]\s*[/>\n])",
    re.I | re.S,
)
_ELEMENT = re.compile(
    r"<(alt[-_ ]?(?:te?xt)?|(?:final[-_]?)?answer|caption|description|response|output|result|text|figcaption)"
    r"\b[^<>]{0,80}>(.*?)(?:</\1\s*>|\Z)",
    re.I | re.S,
)


def field(text: str) -> tuple[str, bool]:
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
    leads = not before or before.endswith((":", "：", "*")) or before[-1:].isalnum() or is_talk(before)
    # Behind a text of its own stands an example or the markup for it.
    return (fence[2].strip("` \n"), False) if leads else (before, False)


def _in_json(text: str) -> tuple[str, bool] | None:
    starts = [place for sign in "{[" if (place := text.find(sign)) >= 0]
    if re.match(r"\s*\"[\w -]{1,30}\"\s*:\s*\"", text):  # a field without its braces
        text, starts = f"{{{text.strip().rstrip(',')}}}", [0]
    start = min(starts, default=-1)
    if start < 0 or len(text[:start].split()) > 15:
        return None
    if not re.match(r"[{\[]\s*[\"'{\[]", text[start:]):
        return _loosely(text[start:])
    found = None
    try:
        data, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        end = max(text.rfind("}"), text.rfind("]"))
        try:
            data = ast.literal_eval(text[start : end + 1])
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return _loosely(text[start:])
    try:
        found = _named(data, KEY) or _named(data, OTHER_KEY) or _first_of_many(data) or _first_text(data)
    except RecursionError:
        return None
    return None if found is None else (found, True)


def _loosely(text: str) -> tuple[str, bool] | None:
    """The field of what is no JSON and was meant to be: its text, and whether it has an end."""
    if not text.startswith("{"):
        return None
    found = list(_LOOSE_FIELD.finditer(text))
    for key in (KEY, OTHER_KEY):
        for field_ in found:
            if key.fullmatch(field_["key"]):
                if field_["single"] is not None:
                    return field_["single"], True
                return re.sub(r"\\(.)", r"\1", field_["text"].replace("\\n", " ")), field_["end"] is not None
    return None


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


def _first_of_many(data: Any) -> str | None:
    """Of texts by number or by language the first, or the English one."""
    if not isinstance(data, dict) or not all(isinstance(key, str) and _PLAIN_KEY.fullmatch(key) for key in data):
        return None
    return _first_text(data.get("en", next(iter(data.values()), None)))


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
        return html.unescape(image[1] or image[2] or image[3] or ""), True
    if (attribute := _ATTRIBUTE.match(text)) is not None:
        return html.unescape(attribute[2]), True
    if (element := _ELEMENT.search(text)) is not None and element[2].strip():
        return element[2], False
    return None
