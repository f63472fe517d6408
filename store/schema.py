"""Changing the schema, through Alembic, which only this loads: most commands find nothing to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import func, inspect, select

from core.errors import StoreError, UsageError
from store.address import shown
from store.explain import explained
from store.models import Base
from store.revision import SCRIPTS, current, head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

# Of the advisory locks of Postgres the one that is taken while migrating; it ends with its transaction.
_MIGRATING = int.from_bytes(b"altaudit")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


@contextmanager
def _connection(engine: Engine) -> Iterator[Connection]:
    """One connection in one transaction, with SQLite's foreign keys off and all other migrations kept out.

    With the keys on, rebuilding a parent table would delete its ON DELETE CASCADE children without an error
    (Alembic, batch migrations). The setting cannot change inside a transaction, so it comes first.
    """
    with explained(engine), engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.execution_options(writing=True).begin():  # SQLite: the only writer from here on
                if not sqlite:
                    connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
                yield connection
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`. Raises StoreError when the database is newer than the program."""
    _refuse_newer(engine)
    config = _config()
    with _connection(engine) as connection:
        context = MigrationContext.configure(connection)
        if revision == "head" and context.get_current_revision() is None:
            # A new store begins as the last migration would leave it, which a test compares (Alembic's cookbook).
            _refuse_others(connection)
            Base.metadata.create_all(connection, checkfirst=False)
            context.stamp(ScriptDirectory.from_config(config), revision)
            return
        config.attributes["connection"] = connection
        _run(command.upgrade, config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema down to `revision` ('base' drops every table)."""
    _refuse_newer(engine)
    config = _config()
    with _connection(engine) as connection:
        config.attributes["connection"] = connection
        _run(command.downgrade, config, revision)


def _run(step: object, config: Config, revision: str) -> None:
    try:
        step(config, revision)  # type: ignore[operator]
    except CommandError as error:
        raise UsageError(f"cannot migrate to {revision!r}: {error}") from error


def _refuse_others(connection: Connection) -> None:
    taken = sorted(set(inspect(connection).get_table_names()) & set(Base.metadata.tables))
    if taken:
        raise StoreError(
            f"{shown(connection.engine.url)} holds tables of another program ({', '.join(taken)}). "
            "Choose another --database. Nothing was changed."
        )


def _refuse_newer(engine: Engine) -> None:
    revision = current(engine)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        name = shown(engine.url)
        raise StoreError(
            f"{name} was written by a newer alt-audit (schema {revision}, this one knows {head()}). "
            "Upgrade alt-audit, or choose another --database. Nothing was changed."
        )
