"""Addresses of databases that cannot be right, databases that cannot be used, and several programs on one database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import JSON, literal_column, select, text
from sqlalchemy.exc import DBAPIError

from core.errors import AltAuditError, StoreError, UsageError
from store.engine import connect, reading, writing
from store.migrate import open_store
from store.revision import current, head
from store.schema import upgrade
from tests.conftest import _postgres_execute

SECRET = "hunter2"
ROOT = Path(__file__).resolve().parents[2]

ODD = [
    "",
    "audit.db",
    f"user:{SECRET}@host/db",
    f"oracle://scott:{SECRET}@host/db",
    f"nosuch://scott:{SECRET}@host/db?password={SECRET}",
    "sqlite://",
    "sqlite:///:memory:",
    f"sqlite://user:{SECRET}@host/audit.db",
    f"sqlite+pysqlcipher://:{SECRET}@/audit.db",
    "sqlite+aiosqlite:///audit.db",
    "sqlite:///audit.db?nosuch=1",
    "sqlite:///audit.db?timeout=long",
    f"sqlite:///audit.db?check_same_thread={SECRET}",
    "sqlite:///file:%00audit.db?uri=true",
    "sqlite:///file:nothing.db?mode=ro&uri=true",
    "sqlite:///.",
    f"postgresql://u:{SECRET}@[::1/db",
    f"postgresql://u@h:port/db?password={SECRET}",
    f"postgresql://u:{SECRET}@127.0.0.1:1,127.0.0.1:2/db",
    f"postgresql://u@127.0.0.1:1/db?password={SECRET}",
    f"postgresql://u@127.0.0.1:1/db?sslpassword={SECRET}&sslmode=bogus",
    f"postgresql://u@127.0.0.1:1/db?nosuch=1&password={SECRET}",
    "postgresql://u@127.0.0.1:1/db?connect_timeout=soon",
    f"postgresql://u:{SECRET}@no-such-host.invalid/db",
    "postgresql:///db?host=/no/such/folder",
]


@pytest.mark.parametrize("database", ODD)
def test_an_odd_address_is_an_error_for_people_without_its_secrets(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AltAuditError) as caught:
        open_store(database, create=True)
    message = str(caught.value)
    assert SECRET not in message
    assert "SQLAlchemy" not in message
    assert "sqlalche.me" not in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["caf\udce9.db", "näh ?.db", "a b%.db", "deep/er.db"])
def test_odd_names_of_files_that_can_be_used(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    escaped = name.replace("%", "%25").replace("?", "%3F")
    open_store(f"sqlite:///{escaped}", create=True).dispose()
    engine = open_store(f"sqlite:///{escaped}")
    assert current(engine) == head()
    engine.dispose()


def test_a_postgres_that_refuses(postgres_uri):
    with pytest.raises(StoreError, match="no_such_database"):
        open_store(postgres_uri.replace("/postgres?", "/no_such_database?"))


@pytest.fixture
def guarded(postgres_uri):
    """The address of a database for whose user the server wants a password; `{password}` stands for it."""
    admin = connect(postgres_uri)
    with reading(admin) as session:
        rules = Path(session.scalar(text("SHOW hba_file")))
    admin.dispose()
    before = rules.read_text("utf-8")
    _postgres_execute(postgres_uri, f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
    _postgres_execute(postgres_uri, "CREATE DATABASE guarded OWNER guarded")
    rules.write_text(f"local all guarded scram-sha-256\nhost all guarded all scram-sha-256\n{before}", "utf-8")
    _postgres_execute(postgres_uri, "SELECT pg_reload_conf()")
    yield (
        postgres_uri.replace("//postgres:", "//guarded:")
        .replace(":@", ":{password}@")
        .replace("/postgres?", "/guarded?")
    )
    rules.write_text(before, "utf-8")
    _postgres_execute(postgres_uri, "SELECT pg_reload_conf()")
    _postgres_execute(postgres_uri, "DROP DATABASE guarded WITH (FORCE)")
    _postgres_execute(postgres_uri, "DROP ROLE guarded")


@pytest.mark.parametrize("given", ["wrong-hunter3", None])
def test_a_wrong_password_is_said_without_it(guarded, given):
    open_store(guarded.format(password=SECRET), create=True).dispose()  # with the right one, all is well
    database = guarded.format(password=given) if given else guarded.replace(":{password}@", "@")
    script = [sys.executable, "-m", "alt_audit", "status", "--database", database]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert ("password authentication failed" if given else "no password supplied") in done.stderr
    assert "its user and password are right" in done.stderr
    for unwanted in ("hunter", "Traceback", "sqlalche.me"):
        assert unwanted not in done.stderr


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_postgres_that_may_only_be_read(database, engine):
    standby = open_store(f"{database}&options=-c%20default_transaction_read_only%3Don")
    with reading(standby) as session:
        assert session.scalar(text("SELECT count(*) FROM pages")) == 0
    with pytest.raises(StoreError, match="is read-only"), writing(standby) as session:
        session.execute(text("DELETE FROM pages"))
    standby.dispose()


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_user_who_may_not(database, engine):
    with writing(engine) as session:
        session.execute(text("DROP ROLE IF EXISTS stranger"))
        session.execute(text("CREATE ROLE stranger"))
    stranger = connect(f"{database}&options=-c%20role%3Dstranger")
    with pytest.raises(StoreError, match="permission denied for table pages"), reading(stranger) as session:
        session.scalar(text("SELECT count(*) FROM pages"))
    stranger.dispose()
    with writing(engine) as session:
        session.execute(text("DROP ROLE stranger"))


def test_json_that_ends_in_half_a_character_can_be_read(tmp_path):
    with reading(connect(f"sqlite:///{tmp_path}/audit.db")) as session:
        assert session.scalar(select(literal_column(r"""'["caf\ud83d"]'""", JSON()))) == ["caf\ud83d"]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_deadlock_is_no_lock_of_thirty_seconds(engine):
    """Two transactions change two rows, each in the other's order; Postgres stops one of them."""
    with writing(engine) as session:
        session.execute(text("CREATE TABLE pairs AS SELECT n FROM generate_series(1, 2) AS n"))
    both_hold_one = threading.Barrier(2, timeout=240)
    messages = []

    def change(first, second):
        try:
            with writing(engine) as session:
                session.execute(text("SET LOCAL deadlock_timeout = '100ms'"))
                session.execute(text("UPDATE pairs SET n = n WHERE n = :n"), {"n": first})
                both_hold_one.wait()
                session.execute(text("UPDATE pairs SET n = n WHERE n = :n"), {"n": second})
        except StoreError as error:
            messages.append(str(error))

    threads = [threading.Thread(target=change, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (message,) = messages
    assert "waited for each other" in message
    assert "locked" not in message


@pytest.fixture
def empty_database(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/audit.db"
        return
    uri = request.getfixturevalue("postgres_uri")
    name = f"empty_{os.getpid()}"
    _postgres_execute(uri, f"CREATE DATABASE {name}")
    yield uri.replace("/postgres?", f"/{name}?")
    _postgres_execute(uri, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("empty_database", ["sqlite", "postgres"], indirect=True)
def test_several_programs_that_migrate_an_empty_database_at_once(empty_database):
    threads, failures = [], []
    together = threading.Barrier(5, timeout=240)

    def migrate():
        engine = connect(empty_database)
        try:
            together.wait()
            upgrade(engine)
        except (DBAPIError, StoreError, UsageError) as error:
            failures.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=migrate) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    engine = connect(empty_database)
    assert current(engine) == head()
    engine.dispose()


@pytest.fixture
def read_only_store(sqlite_url):
    """A store in a folder that nobody may write to, root included."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    root = os.geteuid() == 0
    if root and shutil.which("chattr") is None:
        pytest.skip("root may write anywhere, and chattr, which forbids it, is missing")
    forbid, allow = (["chattr", "+i"], ["chattr", "-i"]) if root else (["chmod", "a-w"], ["chmod", "u+w"])
    if subprocess.run([*forbid, path, path.parent], capture_output=True, check=False).returncode:
        subprocess.run([*allow, path, path.parent], capture_output=True, check=False)
        pytest.skip("this file system knows no chattr +i, without which root may write anywhere")
    yield sqlite_url
    subprocess.run([*allow, path.parent, path], check=True)


def test_a_store_on_a_read_only_disk_can_be_read(read_only_store):
    engine = open_store(read_only_store)
    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM pages")) == 0
    with pytest.raises(StoreError, match="is read-only"), writing(engine) as session:
        session.execute(text("DELETE FROM pages"))
    engine.dispose()


def test_what_reads_works_on_a_read_only_disk(read_only_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    ran = subprocess.run(
        [sys.executable, "-m", "alt_audit", "status", "--database", read_only_store],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Pages read" in ran.stdout
