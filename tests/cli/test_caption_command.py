"""`caption` and `bench` as commands: what they say, and their exit codes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from sqlalchemy import func, select

from store.crawls import record_networks
from store.engine import connect, writing
from store.migrate import upgrade
from store.models import Crawl
from tests.captioning import test_worker
from tests.captioning.images import jpeg, serve_images

# The command with a captioner whose device does what stands in the place of %s.
BROKEN = """
import captioning.captioners.select as select
from tests.captioning.plain import PlainCaptioner

class Broken(PlainCaptioner):
    def generate(self, batch):
        %s

select.load_captioner = lambda *arguments, **options: Broken()
from alt_audit.cli import main
main()
"""


@pytest.fixture
def server():
    with serve_images() as running:
        yield running


@pytest.fixture
def store(cli):
    engine = connect(f"sqlite:///{cli.folder}/alt-audit.db")
    upgrade(engine)
    yield engine
    engine.dispose()


def fill(store, server, *paths: str) -> None:
    """As a crawl of a site on loopback leaves the store."""
    test_worker.fill(store, server, *paths)
    with writing(store) as session:
        record_networks(session, session.scalar(select(func.max(Crawl.id))), ["127.0.0.0/8"])


def queue(cli) -> dict[str, int]:
    return json.loads(cli("status", "--format", "json").out)["queue"]


def test_only_failures_with_a_code_are_retried(cli, store, server):
    fill(store, server, "/nothing.jpg", "/html")
    assert cli("caption", "--model", "builtin").code == 0
    unknown = cli("caption", "--retry-failed", "--code", "fetch/http_503")
    assert unknown.code == 2
    assert "fetch/http_503" in unknown.err
    assert "decode/html (1), fetch/http_404 (1)" in unknown.err
    server.files["/nothing.jpg"] = jpeg(1)
    done = cli("caption", "--model", "builtin", "--retry-failed", "--code", "fetch/http_404")
    assert "1 failed image is back in the queue" in done.err
    assert (queue(cli)["captioned"], queue(cli)["failed"], server.requests["/html"]) == (1, 1, 1)
    again = cli("caption", "--model", "builtin", "--retry-failed", "--code", "fetch/http_404")
    assert (again.code, "No image is failed with fetch/http_404 now" in again.err) == (
        0,
        True,
    )  # a code that was: nothing to do is no error


def test_a_model_that_cannot_be_had_puts_nothing_back_into_the_queue(cli, store, server):
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg", "/nothing.jpg")
    assert cli("caption", "--model", "builtin").code == 0
    before = cli("status", "--format", "json").out
    for option in ("--retry-failed", "--refresh", "--recaption"):
        assert cli("caption", "--model", "no/such-model", option).code == 1
    assert cli("status", "--format", "json").out == before


def test_a_code_without_retry_is_a_usage_error(cli):
    result = cli("caption", "--code", "fetch/http_404")
    assert (result.code, "--retry-failed" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ('raise RuntimeError("CUDA error: unspecified launch failure")', "unspecified launch failure"),
        ("import ctypes; ctypes.CDLL(None).pause()", "caption.generate_timeout_s"),
    ],
    ids=["fails", "hangs"],
)
def test_a_broken_device_has_an_exit_code_of_its_own(cli, store, server, fault, message):
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg")
    done = subprocess.run(
        [sys.executable, "-c", BROKEN % fault, "caption", "--watch"],
        cwd=cli.folder,
        env=cli.environment(ALT_AUDIT_CAPTION__GENERATE_TIMEOUT_S="1"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert queue(cli) == {"pending": 1, "leased": 0, "captioned": 0, "failed": 0, "skipped": 0}
    assert cli("caption", "--model", "builtin").code == 0
    assert queue(cli)["captioned"] == 1


def test_a_watching_worker_serves_its_metrics(cli, store, server):
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg")
    worker = subprocess.Popen(
        cli.command("caption", "--model", "builtin", "--watch", "--metrics-port", 0),
        cwd=cli.folder,
        env=cli.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    said = iter(worker.stderr.readline, "")
    try:
        address = next(match[1] for line in said if (match := re.match(r"Metrics: (\S+)", line)))
        assert address.startswith("http://127.0.0.1:")
        give_up_at = time.monotonic() + 60
        while 'images_total{outcome="captioned"} 1' not in urllib.request.urlopen(address).read().decode():
            assert time.monotonic() < give_up_at
            time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        rest = worker.stderr.read()
        assert worker.wait() == 0
    finally:
        worker.kill()
        worker.wait()
        worker.stderr.close()
    assert "Captioned 1 image in" in rest


def test_what_a_dead_worker_holds_is_told(cli, store, server):
    from store import queue as jobs

    fill(store, server, "/a.jpg")
    with writing(store) as session:
        jobs.claim(session, "dead", 1, 300)
    result = cli("caption", "--model", "builtin")
    assert "1 image is held by another worker" in result.err
    assert result.code == 0


def test_bench_measures_files(cli):
    (cli.folder / "a.jpg").write_bytes(jpeg(1))
    result = cli("bench", "a.jpg", "--model", "builtin", "--batch-sizes", "1", "--seconds", 0, "--format", "json")
    assert result.code == 0, result.err
    measured = json.loads(result.out)
    assert measured["model"].startswith("builtin ")
    assert measured["decode_ms"] > 0
    (speed,) = measured["batches"]
    assert speed["batch_size"] == 1
    assert speed["images_per_s"] == pytest.approx(1000 / speed["generate_ms"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch-sizes", "1,many"], "1,8,32"),
        (["--batch-sizes", "0"], "1,8,32"),
        (["none.jpg"], "cannot read none.jpg"),
    ],
)
def test_bench_explains_what_it_cannot_use(cli, arguments, message):
    result = cli("bench", "--model", "builtin", *arguments)
    assert (result.code, message in result.err) == (2, True)
