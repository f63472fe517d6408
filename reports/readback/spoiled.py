"""Letters that a program has spoiled on its way: told by cells that nobody has touched. Pure."""

from __future__ import annotations

import re
from enum import Enum

_SPOILT = re.compile(r"[^\x00-\x7f]+|\?+")


class Spoiled(Enum):
    """What became of letters beyond ASCII, and which texts can no longer be believed."""

    LOST = re.compile(r"\?")  # each is a question mark
    EXCHANGED = re.compile(r"[^\x00-\x7f]")  # each is another, as in “KÃ¶ln”


WORDS = {
    Spoiled.LOST: "letters were lost on the way: other cells of the file have “?” where letters were",
    Spoiled.EXCHANGED: "letters were exchanged on the way: other cells of the file have others than before",
}


def spoiled(cell: str | None, true: str) -> Spoiled | None:
    """What has happened to a cell that should hold a text; None where nothing is known to have."""
    if not cell or cell == true or true.isascii() or _SPOILT.sub("", cell) != _SPOILT.sub("", true):
        return None
    return Spoiled.LOST if cell.count("?") > true.count("?") else Spoiled.EXCHANGED
