"""What SQLite has to be told to find rows in the right order; Postgres knows by its statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute


def not_by_index(column: InstrumentedAttribute[int]) -> ColumnElement[Any]:
    """A column whose index is of no use: few rows are named otherwise, and by this one all of a site would be read."""
    return column + 0
