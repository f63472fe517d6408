"""What a rule on an occurrence sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.records import Occurrence

# Takes an occurrence and the one before it on its page, gives a message that says what to do, or None.
OccurrenceCheck: TypeAlias = "Callable[[Occurrence, Occurrence | None], str | None]"
