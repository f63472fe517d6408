"""What a page says of naming it as the one that a request comes from (W3C Referrer Policy, 3 and 8). Pure."""

from __future__ import annotations

DEFAULT = "strict-origin-when-cross-origin"
POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        DEFAULT,
        "unsafe-url",
    }
)
# What browsers take in a meta element, too (HTML, "meta referrer").
_LEGACY = {
    "never": "no-referrer",
    "default": DEFAULT,
    "always": "unsafe-url",
    "origin-when-crossorigin": "origin-when-cross-origin",
}


def policy_named(header: str | None) -> str | None:
    """The policy that a Referrer-Policy header names: the last that is known of several; None for none."""
    names = [name.strip().lower() for name in (header or "").split(",")]
    return next((name for name in reversed(names) if name in POLICIES), None)


def policy_of_meta(content: str | None) -> str | None:
    """The policy in the content of <meta name=referrer>; None for none."""
    name = (content or "").strip().lower()
    name = _LEGACY.get(name, name)
    return name if name in POLICIES else None


def policy_of_element(attribute: str | None) -> str | None:
    """The policy in a referrerpolicy attribute; None for none, or for what means that of the page."""
    name = (attribute or "").strip().lower()
    return name if name in POLICIES else None
