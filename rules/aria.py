"""Roles of WAI-ARIA 1.2 that decide what an image is to assistive technology."""

from __future__ import annotations

PRESENTATIONAL = frozenset({"none", "presentation"})
IMAGE_ROLES = frozenset({"img", "image", "graphics-document", "graphics-symbol"})
# Roles that mean something without a name, even on an image.
NAMELESS_ROLES = frozenset(
    "caption code deletion emphasis generic insertion paragraph separator strong subscript superscript time".split()
)


def needs_no_name(role: str | None) -> bool:
    """Whether an element of this role is understood without a name, as a separator is."""
    return role in NAMELESS_ROLES
