"""The accessible name of an image and whether assistive technology meets it at all.

After "Accessible Name and Description Computation 1.2" (W3C), the steps that concern images:
aria-labelledby, aria-label, the element's own attribute or title child, the title attribute.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text import collapse

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_ANCESTORS = 512  # as deep as browsers build a tree
MAX_NAME_CHARS = 2000  # of a name's source, white space included
_PRESENTATIONAL = frozenset({"none", "presentation"})
_SPOILS_PRESENTATION = (
    "tabindex", "aria-label", "aria-labelledby", "aria-describedby", "aria-description", "aria-details",
    "aria-atomic", "aria-busy", "aria-controls", "aria-current", "aria-flowto", "aria-keyshortcuts", "aria-live",
    "aria-owns", "aria-relevant", "aria-roledescription",
)  # fmt: skip
_HIDING_STYLE = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.I)


def roles(element: HtmlElement) -> list[str]:
    """The roles an element asks for, in order of preference."""
    return (element.get("role") or "").lower().split()


def effective_role(element: HtmlElement) -> str | None:
    """The role an element has.

    A role of none is not heeded where the element can be focused or carries a global ARIA attribute
    (WAI-ARIA, presentational roles conflict resolution).
    """
    asked = roles(element)
    role = asked[0] if asked else None
    if role in _PRESENTATIONAL and any(element.get(name) is not None for name in _SPOILS_PRESENTATION):
        return next((other for other in asked if other not in _PRESENTATIONAL), None)
    return role


def accessible_name(element: HtmlElement, by_id: dict[str, HtmlElement]) -> str | None:
    """The name assistive technology announces for an image; None when it has none."""
    label = named_by_aria(element, by_id)
    if label:
        return label
    if element.tag in {"img", "input", "area"}:
        own = element.get("alt")
    elif element.tag == "svg":
        own = next((_beginning(title) for title in element.iterchildren("title")), None)
    else:
        own = None
    return _text(own) or _text(element.get("title"))


def named_by_aria(element: HtmlElement, by_id: dict[str, HtmlElement]) -> str | None:
    """The name from aria-labelledby or aria-label. Targets are read also when hidden; blank ones fall through."""
    referenced = ""
    for name in (element.get("aria-labelledby") or "").split():
        target = by_id.get(name)
        if target is not None:
            referenced += " " + (target.get("aria-label") or target.get("alt") or _beginning(target))
        if len(referenced) > MAX_NAME_CHARS:
            break
    return _text(referenced) or _text(element.get("aria-label"))


def _beginning(element: HtmlElement) -> str:
    """The beginning of an element's text: a name has no more use for the rest of a whole article."""
    text = ""
    for part in element.itertext():
        text += part[:MAX_NAME_CHARS]
        if len(text) > MAX_NAME_CHARS:
            break
    return text


def _text(value: str | None) -> str | None:
    return (collapse(value) or None) if value is not None else None


def hidden_reason(element: HtmlElement) -> str | None:
    """Why neither a screen reader nor (but for aria-hidden) a browser shows the element; None when shown."""
    node: HtmlElement | None = element
    for _ in range(MAX_ANCESTORS):
        if node is None:
            return None
        if (node.get("aria-hidden") or "").strip().lower() == "true":
            return "aria-hidden"
        if node.get("hidden") is not None:
            return "hidden attribute"
        if node.get("inert") is not None:
            return "inert"
        style = node.get("style")
        if style is not None and _HIDING_STYLE.search(style):
            return "hidden by style"
        node = node.getparent()
    return None
