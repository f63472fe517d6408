"""Who is alive on this machine."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from captioning.worker.liveness import dead, forget, present

HOLD = """import sys
from captioning.worker.liveness import present
with present(sys.argv[1]):
    print(flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def start(name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    return process


def test_a_worker_is_dead_once_its_process_was_killed():
    with start("one") as one, start("two") as two:
        assert dead(["one", "two"]) == set()
        one.kill()
        one.wait()
        assert dead(["one", "two"]) == {"one"}
        two.kill()
    assert dead(["one", "two"]) == {"two"}


def test_nothing_is_known_of_workers_elsewhere():
    assert dead(["host-of-another-1-abc", "../../etc/passwd"]) == set()


def test_a_worker_that_has_put_all_back_leaves_nothing_behind(tmp_path):
    with present("one"):
        assert dead(["one"]) == set()
    forget("one")
    assert dead(["one"]) == set()
    assert list(tmp_path.rglob("one")) == []


def test_a_worker_that_ends_without_having_put_all_back_is_dead():
    with present("one"):
        pass
    assert dead(["one"]) == {"one"}


def test_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr("os.getuid", lambda: 12345)
    Path(tmp_path, "alt-audit-workers-12345").mkdir()
    with present("one"):
        assert list(tmp_path.rglob("one")) == []
