"""Which revision a database has, and which this program works with; without Alembic, since every command asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table

from store.explain import explained

if TYPE_CHECKING:
    from sqlalchemy import Engine

# Beside the store's own files, and never looked up by name: `migrations` is what other projects call theirs, too.
SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"
_VERSION = "alembic_version"  # Alembic's own table, of one row


def current(engine: Engine) -> str | None:
    """The revision of the database; None for an empty one."""
    with explained(engine), engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION):
            return None
        return connection.scalar(select(column("version_num")).select_from(table(_VERSION)))


def head() -> str:
    """The revision this version of the program works with: the number that begins the name of the last migration.

    No migration is loaded for it; that Alembic says the same is tested.
    """
    return max(path.name.partition("_")[0] for path in SCRIPTS.glob("versions/[0-9]*.py"))
