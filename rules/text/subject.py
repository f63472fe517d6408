"""What a rule on a text sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from core.text import collapse, comparable

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.words import Words


@dataclass(frozen=True)  # no slots: the cached properties live in the instance's dictionary
class Text:
    """An alt text under judgement, with what several rules ask of it worked out once."""

    raw: str
    file_name: str | None  # last part of the picture's address
    lang: str | None
    words: Words
    limit: int  # characters

    @cached_property
    def collapsed(self) -> str:
        """The text with its white space collapsed."""
        return collapse(self.raw)

    @cached_property
    def comparable(self) -> str:
        """The text as word lists are compared: see `core.text.comparable`; apostrophes are straight."""
        return comparable(self.collapsed).replace("’", "'")

    @cached_property
    def spaced(self) -> str:
        """The same, with spaces for the hyphens and underscores with which programs join words: "hero image"."""
        return self.comparable.replace("-", " ").replace("_", " ")


# Takes a text, gives a message that says what to do, or None.
TextCheck: TypeAlias = "Callable[[Text], str | None]"
