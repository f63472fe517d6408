"""Opening the database: SQLite or Postgres, migrated, with errors a person can act on."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from core.errors import StoreError, UsageError
from core.text import collapse

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_TIMEOUT_S = 30


def parse_url(database: str) -> URL:
    """Read a database URL; Postgres always goes through psycopg 3.

    Raises UsageError when it is no URL of SQLite or Postgres.
    """
    try:
        url = make_url(database)
    except ArgumentError:
        raise UsageError(
            f"not a database URL: {database!r}. Write sqlite:///FILE.db or postgresql://USER@HOST/NAME"
        ) from None
    backend = url.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url
    raise UsageError(f"cannot use {url.render_as_string()}: only SQLite files and Postgres are supported")


def connect(database: str) -> Engine:
    """Make the engine, without touching the database. Secrets in the URL are hidden in every message."""
    url = parse_url(database)
    try:
        if url.get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError(f"Postgres needs its driver: pip install 'alt-audit[postgres]' ({error})") from error
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is off: it would start read transactions that cannot be
    # turned into write transactions while another process writes. _begin_sqlite does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        # A read-only file in another mode can still be read; the first write says what is wrong.
        pass
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session whose transaction may write; commits at the end, rolls back on any error."""
    writer = engine.execution_options(writing=True)
    with explained(engine), Session(writer, expire_on_commit=False) as session, session.begin():
        session.connection()  # takes SQLite's write lock now, not in the middle of the work
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session over one consistent snapshot, for reading only: its figures agree while workers go on writing.

    SQLite gives that to every transaction, Postgres to those that ask.
    """
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with explained(engine), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn the database errors that people meet into a StoreError that says what to do; pass on the rest."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, OperationalError) or isinstance(error.orig, sqlite3.DatabaseError):
            message = _explain(str(error.orig), engine.url)
            if message is not None:
                raise StoreError(message) from error
        raise


def _explain(reason: str, url: URL) -> str | None:
    name = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    text = reason.lower()
    if "locked" in text:
        return (
            f"{name} is locked: another program has held it for {BUSY_TIMEOUT_S} s. "
            "Wait for it to end and run the same command again; nothing stored is lost."
        )
    if "readonly" in text or "read-only" in text:
        return f"{name} is read-only. Allow writing to the file and its folder, or choose another --database."
    if "unable to open" in text:
        folder = Path(str(url.database)).parent
        hint = "check its permissions" if folder.is_dir() else f"create the folder {folder} first"
        return f"cannot open {name}: {hint}, or choose another --database."
    if "not a database" in text or "malformed" in text:
        return f"{name} is not a usable SQLite database. Move it away, or choose another --database."
    if "disk is full" in text or "disk full" in text or "disk i/o" in text or "no space left" in text:
        return f"the disk of {name} is full or failing. Free some space and run the same command again."
    if url.get_backend_name() == "postgresql":
        return (
            f"cannot use {name}: {collapse(reason).rstrip('.?')}. Check that the server runs and the address is right."
        )
    return None
