"""What a button or a link of unknown target does, as its icon tells. Pure."""

from __future__ import annotations

import re

from suggestions.word_lists import word_list

_ICON = re.compile(
    r"\b(?:icon|symbol|logo|background|silhouette|arrow|chevron|lines?|button|letter|black and white|glyph"
    r"|magnifying)\b"
)
_WORD = re.compile(r"[^\W\d_]+")
# What files of icons are called beside what they show.
_OF_FILES = frozenset(
    "icon icons ico btn button svg img arrow white black dark light grey gray small sm md lg xl nav fa ic ui"
    " solid outline".split()
)
SMALL = 64  # pixels: wider pictures are seldom icons


def _said_of_icons(controls: list[str]) -> set[str]:
    return set(_OF_FILES).union(*(word_list("controls")[what]["names"] for what in controls))


def control_purpose(caption: str | None, file_name: str, width: int | None, language: str) -> tuple[str, bool] | None:
    """How a control with this picture is called in a language, and whether the picture and its file both say so."""
    said = (caption or "").lower()
    if not (_ICON.search(said) or (width is not None and width <= SMALL)):
        said = ""
    named = set(_WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", file_name).lower()))
    looks = [what for what, control in word_list("controls").items() if any(look in said for look in control["looks"])]
    names = [what for what, control in word_list("controls").items() if named.intersection(control["names"])]
    both = [what for what in looks if what in names]
    found = both or looks or (names if named <= _said_of_icons(names) else [])
    if len(found) != 1:
        return None
    control = word_list("controls")[found[0]]
    return control.get(language, control["en"]), bool(both)
