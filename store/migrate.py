"""Opening the store, brought up to date. What changes it is loaded where there is something to change."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from core.errors import NotWritableError, UsageError
from store import identities
from store.address import shown, sqlite_file
from store.engine import connect, reading
from store.revision import current, head

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

_CRAWL_FIRST = "Name the right one with --database, or run 'alt-audit crawl URL' first."


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
            from store.schema import upgrade

            upgrade(engine)
        with reading(engine) as session:
            is_current = identities.are_current(session)
        if not is_current:
            from store.rekey import bring_up_to_date

            with suppress(NotWritableError):  # a store that may only be read is read as it is
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
