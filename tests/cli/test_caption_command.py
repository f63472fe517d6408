"""`caption` and `bench` as commands: what they say, and their exit codes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from itertools import count

import pytest
from sqlalchemy import func, select

from store.crawls import record_networks
from store.engine import connect, reading, writing
from store.models import Analysis, Crawl, Suggestion
from store.schema import upgrade
from tests.captioning import test_worker
from tests.captioning.chat_server import Reply, colour, error_body, serve_chat
from tests.captioning.images import jpeg, serve_images
from tests.captioning.tiny_models import save_tiny
from tests.warm_python import WarmProcess, run_warm

OFTEN = "import alt_audit.console.terminal as t; t.LINE_EVERY_S = 0.0; from alt_audit.cli import main; main()"
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
    for option in ("--retry-failed", "--refresh", "--recaption", "--again"):
        assert cli("caption", "--model", "no/such-model", option).code == 1
    assert cli("status", "--format", "json").out == before


def test_the_same_model_captions_again_what_is_meant(cli, store, server):
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg")
    assert cli("caption", "--model", "builtin").code == 0
    none = cli("caption", "--model", "builtin", "--again", "--where", "text~zebra")
    assert (none.code, "0 captioned images are to be captioned anew" in none.err) == (0, True)
    assert "Captioner:" not in none.err  # nothing is loaded for nothing
    done = cli("caption", "--model", "builtin", "--again")
    assert (done.code, "1 captioned image is to be captioned anew" in done.err) == (0, True)
    assert (queue(cli)["captioned"], server.requests["/a.jpg"]) == (1, 2)
    assert cli("caption", "--where", "silent").code == 2
    assert cli("caption", "--again", "--where", "loud").code == 2


def test_older_pictures_get_what_they_lack_and_keep_their_caption(cli, store, server):
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg")
    (cli.folder / "config.yaml").write_text("caption: {model: builtin, analysers: []}")
    assert cli("caption", "--config", "config.yaml").code == 0
    with reading(store) as session:
        drafted = session.scalar(select(Suggestion.inputs))
    unknown = cli("caption", "--config", "config.yaml", "--again", "--where", "without=kind")
    assert (unknown.code, "caption.analysers" in unknown.err) == (2, True)
    again = ("caption", "--model", "builtin", "--again", "--where", "without=kind")
    done = cli(*again)
    assert (done.code, "1 captioned image is to be looked at" in done.err, "1 had the same" in done.err) == (
        0,
        True,
        True,
    )
    with reading(store) as session:
        assert sorted(session.scalars(select(Analysis.analyser))) == ["caption", "kind"]
        assert session.scalar(select(Suggestion.inputs)) != drafted  # and drafts are made with it
    assert "0 captioned images are to be looked at" in cli(*again).err


@pytest.mark.parametrize(
    ("reply", "told", "queued"),
    [
        (Reply(""), ["Captioned 0 images in", "(3 abstained", "THE MODEL SAID NOTHING of any picture"], "captioned"),
        (
            Reply("", message={"reasoning": "A dog."}),
            ["Captioned 0 images in", "3 failed", "generate/only_thoughts: 3", "NOT ONE PICTURE", "thinking off"],
            "failed",
        ),
    ],
)
def test_a_model_without_a_word_is_told_of_loudly(cli, store, server, reply, told, queued):
    paths = [f"/{number}.jpg" for number in range(3)]
    server.files |= {path: jpeg(number) for number, path in enumerate(paths)}
    fill(store, server, *paths)
    with serve_chat() as chat:
        chat.answer = lambda *_: reply
        done = cli("caption", "--model", f"openai:seer@{chat.url}")
        said = " ".join(done.err.split())
        for words in told:
            assert words in said
        assert queue(cli)[queued] == 3
        chat.answer = lambda *_: Reply("A kettle on a stove.")
        again = ("--again", "--where", "silent") if queued == "captioned" else ("--retry-failed",)
        mended = cli("caption", "--model", f"openai:seer@{chat.url}", *again)
    assert "Captioned 3 images in" in mended.err


@pytest.mark.parametrize("status", [pytest.param(502, marks=pytest.mark.slow), 503])
@pytest.mark.slow
def test_an_outage_ends_with_the_reason_and_fails_nothing(cli, store, server, status):
    paths = [f"/{number}.jpg" for number in range(12)]
    server.files |= {path: jpeg(number) for number, path in enumerate(paths)}
    fill(store, server, *paths)
    out = Reply(status=status, body=b"<h1>Bad gateway</h1>")
    with serve_chat() as chat:
        answers = count(1)
        probes = count(1)
        chat.answer = lambda *_: Reply("A picture.") if next(answers) <= 4 else out
        chat.probed = lambda _, picture: Reply(colour(picture)) if next(probes) <= 3 else out
        done = cli(
            "caption", "--model", f"openai:seer@{chat.url}", ALT_AUDIT_CAPTION__ENDPOINT__OUTAGE_S="2",
            ALT_AUDIT_CAPTION__BATCH_SIZE="2",
        )  # fmt: skip
        assert done.code == 1
        assert "Captioned 4 images in" in done.err
        assert "Paused with" in done.err
        assert f"answered {status} (<h1>Bad gateway</h1>)" in done.err.splitlines()[-1]
        assert "no picture fails for it" in done.err.splitlines()[-1]
        assert queue(cli) == {"pending": 8, "leased": 0, "captioned": 4, "failed": 0, "skipped": 0}
        chat.answer, chat.probed = lambda *_: Reply("A picture."), lambda _, picture: Reply(colour(picture))
        assert cli("caption", "--model", f"openai:seer@{chat.url}").code == 0
    assert queue(cli)["captioned"] == 12


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
    done = run_warm(
        [sys.executable, "-c", BROKEN % fault, "caption", "--watch"],
        cwd=cli.folder,
        env=cli.environment(ALT_AUDIT_CAPTION__GENERATE_TIMEOUT_S="3"),
        text=True,
    )
    assert done.returncode == 4, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "Captioned 0 images" in done.stderr
    assert "what was not waits in the queue" in done.stderr
    assert queue(cli) == {"pending": 1, "leased": 0, "captioned": 0, "failed": 0, "skipped": 0}
    assert cli("caption", "--model", "builtin").code == 0
    assert queue(cli)["captioned"] == 1


def test_a_watching_worker_serves_its_metrics(cli, store, server):
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg")
    worker = WarmProcess(
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
        give_up_at = time.monotonic() + 240
        while 'images_total{outcome="captioned"} 1.0' not in urllib.request.urlopen(address).read().decode():
            assert time.monotonic() < give_up_at
            time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        rest = worker.stderr.read()
        assert worker.wait() == 0
    finally:
        worker.kill()
        worker.wait()
        worker.stderr.close()
    assert re.search(r"Captioned (?:1 image in .*\(0 abstained|0 images in .*\(1 abstained)", rest)


@pytest.mark.slow
def test_a_log_hears_how_far_a_worker_is(cli, store, server):
    paths = [f"/{number}.jpg" for number in range(12)]
    server.files |= {path: jpeg(number) for number, path in enumerate(paths)}
    fill(store, server, *paths)
    command = [sys.executable, "-c", OFTEN, "caption", "--model", "builtin"]
    small = cli.environment(ALT_AUDIT_CAPTION__BATCH_SIZE="2")
    done = run_warm(command, cwd=cli.folder, env=small, text=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("Images: ")]
    assert len(lines) > 1
    where = r"fetching 0 ready 0 device \d+ storing \d+"
    assert re.fullmatch(rf"Images: 12 of 12, \d+ in the last \d+ s \({where}\)", lines[-1])


def test_what_was_done_is_said_when_the_endpoint_fails_in_mid_run(cli, store, server):
    paths = [f"/{number}.jpg" for number in range(12)]
    server.files |= {path: jpeg(number) for number, path in enumerate(paths)}
    fill(store, server, *paths, "/nothing.jpg")
    with serve_chat() as chat:
        answers = count(1)
        gone = Reply(status=401, body=error_body("Incorrect API key provided"))
        chat.answer = lambda *_: Reply("A picture.") if next(answers) <= 4 else gone
        done = cli("caption", "--model", f"openai:seer@{chat.url}", ALT_AUDIT_CAPTION__BATCH_SIZE="2")
    assert done.code == 1
    assert re.search(r"Captioned \d+ images in", done.err)
    assert "fetch/http_404: 1" in done.err
    assert re.search(r"The endpoint counted \d+ requests, \d+ tokens in", done.err)
    assert "what was not waits in the queue" in done.err
    assert "refuses the key" in done.err.splitlines()[-1]
    after = queue(cli)
    assert after["leased"] == 0
    assert after["captioned"] + after["pending"] == 12


def test_a_second_ctrl_c_gives_the_leases_back(cli, store, server):
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg", *(f"/slow/{number}" for number in range(20)))
    asked = threading.Event()

    def ponder(*_):
        asked.set()
        time.sleep(4)
        return Reply("A picture.")

    with serve_chat() as chat:
        chat.answer = ponder
        worker = WarmProcess(
            cli.command("caption", "--model", f"openai:seer@{chat.url}"),
            cwd=cli.folder,
            env=cli.environment(ALT_AUDIT_CAPTION__BATCH_SIZE="1"),
            stderr=subprocess.PIPE,
        )
        assert asked.wait(240)
        assert queue(cli)["leased"] > 0
        worker.send_signal(signal.SIGINT)
        time.sleep(0.3)  # it waits for the answer
        worker.send_signal(signal.SIGINT)
        _, err = worker.communicate(timeout=240)
    assert (worker.returncode, err.decode().splitlines()[-1]) == (1, "alt-audit: stopped. All that was stored is kept.")
    assert queue(cli)["leased"] == 0


@pytest.mark.parametrize("pause_s", [0.0, 0.001, 0.003, 0.1, 0.5])
@pytest.mark.slow
def test_a_second_ctrl_c_while_a_model_is_at_work_is_no_crash(cli, store, server, pause_s):
    server.files |= {f"/{number}.jpg": jpeg(number, (300, 200)) for number in range(130)}
    fill(store, server, *server.files)
    worker = subprocess.Popen(
        cli.command("caption", "--model", "builtin", "--metrics-port", 0),
        cwd=cli.folder,
        env=cli.environment(ALT_AUDIT_CAPTION__BATCH_SIZE="64"),
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = iter(worker.stderr.readline, "")
    address = next(match[1] for line in lines if (match := re.match(r"Metrics: (\S+)", line)))
    give_up_at = time.monotonic() + 240
    while 'queue_images{queue="device"} 0.0' in urllib.request.urlopen(address).read().decode():
        assert time.monotonic() < give_up_at
    for _ in range(2):
        time.sleep(pause_s)
        worker.send_signal(signal.SIGINT)
    _, err = worker.communicate(timeout=240)
    assert worker.returncode == 1, err
    assert "stored" in err.splitlines()[-1]  # two signals that come at once are one, which stops gently
    assert queue(cli)["leased"] == 0


def test_what_a_dead_worker_holds_is_told(cli, store, server):
    from store import queue as jobs

    fill(store, server, "/a.jpg")
    with writing(store) as session:
        jobs.claim(session, "dead", 1, 300)
    result = cli("caption", "--model", "builtin")
    assert "1 image is held by another worker" in result.err
    assert result.code == 1


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


@pytest.mark.slow
def test_bench_says_what_was_chosen_and_why(cli, tmp_path):
    (cli.folder / "a.jpg").write_bytes(jpeg(1))
    folder = str(save_tiny("blip", tmp_path))
    arguments = ("bench", "a.jpg", "--model", folder, "--device", "cpu", "--batch-sizes", "1", "--seconds", 0)
    said = cli(*arguments)
    assert said.code == 0, said.err
    assert re.search(r"^Chosen by itself: the processor .*bfloat16 \(", said.out, re.M)
    assert "`caption` takes batches of 16" in said.out
    measured = json.loads(cli(*arguments, "--format", "json").out)
    assert "bfloat16" in measured["placement_reason"]
    assert measured["batch_size"] == 16
    (cli.folder / "plain.yaml").write_text("caption: {dtype: float32, batch_size: 3}")
    said = cli(*arguments, "--config", "plain.yaml")
    assert "Chosen by itself" not in said.out
    assert "`caption` takes batches of 3" in said.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch-sizes", "1,many"], "1,8,32"),
        (["--batch-sizes", "0"], "1,8,32"),
        (["--batch-sizes", "99999999999"], "none above 10,000"),
        (["none.jpg"], "cannot read none.jpg"),
        (["good.jpg", "page.jpg"], "page.jpg cannot be captioned (decode/"),
    ],
)
def test_bench_explains_what_it_cannot_use(cli, arguments, message):
    (cli.folder / "good.jpg").write_bytes(jpeg(1))
    (cli.folder / "page.jpg").write_bytes(b"<html>an error page")
    result = cli("bench", "--model", "builtin", *arguments)
    assert (result.code, message in result.err) == (2, True)


def test_a_reader_that_cannot_be_had_costs_no_crawl_and_no_queue(cli, store, server, tmp_path):
    config = f"caption: {{model: builtin, analysers: [trocr], trocr: {tmp_path}}}"
    (cli.folder / "config.yaml").write_text(config)
    before = len(server.requests)
    done = cli("run", f"{server.url}/", "--config", "config.yaml")
    assert (done.code, f"caption.trocr: The folder {tmp_path} holds no model" in done.err) == (1, True), done.err
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg")
    done = cli("caption", "--config", "config.yaml")
    assert (done.code, "caption.trocr: The folder" in done.err) == (1, True), done.err
    assert (queue(cli)["pending"], len(server.requests)) == (1, before)


@pytest.mark.slow
def test_pictures_are_read_by_the_model_that_the_settings_name(cli, store, server, tmp_path):
    save_tiny("trocr", tmp_path)
    (cli.folder / "config.yaml").write_text(f"caption: {{model: builtin, analysers: [trocr], trocr: {tmp_path}}}")
    server.files["/a.jpg"] = jpeg(1)
    fill(store, server, "/a.jpg")
    done = cli("caption", "--config", "config.yaml", "--estimate")
    assert (done.code, "Pictures a second" in done.out) == (0, True), done.err
    done = cli("caption", "--config", "config.yaml")
    assert done.code == 0, done.err
    with reading(store) as session:
        [read] = session.scalars(select(Analysis).where(Analysis.analyser == "trocr"))
    assert set(read.data) == {"size", "scripts", "found", "lines"}
    assert str(tmp_path) not in read.revision
