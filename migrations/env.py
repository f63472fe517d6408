"""Alembic's entry: migrates over the connection it is given, or one to the configured database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from store.models import Base


def run(connection: Connection) -> None:
    # SQLite cannot alter most things in place: batch mode rebuilds the table.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if context.is_offline_mode():
    raise SystemExit("alt-audit migrates over a connection only; drop --sql")
if given is not None:
    run(given)
else:  # the alembic command itself
    from alt_audit.config import load_settings
    from store.engine import connect

    with connect(load_settings().database).execution_options(writing=True).begin() as connection:
        run(connection)
