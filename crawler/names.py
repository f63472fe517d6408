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
_HIDING_STYLE = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.I)


def roles(element: HtmlElement) -> list[str]:
    """The roles an element asks for, in order of preference."""
    return (element.get("role") or "").lower().split()


def accessible_name(element: HtmlElement, by_id: dict[str, HtmlElement]) -> str | None:
    """The name assistive technology announces for an image; None when it has none."""
    label = named_by_aria(element, by_id)
    if label:
        return label
    if element.tag in {"img", "input", "area"}:
        own = element.get("alt")
    elif element.tag == "svg":
        own = next((title.text_content() for title in element.iterchildren("title")), None)
    else:
        own = None
    return _text(own) or _text(element.get("title"))


def named_by_aria(element: HtmlElement, by_id: dict[str, HtmlElement]) -> str | None:
    """The name from aria-labelledby or aria-label. Targets are read also when hidden; blank ones fall through."""
    targets = (by_id.get(name) for name in (element.get("aria-labelledby") or "").split())
    referenced = " ".join(
        target.get("aria-label") or target.get("alt") or target.text_content()
        for target in targets
        if target is not None
    )
    return _text(referenced) or _text(element.get("aria-label"))


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
