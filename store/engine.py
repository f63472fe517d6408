"""Opening the database, SQLite or Postgres, and the sessions that read and write it."""

from __future__ import annotations

import json
import os
import sqlite3
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, SAWarning
from sqlalchemy.orm import Session

from core.errors import StoreError, UsageError
from store.address import parse_url, shown, sqlite_file
from store.explain import explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S = 30


def connect(database: str) -> Engine:
    """Make the engine, without touching the database. A SQLite file that may not be written is opened for reading.

    Raises UsageError for an address that cannot be right, StoreError without the driver.
    """
    url = parse_url(database)
    sqlite = url.get_backend_name() == "sqlite"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # of parameters that would have no effect
            if sqlite:
                engine = create_engine(url, json_deserializer=_of_json, connect_args={"timeout": BUSY_TIMEOUT_S})
            else:
                engine = create_engine(url, json_deserializer=_of_json, pool_pre_ping=True)
            engine.dialect.create_connect_args(url)  # says what of the address cannot be right
    except ImportError as error:
        raise StoreError(f"Postgres needs its driver: pip install 'alt-audit[postgres]' ({error})") from error
    except (ArgumentError, ValueError, SAWarning):
        raise UsageError(f"cannot use {shown(url)}: check what stands behind the ? in it") from None
    if sqlite:
        path = sqlite_file(url)
        if path is not None and path.is_file() and not _writable(path):
            event.listen(engine, "do_connect", _for_reading(path))
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _of_json(text: str) -> Any:
    """What is stored as JSON, in a third of the time that the standard library takes."""
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)  # which takes half of a surrogate pair, too


def _writable(path: Path) -> bool:
    """Whether SQLite can write: it needs the folder, too, for its log of what is being written."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _for_reading(path: Path) -> Any:
    """Opens the file without writing anything, not even what SQLite shares between readers.

    Without a log beside it no program has the file open; then it is taken for one that does not change, which is the
    only way to read it on a disk that is read-only (sqlite.org/wal.html, section 6).
    """

    def change_arguments(_dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
        arguments[0] = f"{path.as_uri()}?{how}"
        named["uri"] = True

    return change_arguments


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
