from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from core.errors import StoreError, UsageError
from store.engine import connect, reading, writing
from store.known_pages import known_pages
from store.migrate import is_there, open_store
from store.models import Base, Page
from store.revision import SCRIPTS, current, head
from store.schema import downgrade, upgrade
from tests.storefill import MISSING, occurrence, store_visits, visit


def test_models_match_the_migrations(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_new_store_is_what_the_migrations_make(engine):
    created = _schema(engine)
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine, "0001")  # from an empty one it would be created anew
    upgrade(engine)
    assert current(engine) == head()
    assert set(Base.metadata.tables) <= set(created)
    assert _schema(engine) == created


def _schema(engine):
    """Everything that an inspector sees of each table, in an order of its own."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table),
            **{
                kind: sorted(map(repr, getattr(inspector, f"get_{kind}")(table)))
                for kind in ("indexes", "unique_constraints", "foreign_keys", "check_constraints")
            },
        }
        for table in inspector.get_table_names()
    }


def test_the_last_file_is_the_head():
    assert ScriptDirectory(SCRIPTS).get_current_head() == head()


def test_tables_of_another_program_are_not_taken_for_ours(engine, database):
    downgrade(engine, "base")
    with writing(engine) as session:
        session.execute(text("CREATE TABLE pages (title VARCHAR)"))
    with pytest.raises(StoreError, match="pages"):
        open_store(database, create=True)
    assert inspect(engine).get_columns("pages")[0]["name"] == "title"
    assert current(engine) is None


_FIRST_ROWS = """
INSERT INTO crawls (id, site, seeds, state, started_at, finished_at, stats) VALUES
  (1, 'shop.test', '[]', 'finished', '2026-01-01 00:00:00', '2026-01-01 00:01:00', '{}');
INSERT INTO images VALUES (1, 'http://shop.test/a.jpg', 'http://shop.test/a.jpg', NULL, 'pending',
  NULL, NULL, NULL, NULL, NULL, 1, 1);
INSERT INTO pages (id, url, site, state, failure, status, depth, title, lang, canonical, fetched_at, queued_crawl_id,
  first_crawl_id, last_crawl_id) VALUES
  (1, 'http://shop.test/', 'shop.test', 'fetched', NULL, 200, 0, 'Shop', 'en', NULL, '2026-01-01 00:00:30', NULL, 1, 1);
INSERT INTO occurrences VALUES (1, 1, 1, 'k', 'c', 'img', 'img', '<img>', 'a.jpg', NULL, NULL, '{}', '{}',
  'missing', NULL, 1, 1, NULL);
INSERT INTO findings VALUES (1, 1, 'missing-attr', 'error', 'Add an alt attribute.')
"""


def test_a_store_of_the_first_release_is_brought_along_and_back(engine):
    downgrade(engine, "0001")
    with writing(engine) as session:
        for statement in _FIRST_ROWS.split(";\n"):
            session.execute(text(statement))
    for revision in ("head", "0001", "head"):
        (downgrade if revision == "0001" else upgrade)(engine, revision)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT alt, classification, first_crawl_id FROM occurrences")).all()
            assert rows == [(None, "missing", 1)]
            assert connection.scalar(text("SELECT count(*) FROM findings")) == 1  # not lost with its rebuilt parent
    with reading(engine) as session:
        page = session.scalars(select(Page)).one()
        assert (page.title, page.reader, page.links, page.etag, page.robots) == ("Shop", None, None, None, [])
        # What read it is unknown: the next crawl reads it again.
        assert list(known_pages(session, page.site_id, 2, "any")) == []


def test_opening_again_keeps_rows(engine, database):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    again = open_store(database)
    with again.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM occurrences")) == 1
    again.dispose()


def test_every_constraint_is_named(engine):
    inspector = inspect(engine)
    for table in Base.metadata.tables:
        constraints = inspector.get_unique_constraints(table) + inspector.get_foreign_keys(table)
        assert all(constraint["name"] for constraint in constraints), table


def test_newer_schema_is_refused_and_kept(engine, database):
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer alt-audit"):
        open_store(database)
    assert current(engine) == "9999"


def test_unknown_revision_is_a_usage_error(engine):
    with pytest.raises(UsageError, match="cannot migrate"):
        upgrade(engine, "nonsense")


@pytest.mark.parametrize("url", ["nonsense", "mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_unusable_url_is_a_usage_error(url):
    with pytest.raises(UsageError):
        connect(url)


def test_password_is_never_shown():
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://someone:s3cret@127.0.0.1:1/nothing")
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_not_a_database(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, no database at all. " * 100)
    with pytest.raises(StoreError, match="not a usable SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("These are notes")


def test_missing_folder(tmp_path):
    with pytest.raises(StoreError, match="create the folder"):
        open_store(f"sqlite:///{tmp_path}/none/audit.db", create=True)


def test_a_store_that_is_not_there_is_created_on_demand_alone(tmp_path):
    database = f"sqlite:///{tmp_path}/audit.db"
    with pytest.raises(UsageError, match=f"no database at {tmp_path}/audit.db"):
        open_store(database)
    assert not is_there(database)
    assert list(tmp_path.iterdir()) == []
    open_store(database, create=True).dispose()
    assert is_there(database)


def test_read_only_file(tmp_path, sqlite_url):
    engine = connect(sqlite_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true")
    with pytest.raises(StoreError, match="read-only"), writing(engine) as session:
        session.execute(text("DELETE FROM pages"))
    assert Path(sqlite_url.removeprefix("sqlite:///")).exists()
    engine.dispose()


def test_locked_file(sqlite_url, monkeypatch):
    import sqlite3

    monkeypatch.setattr("store.engine.BUSY_TIMEOUT_S", 0.2)
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    engine = connect(sqlite_url)
    with pytest.raises(StoreError, match="is locked"), writing(engine):
        pass  # taking the write lock is the first thing that a writing transaction does
    holder.execute("ROLLBACK")
    holder.close()
    engine.dispose()
