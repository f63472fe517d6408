"""Alembic's entry: migrates over the connection that store.schema gives, or to the address that -x names."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from store.engine import connect
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
else:  # the alembic command itself, for whoever writes a migration
    database = context.get_x_argument(as_dictionary=True).get("database")
    if database is None:
        raise SystemExit("name the database: alembic -x database=sqlite:///FILE.db, or use alt-audit db")
    with connect(database).execution_options(writing=True).begin() as connection:
        run(connection)
