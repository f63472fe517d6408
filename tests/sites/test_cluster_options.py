"""What is refused before a cluster is asked for anything, and what its nodes are told. No Ray is needed."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from sqlalchemy import update

from alt_audit.commands.schedule import _where
from alt_audit.config import Settings, load_settings
from alt_audit.jobs import await_workers as waiting
from alt_audit.jobs.cluster import served_alike
from alt_audit.jobs.cluster_connect import check_address, connected, job_of
from alt_audit.jobs.cluster_node import fault_here, site_here
from alt_audit.jobs.plans import add_plan
from core.errors import CaptionerError, UsageError
from core.records import QueueState
from store import queue
from store.engine import connect, reading, writing
from store.models import Image
from store.queue import Ending

POSTGRES = Settings(database="postgresql://audit@db/audit")


@pytest.mark.parametrize(
    ("address", "database", "says"),
    [
        ("ray://head:10001", POSTGRES.database, "on a machine of the cluster"),
        ("head", POSTGRES.database, "HOST:PORT"),
        ("auto", "sqlite:///audit.db", "--ray local"),
    ],
)
def test_addresses_that_cannot_be_are_refused(address, database, says):
    with pytest.raises(UsageError, match=says):
        check_address(address, Settings(database=database))


@pytest.mark.parametrize("address", ["auto", "head:6379", "[::1]:6379", "10.0.0.1:6379"])
def test_addresses_of_clusters_are_taken(address):
    check_address(address, POSTGRES)


def test_one_machine_may_share_a_file():
    check_address("local", Settings(database="sqlite:///audit.db"))


def test_without_ray_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'alt-audit\[cluster\]'"), connected("local"):
        pass


def test_workers_are_those_of_a_cluster():
    with pytest.raises(UsageError, match="give --ray"):
        _where(None, 2)
    assert _where(None, None) == {}


@pytest.fixture
def settings(sqlite_url, tmp_path) -> Settings:
    return Settings(database=sqlite_url, out=tmp_path / "out")


def plan(store: Settings, name: str, **more: object) -> None:
    add_plan(store, {"name": name, "urls": [f"https://{name}.example/"], "cron": "0 3 * * *", **more})


def test_nodes_are_told_what_the_command_knows_and_no_more(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("ALT_AUDIT_CRAWL__DELAY_S", "3")
    monkeypatch.setenv("SHOP_AUTH", "basic:ann:hush")
    monkeypatch.setenv("OTHER", "x")
    plan(settings, "shop", secrets={"crawl.auth": "SHOP_AUTH"})
    config = tmp_path / "c.yaml"
    config.write_text("caption: {model: builtin}\n")
    with job_of(settings, config) as job:
        assert job.mark.is_file()
        assert dict(job.variables) == {
            "ALT_AUDIT_CRAWL__DELAY_S": "3",
            "ALT_AUDIT_DATABASE": settings.database,
            "ALT_AUDIT_OUT": str(settings.out),
            "SHOP_AUTH": "basic:ann:hush",
        }
        assert "hush" not in repr(job)
        for name, value in job.variables.items():
            monkeypatch.setenv(name, value)  # forgotten after the test
        with job.here(ALT_AUDIT_CAPTION__LEFT_TO_WORKERS="True") as (there, path):
            assert path is not None
            assert (there.caption.model, there.caption.left_to_workers, there.crawl.delay_s) == ("builtin", True, 3)
            assert there.out == settings.out
        monkeypatch.delenv("ALT_AUDIT_CAPTION__LEFT_TO_WORKERS")
        assert fault_here(job) is None
    assert not path.exists()
    assert "NFS" in fault_here(job)  # the mark is gone: as if the folder were another one
    [first, last] = site_here(job, "shop", False)
    assert first == last
    assert (last.state, "NFS" in last.error) == ("failed", True)
    object.__setattr__(job, "version", "0.0")
    assert "and the command is of 0.0" in fault_here(job)


def test_workers_serve_the_sites_that_are_captioned_alike(settings):
    plan(settings, "plain")
    plan(settings, "branded", brand="Acme", words=["ski"])
    plan(settings, "modelled", settings={"caption": {"model": "builtin"}})
    plan(settings, "behind", secrets={"crawl.auth": "SHOP_AUTH"})
    assert list(served_alike(settings)) == ["branded", "plain"]
    placed = load_settings(database=settings.database, caption={"context": "place"})
    assert list(served_alike(placed)) == ["plain"]


def test_a_run_waits_for_workers_and_not_for_ever(small_store, tmp_path, monkeypatch):
    (tmp_path / "s.db").write_bytes(small_store.read_bytes())
    settings = Settings(database=f"sqlite:///{tmp_path / 's.db'}")
    engine = connect(settings.database)
    with writing(engine) as session:
        session.execute(update(Image).values(state=QueueState.PENDING))
    monkeypatch.setattr(waiting, "LOOK_S", 0.02)
    monkeypatch.setattr(waiting, "QUIET_S", 0.2)
    with pytest.raises(CaptionerError, match="no worker was at work"):
        waiting.await_workers(settings, lambda _: None, ())

    def work() -> None:
        claimed = True
        while claimed:
            with writing(engine) as session:
                claimed = queue.claim(session, "me", 1, 60)
                queue.end(session, "me", [Ending(image.id) for image in claimed])
            time.sleep(0.02)

    monkeypatch.setattr(waiting, "QUIET_S", 30.0)
    worker = threading.Thread(target=work)
    worker.start()
    events = []
    waiting.await_workers(settings, events.append, ())
    worker.join()
    with reading(engine) as session:
        assert queue.waiting(session) == 0
    engine.dispose()
    waiting.await_workers(settings, events.append, ())
    assert type(events[-1]).__name__ == "NothingToCaption"
