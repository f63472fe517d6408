"""One cache of compiled statements for all stores of a test process.

SQLAlchemy keeps compiled statements by the dialect object of an engine. Each test has an engine of its own, so a third
of the time of the tests on stores went into compiling the same statements again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache


class _Shared(LRUCache[tuple[Any, ...], Any]):
    """Knows a dialect by its name and the version of its server."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(self._of_any_engine(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(self._of_any_engine(key), compiled)

    @staticmethod
    def _of_any_engine(key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect, *statement = key
        return (dialect.name, dialect.server_version_info, *statement)


def share_compiled_statements() -> None:
    """Let all engines of this process use one cache, from now on."""
    cache = _Shared(capacity=5_000)

    @event.listens_for(Engine, "engine_connect")
    def _(connection: Connection) -> None:
        connection.execution_options(compiled_cache=cache)
