"""Schema migrations through Alembic, from an installed package as well as from a checkout."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import func, inspect, select

from core.errors import NotWritableError, StoreError, UsageError
from store.address import shown, sqlite_file
from store.engine import connect
from store.explain import explained
from store.models import Base
from store.rekey import bring_up_to_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

# Of the advisory locks of Postgres the one that is taken while migrating; it ends with its transaction.
_MIGRATING = int.from_bytes(b"altaudit")
_CRAWL_FIRST = "Name the right one with --database, or run 'alt-audit crawl URL' first."


# Beside the store's own files, and never looked up by name: `migrations` is what other projects call theirs, too.
_SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
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


def current(engine: Engine) -> str | None:
    """The revision of the database; None for an empty one."""
    with explained(engine), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision this version of the program works with: the number that begins the name of the last migration.

    Every command asks for it, so no migration is loaded for it; that Alembic says the same is tested.
    """
    return max(path.name.partition("_")[0] for path in _SCRIPTS.glob("versions/[0-9]*.py"))


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


def refuse_missing(engine: Engine) -> None:
    """Raise UsageError when the engine's SQLite file is not there: connecting would create it."""
    path = _missing_file(engine)
    if path is not None:
        raise UsageError(f"there is no database at {path}. {_CRAWL_FIRST}")


def is_there(database: str) -> bool:
    """Whether a crawl, or whoever else may, has made a store there. Creates nothing."""
    engine = connect(database)
    try:
        return _missing_file(engine) is None and current(engine) is not None
    finally:
        engine.dispose()


def _missing_file(engine: Engine) -> Path | None:
    path = sqlite_file(engine.url)
    return None if path is None or path.exists() else path


def open_store(database: str, *, create: bool = False) -> Engine:
    """Connect and migrate: what every command that uses the store begins with.

    Raises UsageError when there is no store and none is to be created: a slip in its name would count nothing.
    """
    engine = connect(database)
    try:
        if not create:
            refuse_missing(engine)
        revision = current(engine)
        if revision is None and not create:
            raise UsageError(f"{shown(engine.url)} holds no audit yet. {_CRAWL_FIRST}")
        if revision != head():
            upgrade(engine)
        # A store that may only be read is read as it is.
        with suppress(NotWritableError):
            bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def opened(database: str, *, create: bool = False) -> Iterator[Engine]:
    """`open_store` for the length of a with block."""
    engine = open_store(database, create=create)
    try:
        yield engine
    finally:
        engine.dispose()
