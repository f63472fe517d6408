"""XHTML sent as such: what its writing means in HTML, so that one parser reads both.

An XML parser would stop at the first fault and knows no lines; of HTML, XHTML differs in tags that end themselves, in
CDATA and in prefixes. Lines stay where they are.
"""

from __future__ import annotations

import html
import re

MEDIA_TYPE = "application/xhtml+xml"
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_PREFIX = re.compile(r"""\sxmlns:([\w.-]+)\s*=\s*["']http://www\.w3\.org/1999/xhtml["']""")
_TOKEN = re.compile(
    r"(?P<other><!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z))|<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)"
    r"|<(?P<name>[a-zA-Z][\w:.-]*+)(?P<attributes>(?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>",
    re.S,
)


def is_xhtml(content_type: str | None) -> bool:
    """Whether a Content-Type says that a page is XHTML, which browsers read with another parser."""
    return content_type is not None and content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def as_html(text: str) -> str:
    """The same page for a parser of HTML."""
    for prefix in set(_PREFIX.findall(text[:10_000])):
        text = re.sub(rf"(</?){re.escape(prefix)}:(?=[a-zA-Z])", r"\1", text)
    return _TOKEN.sub(_in_html, text)


def _in_html(token: re.Match[str]) -> str:
    if token["data"] is not None:
        return html.escape(token["data"]) if "<" in token["data"] else token["data"]
    name, attributes = token["name"], token["attributes"]
    if name is None or not attributes.endswith("/") or name.lower() in _VOID:
        return token[0]
    return f"<{name}{attributes[:-1]}></{name}>"
