"""INSERT ... ON CONFLICT for both databases, which spell it alike in SQLAlchemy but in two modules."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from store.models import Base


def insert(session: Session, table: type[Base]) -> Any:
    """An insert statement of the session's dialect, with `on_conflict_do_update` and `excluded`.

    On the table, not the class: the ORM's bulk insert makes a statement for each set of columns that are NULL.
    """
    dialect = import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}")  # the other takes time to load
    return dialect.insert(cast("Table", table.__table__))
