"""The names of what was decided at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from store import models

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def next_batch(session: Session, site_id: int, prefix: str) -> str:
    """The first name of the form PREFIX-1, PREFIX-2, ... after all that the site has."""
    table = models.Decision
    names = session.scalars(
        select(table.batch)
        .where(table.site_id == site_id, table.batch.startswith(f"{prefix}-", autoescape=True))
        .distinct()
    )
    numbers = [int(end) for name in names if name and (end := name[len(prefix) + 1 :]).isdecimal()]
    return f"{prefix}-{max(numbers, default=0) + 1}"


def last_batch(session: Session, site_id: int, prefix: str) -> str | None:
    """The newest batch with a name that begins so and of which something is left to take back."""
    table = models.Decision
    undoing = aliased(table)
    return session.scalars(
        select(table.batch)
        .where(
            table.site_id == site_id,
            table.batch.startswith(f"{prefix}-", autoescape=True),
            table.undoes_id.is_(None),
            ~exists().where(undoing.undoes_id == table.id),
        )
        .order_by(table.id.desc())
        .limit(1)
    ).first()
