"""What is changed in a file, and why something is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Reason(StrEnum):
    """Why a decided text is not put into a file."""

    NO_FILE = "no_file"  # the folder has none for the page
    NOT_THERE = "not_there"  # the file has no such image: another page, or made by a script or template
    CHANGED = "changed"  # another text stands there than the crawl saw
    NO_ALT = "no_alt"  # its text stands in no alt attribute: a background, a drawing, another element
    AMBIGUOUS = "ambiguous"  # several texts are decided for the image, and the file does not say which page it makes
    UNREADABLE = "unreadable"  # neither UTF-8 nor what the file declares


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of a text, from `start` up to `end`, and what comes in its place."""

    start: int
    end: int
    new: str


@dataclass(slots=True)
class Plan:
    """What is to be done in one file."""

    edits: list[Edit] = field(default_factory=list)
    texts: int = 0  # that they put in: an image may stand there once more, for those who run no scripts
    there: int = 0  # texts that stand there already
    refused: list[tuple[Reason, str]] = field(default_factory=list)  # with the address of the image


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits, which do not overlap."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*pieces, text[at:]])
