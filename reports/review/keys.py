"""The keys of the review: which there are, and how a person has changed them or switched them off.

Keys that are letters get in the way of those who speak to their computer, so they can be switched off and changed
(WCAG 2.2, success criterion 2.1.4). The browser keeps that in a cookie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "alt-audit-keys"
DEFAULTS = {
    "use": "a", "decorative": "d", "reject": "x", "keep": "k", "reopen": "o", "edit": "e", "undo": "u",
    "next": "ArrowRight", "previous": "ArrowLeft", "here": "1", "role": "2", "picture": "3", "speak": "s", "why": "w",
    "list": "l", "search": "/",
}  # fmt: skip
LABELS = {
    "use": "Use the text in the field, and go on",
    "decorative": "Needs no text, and go on",
    "reject": "Reject the draft, and go on",
    "keep": "Keep the text that stands there, and go on",
    "reopen": "Open a decided row again",
    "edit": "Go into the text field",
    "undo": "Take the last decision back",
    "next": "Next row, without a decision",
    "previous": "Previous row",
    "here": "The decision is for this place",
    "role": "The decision is for all places in this role",
    "picture": "The decision is for all places of the picture",
    "speak": "Read the text aloud",
    "why": "Show where the model looked",
    "list": "List, and back to the single row",
    "search": "Go into the search field",
}
ARROWS = {"ArrowRight": "→", "ArrowLeft": "←", "ArrowUp": "↑", "ArrowDown": "↓"}


class KeysError(ValueError):
    """Keys that cannot be as they were asked for."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A key for each action, as browsers name it. With `on` false, none of them does anything."""

    by_action: Mapping[str, str]
    on: bool = True

    def key(self, action: str) -> str | None:
        """The key of an action; None where it has none."""
        return self.by_action.get(action) if self.on else None

    def shown(self, action: str) -> str:
        """How the key is called on a button; '' where there is none."""
        key = self.key(action) or ""
        return ARROWS.get(key, key.upper())

    @property
    def cookie(self) -> str:
        """What a browser keeps of them."""
        return urlencode({**self.by_action, "on": int(self.on)})


def keys_of(given: Mapping[str, str], *, on: bool) -> Keys:
    """The keys that a form asks for: one sign each, or the name of an arrow; none: no key.

    Raises KeysError, which says what to do, for anything else and for two actions of one key.
    """
    by_action: dict[str, str] = {}
    for action in DEFAULTS:
        key = given.get(action, "").strip()
        key = next((name for name, sign in ARROWS.items() if sign == key), key)
        if not key:
            continue
        if key not in ARROWS and (len(key) != 1 or not key.isprintable()):
            raise KeysError(
                f"“{LABELS[action]}”: a key is one letter, digit or sign, or an arrow ({', '.join(ARROWS)})."
            )
        key = key.lower() if key not in ARROWS else key
        other = next((one for one, taken in by_action.items() if taken == key), None)
        if other is not None:
            raise KeysError(f"“{LABELS[other]}” and “{LABELS[action]}” have the same key {key}: change one of them.")
        by_action[action] = key
    return Keys(by_action, on)


def from_cookie(cookie: str | None) -> Keys:
    """The keys that a browser has kept, the defaults where it has none that do."""
    if not cookie:
        return Keys(DEFAULTS)
    given = dict(parse_qsl(cookie[:2000], keep_blank_values=True))
    try:
        return keys_of(given, on=given.get("on") != "0")
    except KeysError:
        return Keys(DEFAULTS)
