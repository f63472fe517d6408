"""Workers that die or hang at any moment: nothing is lost, nothing is captioned twice, and the counts add up."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from sqlalchemy import func, select

from store.counts import counts
from store.engine import reading
from store.models import Analysis, Attempt, Image, Suggestion
from suggestions.run import suggest
from tests.captioning.images import jpeg, serve_images
from tests.captioning.test_worker import fill
from tests.captioning.worker_process import DEADLY_WIDTH, DEVICE_ERROR, HANGING_WIDTH
from tests.warm_python import WarmProcess


@pytest.fixture
def server():
    with serve_images() as running:
        yield running


def start(database: str, *, lease_s: float = 0.9, generate_timeout_s: float = 600.0) -> subprocess.Popen[str]:
    settings = [str(lease_s), str(generate_timeout_s)]
    command = [sys.executable, "-m", "tests.captioning.worker_process", database, *settings]
    worker = WarmProcess(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout.readline() == "started\n"
    return worker


def finish(worker: subprocess.Popen[str]) -> int:
    worker.stdout.read()
    worker.stdout.close()
    return worker.wait()


def work_until_done(engine, database: str) -> list[int]:
    """Start workers, as a supervisor would, until the queue is empty; returns the exit code of each."""
    codes = []
    while len(codes) < 30:
        codes.append(finish(start(database)))
        with reading(engine) as session:
            queue = counts(session).as_json()["queue"]
        if not queue["pending"] + queue["leased"]:
            return codes
        time.sleep(0.3)
    raise AssertionError(f"never done: {queue}")


@pytest.mark.parametrize(
    ("kills", "images"), [(3, 60), pytest.param(50, 1200, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(engine, database, server, kills, images):
    server.files |= {f"/{n}.jpg": jpeg(n, (16, 16)) for n in range(images)}
    fill(engine, server, *server.files)
    rng = random.Random(kills)
    for _ in range(kills):
        worker = start(database)
        time.sleep(rng.uniform(0.0, 1.5))
        worker.kill()
        finish(worker)
        with reading(engine) as session:
            found = counts(session).as_json()
        assert sum(found["queue"].values()) == found["images"] == images
        assert found["failures"] == {}
    work_until_done(engine, database)
    suggest(engine)
    with reading(engine) as session:
        found = counts(session).as_json()
        ends = Counter(session.scalars(select(Attempt.image_id).where(Attempt.outcome == "captioned")))
        captions = session.scalar(select(func.count()).select_from(Analysis))
        suggestions = session.scalar(select(func.count()).select_from(Suggestion))
    assert found["queue"] == {"pending": 0, "leased": 0, "captioned": images, "failed": 0, "skipped": 0}
    assert set(ends.values()) == {1}
    assert len(ends) == captions == suggestions == images


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_what_a_dead_worker_held_is_free_at_once_on_the_same_machine(engine, database, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (16, 16)) for n in range(200)}
    fill(engine, server, *server.files)
    worker = start(database, lease_s=3600)
    captioned = 0
    while not captioned:
        time.sleep(0.05)
        with reading(engine) as session:
            captioned = counts(session).as_json()["queue"]["captioned"]
    worker.kill()
    finish(worker)
    with reading(engine) as session:
        assert counts(session).as_json()["queue"]["leased"] > 0
    finish(start(database, lease_s=3600))
    with reading(engine) as session:
        assert counts(session).as_json()["queue"] == {
            "pending": 0,
            "leased": 0,
            "captioned": 200,
            "failed": 0,
            "skipped": 0,
        }


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_picture_that_kills_its_worker_is_found_and_left_alone(engine, database, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (DEADLY_WIDTH - 5 + n, 20)) for n in range(12)}
    fill(engine, server, *server.files)
    workers = work_until_done(engine, database)
    with reading(engine) as session:
        found = counts(session).as_json()
        (url,) = session.scalars(select(Image.url).where(Image.state == "failed"))
    assert found["queue"] == {"pending": 0, "leased": 0, "captioned": 11, "failed": 1, "skipped": 0}
    assert found["failures"] == {"generate/poison": 1}
    assert url.endswith("/5.jpg")
    assert len(workers) < 15


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_picture_that_hangs_the_model_is_found_and_left_alone(engine, database, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (HANGING_WIDTH - 5 + n, 20)) for n in range(12)}
    fill(engine, server, *server.files)
    codes = []
    while not codes or codes[-1]:
        codes.append(finish(start(database, generate_timeout_s=2.0)))
        with reading(engine) as session:
            found = counts(session).as_json()
            strikes = dict(session.execute(select(Image.url, Image.strikes).where(Image.strikes > 0)).all())
        # What was not done is there for the next process at once; only what the model had in hand is suspected.
        assert found["queue"]["leased"] == 0
        assert len(strikes) <= 4
    assert codes == [DEVICE_ERROR] * 2 + [0]  # it hung among others, alone, and in a process of its own
    with reading(engine) as session:
        (url,) = session.scalars(select(Image.url).where(Image.state == "failed"))
    assert found["queue"] == {"pending": 0, "leased": 0, "captioned": 11, "failed": 1, "skipped": 0}
    assert found["failures"] == {"generate/poison": 1}
    assert url.endswith("/5.jpg")


@pytest.mark.parametrize(("signals", "generate_timeout_s"), [(1, 1.0), (2, 600.0)])
def test_a_worker_that_hangs_can_be_stopped(engine, database, server, signals, generate_timeout_s):
    """The first Ctrl-C waits for the model as long as it may take, a second one for nothing."""
    server.files["/a.jpg"] = jpeg(1, (HANGING_WIDTH, 20))
    fill(engine, server, "/a.jpg")
    worker = start(database, generate_timeout_s=generate_timeout_s)
    assert worker.stdout.readline() == "hangs\n"
    for _ in range(signals):
        worker.send_signal(signal.SIGINT)
        time.sleep(0.3)
    assert worker.wait(timeout=240) != 0
    worker.stdout.close()
    with reading(engine) as session:
        assert counts(session).as_json()["queue"]["captioned"] == 0
        assert session.scalar(select(Image.strikes)) == 1
