"""What a person is told of a database's errors: by the codes of SQLite and Postgres, never by their words."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, OperationalError

from core.errors import NotWritableError, StoreError
from core.text import collapse
from store.address import shown, sqlite_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine

_AGAIN = "Run the same command again; nothing stored is lost."
_ELSEWHERE = "or choose another --database."
_LOCKED = f"{{name}} is locked: another program writes to it, and did not end in time. {_AGAIN}"
_READ_ONLY = f"{{name}} is read-only. Allow writing to the file and its folder, {_ELSEWHERE}"
_UNUSABLE = f"{{name}} is not a usable SQLite database. Move it away, {_ELSEWHERE}"
_FULL = f"the disk of {{name}} is full or failing. Free some space. {_AGAIN}"

# By primary result code (sqlite.org/rescode.html).
_SQLITE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_NOTADB: _UNUSABLE,
    sqlite3.SQLITE_CORRUPT: _UNUSABLE,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
}
# By SQLSTATE (PostgreSQL, appendix A).
_POSTGRES = {
    "40P01": f"two programs that write to {{name}} waited for each other, and this one was stopped. {_AGAIN}",
    "40001": f"another program changed in {{name}} what this one was about to change. {_AGAIN}",
    "55P03": f"{{name}} is locked: another program holds what is needed. {_AGAIN}",
    "25006": f"{{name}} is read-only. Use the server that takes writes, {_ELSEWHERE}",
    "42501": "{name} does not permit this to its user: {reason}. Grant it, or name another user in --database.",
    "53100": _FULL,
    "53200": f"the server of {{name}} is out of memory. {_AGAIN}",
    "53300": "the server of {name} has no connection to spare. Close some, or raise max_connections.",
    "57014": f"the server of {{name}} ended a statement that took too long (statement_timeout). {_AGAIN}",
    "57P01": f"the server of {{name}} was stopped. Start it. {_AGAIN}",
    "57P03": f"the server of {{name}} is starting or stopping. {_AGAIN}",
}
_NOT_WRITABLE = {"25006", "42501"}
_POSTGRES_ELSE = (
    "cannot use {name}: {reason}. Check that the server runs, and that the address and its user and password are right "
    "(PGPASSWORD or ~/.pgpass keep a password out of the address)."
)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn the database errors that people meet into a StoreError that says what to do; pass on the rest."""
    try:
        yield
    except DBAPIError as error:
        message = _explain(error, engine.url)
        if message is None:
            raise
        raise (NotWritableError if _is_refused(error) else StoreError)(message) from error


def _is_refused(error: DBAPIError) -> bool:
    """Whether the database takes no writing from this user, or from anybody."""
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return getattr(error.orig, "sqlstate", None) in _NOT_WRITABLE


def _explain(error: DBAPIError, url: URL) -> str | None:
    reason = collapse(str(error.orig)).rstrip(".?")
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # the rest says more of the same
        if code == sqlite3.SQLITE_CANTOPEN:
            return _cannot_open(url)
        template = _SQLITE.get(code)
        return template.format(name=url.database) if template is not None else None
    state = getattr(error.orig, "sqlstate", None)  # None: the client gave up before the server was asked
    template = _POSTGRES.get(state or "")
    if template is None and (state is None or isinstance(error, OperationalError)):
        template = _POSTGRES_ELSE
    return template.format(name=shown(url), reason=reason) if template is not None else None


def _cannot_open(url: URL) -> str:
    path = sqlite_file(url)
    if path is None:
        hint = "check the file that it names"
    elif path.is_dir():
        hint = "it is a folder, name a file"
    elif not path.parent.is_dir():
        hint = f"create the folder {path.parent} first"
    else:
        hint = "check its permissions and those of its folder"
    return f"cannot open {url.database}: {hint}, {_ELSEWHERE}"
