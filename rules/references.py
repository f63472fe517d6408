"""What the references of rules are called, and where they are explained."""

from __future__ import annotations

import re
from dataclasses import dataclass

_W3C = "https://www.w3.org"
_HTML = "https://html.spec.whatwg.org/multipage"
_ARIA_CONFLICTS = f"{_W3C}/TR/wai-aria-1.2/#conflict_resolution_presentation_none"
# Success criterion -> name, level, and the page on which the W3C explains it.
_CRITERIA = {
    "1.1.1": ("Non-text Content", "A", "non-text-content"),
    "1.3.1": ("Info and Relationships", "A", "info-and-relationships"),
    "1.4.5": ("Images of Text", "AA", "images-of-text"),
    "2.4.4": ("Link Purpose (In Context)", "A", "link-purpose-in-context"),
    "2.5.3": ("Label in Name", "A", "label-in-name"),
    "3.1.1": ("Language of Page", "A", "language-of-page"),
    "3.1.2": ("Language of Parts", "AA", "language-of-parts"),
    "4.1.2": ("Name, Role, Value", "A", "name-role-value"),
}
_PAGES = {
    "WAI-ARIA 1.2, presentational roles conflict resolution": _ARIA_CONFLICTS,
    "HTML, requirements for providing text to act as an alternative": f"{_HTML}/images.html#alt",
    "HTML, alt attribute is plain text": f"{_HTML}/embedded-content.html#attr-img-alt",
    "HTML, the title attribute": f"{_HTML}/dom.html#the-title-attribute",
    "WHATWG Encoding": "https://encoding.spec.whatwg.org/",
    "W3C WAI images tutorial, tips": f"{_W3C}/WAI/tutorials/images/tips/",
    "W3C WAI images tutorial, complex images": f"{_W3C}/WAI/tutorials/images/complex/",
    "ATAG 2.0, B.2.3.2": f"{_W3C}/TR/ATAG20/",
    "AERT 1.1.2": f"{_W3C}/TR/AERT/",
    "Google Search, SEO starter guide": "https://developers.google.com/search/docs/fundamentals/seo-starter-guide",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A standard, a technique or an advice."""

    name: str
    url: str | None  # where it is explained; None: no single page does


def references(written: str) -> tuple[Reference, ...]:
    """Each of those that a rule names, such as `WCAG 1.1.1, H37, F65; ACT 23a2a8`."""
    parts = [part.strip() for part in written.split(";")]
    return tuple(
        _reference(one) for part in parts for one in (part.split(", ") if part.startswith("WCAG ") else [part])
    )


def _reference(name: str) -> Reference:
    kind, _, number = name.partition(" ")
    if kind == "WCAG" and number in _CRITERIA:
        title, level, page = _CRITERIA[number]
        return Reference(f"WCAG {number} {title} (level {level})", f"{_W3C}/WAI/WCAG22/Understanding/{page}")
    if re.fullmatch(r"H\d+", name):
        return Reference(f"technique {name}", f"{_W3C}/WAI/WCAG22/Techniques/html/{name}")
    if re.fullmatch(r"F\d+", name):
        return Reference(f"failure {name}", f"{_W3C}/WAI/WCAG22/Techniques/failures/{name}")
    if kind == "ACT":
        return Reference(f"ACT rule {number}", f"{_W3C}/WAI/standards-guidelines/act/rules/{number}/")
    return Reference(name, _PAGES.get(name))
