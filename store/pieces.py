"""Long lists of values for IN, in pieces that every database takes.

A statement may have 65,535 parameters on Postgres, 32,766 on SQLite, and 999 on an SQLite before 3.32; how many
images a page has is for the page to say.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_VALUES = 900  # which leaves some parameters for the rest of the statement

T = TypeVar("T")


def pieces(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in order, in lists of MAX_VALUES at most; no list at all when there are no values."""
    remaining = iter(values)
    while piece := list(islice(remaining, MAX_VALUES)):
        yield piece
