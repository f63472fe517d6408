"""Lines of text in a picture: which are worth reading, and how what was read becomes text. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import collapse, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOP = BOTTOM = 6  # lines: titles and menus stand at the top of a window, its buttons at the bottom
LARGEST = 4  # a banner's words
_MAX_CHARS = 200  # of a line
_MOST_CHARS = 5  # in a piece of a line as wide as it is high; a line of l and i alone has about as many


@dataclass(frozen=True, slots=True)
class Box:
    """Where a text stands, in pixels of the picture that was looked at."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Line:
    """A text that was read, with how sure the reader is of it, 0 to 1."""

    text: str
    box: Box
    score: float


def worth_reading(boxes: Sequence[Box]) -> list[Box]:
    """Some of the lines that were found, from top to bottom: the first, the last and the largest."""
    from_top = sorted(boxes, key=lambda box: (box.top + box.bottom, box.left))
    largest = sorted(boxes, key=lambda box: -box.height)[:LARGEST]
    chosen = {*from_top[:TOP], *from_top[max(TOP, len(boxes) - BOTTOM) :], *largest}
    return [box for box in from_top if box in chosen]


def has_room(text: str, box: Box) -> bool:
    """Whether a text of so many characters can stand there; a model that goes on and on says more."""
    return len(text) <= _MOST_CHARS * (box.width / max(1, box.height) + 1)


def cleaned(read: Iterable[Line]) -> list[Line]:
    """The same texts from top to bottom, each as one bounded line; those side by side stay apart."""
    lines = [Line(collapse(storable(one.text))[:_MAX_CHARS], one.box, one.score) for one in read]
    return sorted(
        (line for line in lines if line.text), key=lambda line: (line.box.top + line.box.bottom, line.box.left)
    )
