"""INSERT ... ON CONFLICT for both databases, which spell it alike in SQLAlchemy but in two modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from store.models import Base


def insert(session: Session, table: type[Base]) -> Any:
    """An insert statement of the session's dialect, with `on_conflict_do_update` and `excluded`."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
