"""What is wrong with a text as an alt text, whoever wrote it: a site's author or a model.

The crawler judges the texts of a site with these rules and the captioning worker its own drafts, so both
are held to one standard. Each rule is a small function from (text, file name) to a message or None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from core.records import Finding, Severity
from core.rulebook import Rule, RuleBook
from core.text import collapse, comparable

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_ALT_CHARS = 125  # advice of most CMS guides and of older screen readers; no standard sets a number

TextCheck: TypeAlias = "Callable[[str, str | None], str | None]"
_book: RuleBook[TextCheck] = RuleBook()
_rule = _book.rule


def text_rules() -> tuple[Rule[TextCheck], ...]:
    """Every rule on a text, in the order in which they are reported."""
    return tuple(_book.rules)


def lint(text: str, file_name: str | None = None) -> tuple[Finding, ...]:
    """Judge a non-empty alt text.

    `file_name` is the last part of the picture's address, where it has one. A text that is no text at all
    (white space, a placeholder) gets that one finding only: the rest would repeat it.
    """
    findings = []
    for rule in _book.rules:
        message = rule.check(text, file_name)
        if message is not None:
            findings.append(Finding(rule.id, rule.severity, message))
            if rule.severity is Severity.ERROR:
                break
    return tuple(findings)


_EXTENSION = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|avif|svgz?|bmp|ico|tiff?|heic)(?:\?\S*)?$", re.I)
_CAMERA = re.compile(
    r"^(?:img|dsc[nf]?|dcim|pxl|mvi|gopr|screen ?shot|whatsapp image|image|photo|picture|untitled)"
    r"[ _-]*\d(?:at|am|pm|copy|wa|[\d _.:()-])*$",
    re.I,
)
_PLACEHOLDERS = frozenset(
    "todo tbd fixme xxx alt alttext placeholder spacer untitled null undefined none nan n/a test".split()
) | {
    "alt text",
    "alt tag",
    "insert alt text",
    "insert alt text here",
    "image alt",
    "image alt text",
    "your alt text",
}
_VAGUE = frozenset(
    "image images img photo photos photograph picture pictures pic graphic graphics icon icons logo banner "
    "screenshot illustration figure chart diagram thumbnail thumb avatar photo1 image1 picture1 img1".split()
)
_PREFIX = re.compile(
    r"^(?:an?\s+|the\s+)?(?:image|photo|photograph|picture|pic|graphic|icon)\s+(?:of|showing|depicting)\b",
    re.I,
)
_MARKUP = re.compile(r"</?[a-z][^>]*>|&(?:[a-z]{2,8}|#\d{2,5});", re.I)
_MOJIBAKE = re.compile("\ufffd|Ã[\u0080-\u00bf]|â€[™œ\u009d“”˜]|Â[\u00a0-\u00bf]")


@_rule("space-alt", Severity.ERROR, "WCAG 1.1.1, F30; ACT 23a2a8")
def _space(text: str, _file_name: str | None) -> str | None:
    if comparable(text):
        return None
    return 'The alt text holds no letter or digit. Describe the picture, or write alt="" if it is decoration.'


@_rule("filename-ext", Severity.ERROR, "WCAG 1.1.1, F30")
def _file_name_with_extension(text: str, _file_name: str | None) -> str | None:
    if not _EXTENSION.search(collapse(text)):
        return None
    return "The alt text is a file name. Say what the picture shows."


@_rule("url-or-path", Severity.ERROR, "WCAG 1.1.1, F30")
def _address(text: str, _file_name: str | None) -> str | None:
    if not re.match(r"(?:https?:)?//\S+$", collapse(text), re.I):
        return None
    return "The alt text is an address. Say what the picture shows, or where the link goes."


@_rule("camera-name", Severity.ERROR, "WCAG 1.1.1, F30")
def _camera_name(text: str, _file_name: str | None) -> str | None:
    if not _CAMERA.match(collapse(text)):
        return None
    return "The alt text is a name that a camera or a phone gave the file. Say what the picture shows."


@_rule("placeholder", Severity.ERROR, "WCAG 1.1.1, F30, F39")
def _placeholder(text: str, _file_name: str | None) -> str | None:
    if comparable(text) not in _PLACEHOLDERS:
        return None
    return "The alt text is a placeholder that was never filled in. Say what the picture shows."


@_rule("vague-word", Severity.ERROR, "WCAG 1.1.1, F30")
def _vague_word(text: str, _file_name: str | None) -> str | None:
    if comparable(text) not in _VAGUE:
        return None
    return f"“{collapse(text)}” says what kind of thing it is, not what it shows. Name what is to be seen."


@_rule("filename-stem", Severity.WARNING, "WCAG 1.1.1, F30")
def _file_name_stem(text: str, file_name: str | None) -> str | None:
    if file_name is None:
        return None
    stem = file_name.rsplit(".", 1)[0]
    # A single plain word ("Nyhavn") may be the right text and the file named after it.
    if not re.search(r"[_\d-]", stem) or comparable(text) != comparable(stem):
        return None
    return "The alt text is the file name without its ending. Say what the picture shows."


@_rule("redundant-prefix", Severity.WARNING, "W3C WAI images tutorial, tips")
def _redundant_prefix(text: str, _file_name: str | None) -> str | None:
    match = _PREFIX.match(collapse(text))
    if match is None:
        return None
    return f"Screen readers say already that it is an image: drop “{match[0]}”."


@_rule("too-long", Severity.WARNING, "advice, no standard: see docs/rules.md")
def _too_long(text: str, _file_name: str | None) -> str | None:
    length = len(collapse(text))
    if length <= MAX_ALT_CHARS:
        return None
    return f"{length} characters: say it in {MAX_ALT_CHARS}, and put the rest into the text beside the picture."


@_rule("markup", Severity.WARNING, "HTML, alt attribute is plain text")
def _markup(text: str, _file_name: str | None) -> str | None:
    if not _MARKUP.search(text):
        return None
    return "The alt text holds HTML markup or an entity, which is read out as written. Write plain text."


@_rule("mojibake", Severity.WARNING, "WHATWG Encoding")
def _mojibake(text: str, _file_name: str | None) -> str | None:
    if not _MOJIBAKE.search(text):
        return None
    return "The alt text holds broken characters: it was saved in one encoding and read in another. Retype it."
