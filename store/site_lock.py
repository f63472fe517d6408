"""One crawl, and one run, of a site at a time, told by a lock that ends with its process, however that ends.

Two crawls of one site would take pages out of each other's frontier. A run is all that is planned for a site, its crawl
included, so the two have locks of their own, and so has telling people what changed. On Postgres a lock is an advisory
one of a session that is kept for it, so it holds between machines; on SQLite it is one on a file beside the database.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import text

from core.errors import CrawlError, SiteBusyError, StoreError
from store.explain import explained
from store.sites import Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Engine

_PROBES = 3  # looks at a lock: `held_runs` holds it for a moment
_PROBE_S = 0.02
# Within a minute the server finds out whether the machine of a silent session is still there; else it would keep the
# lock of one that went away for two hours.
_SESSION = text(
    "SELECT set_config('application_name', :name, false), set_config('tcp_keepalives_idle', '30', false), "
    "set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)"
)
_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
    "AND classid = :namespace AND objid = :site AND pg_locks.database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)
_HELD = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :namespace AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)


@dataclass(frozen=True, slots=True)
class _Use:
    """What a site is held for."""

    namespace: int  # of its advisory locks, apart from those of other programs in the database
    suffix: str  # of its files
    name: str
    error: type[CrawlError]


_CRAWL = _Use(0x616C7431, "site", "crawl", CrawlError)
_RUN = _Use(0x616C7432, "run", "run", SiteBusyError)
_TELL = _Use(0x616C7433, "notify", "telling", SiteBusyError)
_ALL_SITES = Site(0, "what changed", (), {})


@contextmanager
def crawling(engine: Engine, sites: Iterable[Site]) -> Iterator[None]:
    """Hold sites for a crawl or an import. Raises CrawlError, which names the other, when one is held already."""
    with ExitStack() as stack:
        for site in sorted({site.id: site for site in sites}.values(), key=lambda site: site.id):
            _hold(stack, engine, site, _CRAWL)
        yield


@contextmanager
def running(engine: Engine, site: Site) -> Iterator[None]:
    """Hold a site for a run of all that is planned. Raises SiteBusyError, which names the other, when it is held."""
    with ExitStack() as stack:
        _hold(stack, engine, site, _RUN)
        yield


@contextmanager
def telling(engine: Engine) -> Iterator[None]:
    """Be the only one who tells people what changed. Raises SiteBusyError, which names the other, while one is."""
    with ExitStack() as stack:
        _hold(stack, engine, _ALL_SITES, _TELL)
        yield


def held_runs(engine: Engine, site_ids: Iterable[int]) -> set[int]:
    """Those of the sites that a living process holds for a run."""
    if engine.dialect.name == "postgresql":
        with explained(engine), engine.connect() as connection:
            held = set(connection.scalars(_HELD, {"namespace": _RUN.namespace}))
        return held.intersection(site_ids)
    return {site_id for site_id in site_ids if _is_locked(_file(engine, site_id, _RUN))}


def _hold(stack: ExitStack, engine: Engine, site: Site, use: _Use) -> None:
    (_hold_session if engine.dialect.name == "postgresql" else _hold_file)(stack, engine, site, use)


def _holder() -> str:
    """Who holds a lock, in 63 characters, which is what Postgres keeps of them."""
    now = datetime.now(UTC)
    return f"process {os.getpid()} on {socket.gethostname()[:24]} since {now:%Y-%m-%d %H:%M} UTC"


def _refused(site: Site, holder: str, use: _Use) -> CrawlError:
    by = f" ({holder})" if holder else ""
    return use.error(
        f"another {use.name} of {site.name} runs{by}. Wait for it to end, or stop it with Ctrl-C, and run the same "
        "command again. Other sites can be crawled meanwhile."
    )


def _hold_session(stack: ExitStack, engine: Engine, site: Site, use: _Use) -> None:
    key = {"namespace": use.namespace, "site": site.id}
    with explained(engine):
        connection = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
        # What is closed goes back to the pool, but the lock has to end with it.
        stack.callback(connection.invalidate)
        connection.execute(_SESSION, {"name": _holder()})
        if connection.scalar(text("SELECT pg_try_advisory_lock(:namespace, :site)"), key):
            return
        holder = connection.scalar(_HOLDER, key)
    raise _refused(site, holder or "", use)


def _file(engine: Engine, site_id: int, use: _Use) -> Path:
    return Path(f"{engine.url.database}.{use.suffix}-{site_id}.lock")


def _hold_file(stack: ExitStack, engine: Engine, site: Site, use: _Use) -> None:
    path = _file(engine, site.id, use)
    while True:
        try:
            file = stack.enter_context(path.open("a+"))
        except OSError as error:
            raise StoreError(
                f"cannot write {path}: {error.strerror}. Allow it, or choose another --database."
            ) from None
        if not _locks(file):
            file.seek(0)
            raise _refused(site, file.read().strip(), use)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                break
        file.close()  # its holder took it away meanwhile
    stack.callback(path.unlink, missing_ok=True)
    file.truncate(0)
    file.write(_holder())
    file.flush()


def _locks(file: IO[str]) -> bool:
    """Whether the lock on a file could be taken."""
    import fcntl

    for probe in range(_PROBES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if probe < _PROBES - 1:
                time.sleep(_PROBE_S)
        else:
            return True
    return False


def _is_locked(path: Path) -> bool:
    import fcntl

    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
