"""What a rule on a text sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from core.text import collapse, comparable

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.words import Words


@dataclass(slots=True)
class Text:
    """An alt text under judgement, with what several rules ask of it worked out once."""

    raw: str
    file_name: str | None  # last part of the picture's address
    lang: str | None
    words: Words
    limit: int  # characters

    collapsed: str = ""
    comparable: str = ""

    def __post_init__(self) -> None:
        self.collapsed = collapse(self.raw)
        self.comparable = comparable(self.collapsed).replace("’", "'")


# Takes a text, gives a message that says what to do, or None.
TextCheck: TypeAlias = "Callable[[Text], str | None]"
