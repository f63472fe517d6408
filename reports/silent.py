"""Which of the places that are silent on purpose look as if their picture informs, and by what signs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from reports.html.numbers import number
from reports.picture_words import KINDS
from reports.texts import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.silent import SilentGroup

LARGE = 200  # pixels, both ways
_SAY_SOMETHING = frozenset({"chart", "diagram", "map", "screenshot"})
_WORD = re.compile(r"[^\W\d_]{3,}")
# In the names of what is there for its looks; in the languages that files are named in.
_DECOR = re.compile(
    r"(?:^|[^a-z])(?:bg|background|hintergrund|fond|fondo|spacer|divider|separator|border|pattern|texture|gradient"
    r"|shadow|ornament|deco\w*|blank|placeholder|icons?|bullet|arrow|line|wave|shape|blob)(?:[^a-z]|$)",
    re.I,
)


def looks_informative(group: SilentGroup) -> bool:
    """A hint, never a fault. Whom a person has decided on is left in peace."""
    if group.decided is not None:
        return False
    if group.faults:
        return True
    if group.in_link and group.context.link_text:
        return False  # the text beside it says where the link leads
    if group.texts_elsewhere or group.kind in _SAY_SOMETHING or group.context.figcaption:
        return True
    return _is_large(group) and (named_in_words(group.image_url) or group.kind in {"photograph", "cutout"})


def named_in_words(url: str | None) -> bool:
    """Whether the file's name is words, two at least, and none that decoration is called by."""
    stem = (file_name(url or "") or "").rpartition(".")[0]
    return len(_WORD.findall(stem)) >= 2 and _DECOR.search(stem) is None


def signs(group: SilentGroup) -> Iterator[str]:
    """What speaks for a picture that informs, in words; and what is decided."""
    if group.decided == "":
        yield "a person decided that it needs no text"
    elif group.decided is not None:
        yield f"a person decided on “{bounded(group.decided, 120)}”"
    yield from group.faults
    if group.texts_elsewhere:
        yield "the same picture has a text elsewhere on the site"
    if group.kind in KINDS:
        yield f"it is {KINDS[group.kind]}"
    if group.context.figcaption and not group.faults:
        yield f"its caption: “{bounded(group.context.figcaption, 120)}”"
    if group.in_link and group.context.link_text:
        yield f"its link says “{bounded(group.context.link_text, 120)}”"
    if _is_large(group):
        yield f"large: {number(group.width or 0)} × {number(group.height or 0)} pixels"
    if named_in_words(group.image_url):
        yield "its file is named in words"


def _is_large(group: SilentGroup) -> bool:
    return (group.width or 0) >= LARGE and (group.height or 0) >= LARGE
