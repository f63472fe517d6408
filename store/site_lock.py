"""One crawl of a site at a time, told by a lock that ends with the process that holds it, however that ends.

Two crawls of one site would take pages out of each other's frontier. On Postgres the lock is an advisory one of a
session that is kept for it, so it holds between machines; on SQLite it is one on a file beside the database.
"""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from core.errors import CrawlError, StoreError
from store.explain import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Engine

    from store.sites import Site

_NAMESPACE = 0x616C7431  # of our advisory locks, apart from those of other programs in the database
_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
    "AND classid = :namespace AND objid = :site AND pg_locks.database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)


@contextmanager
def crawling(engine: Engine, sites: Iterable[Site]) -> Iterator[None]:
    """Hold sites for a crawl or an import. Raises CrawlError, which names the other, when one is held already."""
    hold = _hold_session if engine.dialect.name == "postgresql" else _hold_file
    with ExitStack() as stack:
        for site in sorted({site.id: site for site in sites}.values(), key=lambda site: site.id):
            hold(stack, engine, site)
        yield


def _holder() -> str:
    """Who holds a lock, in 63 characters, which is what Postgres keeps of them."""
    now = datetime.now(UTC)
    return f"process {os.getpid()} on {socket.gethostname()[:24]} since {now:%Y-%m-%d %H:%M} UTC"


def _refused(site: Site, holder: str) -> CrawlError:
    by = f" ({holder})" if holder else ""
    return CrawlError(
        f"another crawl of {site.name} runs{by}. Wait for it to end, or stop it with Ctrl-C, and run the same command "
        "again. Other sites can be crawled meanwhile."
    )


def _hold_session(stack: ExitStack, engine: Engine, site: Site) -> None:
    key = {"namespace": _NAMESPACE, "site": site.id}
    with explained(engine):
        connection = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
        # What is closed goes back to the pool, but the lock has to end with it.
        stack.callback(connection.invalidate)
        connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": _holder()})
        if connection.scalar(text("SELECT pg_try_advisory_lock(:namespace, :site)"), key):
            return
        holder = connection.scalar(_HOLDER, key)
    raise _refused(site, holder or "")


def _hold_file(stack: ExitStack, engine: Engine, site: Site) -> None:
    import fcntl

    path = Path(f"{engine.url.database}.site-{site.id}.lock")
    while True:
        try:
            file = stack.enter_context(path.open("a+"))
        except OSError as error:
            raise StoreError(
                f"cannot write {path}: {error.strerror}. Allow it, or choose another --database."
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _refused(site, file.read().strip()) from None
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                break
        file.close()  # its holder took it away meanwhile
    stack.callback(path.unlink, missing_ok=True)
    file.truncate(0)
    file.write(_holder())
    file.flush()
