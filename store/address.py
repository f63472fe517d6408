"""The address of a database: read, checked, and shown to people without what is secret in it."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import UsageError

_HOW = "Write sqlite:///FILE.db or postgresql://USER@HOST/NAME"
_SHOWN_PARAMETERS = frozenset({"host", "hostaddr", "port", "dbname", "user", "service", "sslmode", "mode", "uri"})
_USER_PART = re.compile(r"[^/@]*@")
_PARAMETERS = re.compile(r"\?.*", re.DOTALL)


def parse_url(database: str) -> URL:
    """Read a database URL; Postgres always goes through psycopg 3, SQLite through Python's own module.

    Raises UsageError when it is no URL of SQLite or Postgres.
    """
    try:
        url = make_url(database)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise UsageError(f"not a database URL: {_without_secrets(database)!r}. {_HOW}") from None
    backend = url.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite"} or url.database in {None, "", ":memory:"}:
        raise UsageError(f"cannot use {shown(url)}: only SQLite files and Postgres are supported. {_HOW}")
    if url.host is not None or url.username is not None or "\0" in str(url.database):
        raise UsageError(f"{shown(url)} names no file: write sqlite:///FILE.db, or sqlite:////FOLDER/FILE.db")
    return url


def shown(url: URL) -> str:
    """The address for people: no password, whether before the host or behind the `?`."""
    hidden = {name: value if name in _SHOWN_PARAMETERS else "***" for name, value in url.query.items()}
    return url.set(query=hidden).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for Postgres, and for SQLite's own URIs, which it opens by itself."""
    name = url.database
    if url.get_backend_name() != "sqlite" or name is None or name.startswith("file:"):
        return None
    return Path(name).absolute()


def _without_secrets(database: str) -> str:
    """The same for what is no URL: what may be a user and a password, and all parameters, are left out."""
    return _PARAMETERS.sub("?***", _USER_PART.sub("***@", database))
