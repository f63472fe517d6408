"""A server of a model that goes out of order while a worker, or an evaluation, is at it: nothing fails, and all can be
gone on with."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from sqlalchemy import update

from alt_audit.config import load_settings
from alt_audit.jobs.evaluate_models import evaluate_models
from alt_audit.jobs.events import CaptionerNote
from captioning.caption_options import CaptionOptions, EndpointOptions
from captioning.captioners.openai.captioner import EndpointCaptioner
from captioning.worker import pause
from captioning.worker.worker import Worker
from inference.protocol import OutageError
from store.counts import counts
from store.engine import reading, writing
from store.models import Image
from tests.captioning.chat_server import Reply, colour, describe, error_body, serve_chat
from tests.captioning.images import jpeg, serve_images
from tests.captioning.test_datasets import coco, picture, said
from tests.captioning.test_worker import fill

IMAGES = 40
BAD_GATEWAY = Reply(status=502, body=b"<html><h1>502 Bad Gateway</h1></html>")


@pytest.fixture
def server():
    with serve_images() as running:
        yield running


@pytest.fixture
def chat():
    with serve_chat() as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(pause, "_WAITS_S", (0.2,))


class Outage:
    """Answers so many pictures, then `reply` for all questions, until `over`."""

    def __init__(self, after: int, reply: Reply) -> None:
        self.lock = threading.Lock()
        self.left, self.reply, self.over = after, reply, False
        self.asked = 0

    def answer(self, request, picture):
        with self.lock:
            self.asked += 1
            self.left -= 1
            return Reply(describe(picture)) if self.left >= 0 or self.over else self.reply

    def probed(self, request, picture):
        with self.lock:
            self.asked += 1
            return Reply(colour(picture)) if self.left >= 0 or self.over else self.reply


def begin(engine, server, chat, outage: Outage, **options) -> Worker:
    server.files |= {f"/{n}.jpg": jpeg(n, (20 + n, 20)) for n in range(IMAGES)}
    fill(engine, server, *server.files)
    endpoint = EndpointOptions(base_url=chat.url, timeout_s=5.0, **{"retries": 4, "outage_s": 1.0} | options)
    captioner = EndpointCaptioner("openai:seer", endpoint)
    chat.answer, chat.probed = outage.answer, outage.probed
    settings = CaptionOptions(batch_size=4, allow_private=["127.0.0.0/8"], endpoint=endpoint)
    return Worker(engine, captioner, settings, load=lambda: captioner)


def queue(engine) -> dict[str, int]:
    with reading(engine) as session:
        return dict(counts(session).as_json()["queue"])


@pytest.mark.parametrize(
    "reply",
    [
        BAD_GATEWAY,
        Reply(status=429, body=error_body("Rate limit exceeded: free-models-per-day", code="429")),
        Reply(status=400, body=b'{"error": "The model has crashed without additional information."}'),
        Reply(status=200, body=b'{"error": {"message": "Upstream error", "code": 503}}'),
    ],
    ids=["502", "429 a day", "crashed", "503 in 200"],
)
def test_nothing_fails_for_an_outage_that_stays(engine, server, chat, reply):
    outage = Outage(10, reply)
    worker = begin(engine, server, chat, outage)
    with pytest.raises(OutageError, match="no picture fails for it"):
        asyncio.run(worker.run())
    found = queue(engine)
    assert (found["captioned"], found["failed"], found["leased"]) == (10, 0, 0)
    assert found["pending"] == IMAGES - 10
    assert worker.summary.captioned == 10
    assert outage.asked < 40
    with reading(engine) as session:
        assert {strikes for (strikes,) in session.query(Image.strikes)} == {0}


def test_a_worker_goes_on_when_the_server_does(engine, server, chat, caplog):
    outage = Outage(10, BAD_GATEWAY)
    worker = begin(engine, server, chat, outage, outage_s=60.0)

    def mend():
        time.sleep(3.0)
        outage.over = True

    mending = threading.Thread(target=mend)
    mending.start()
    summary = asyncio.run(worker.run())
    mending.join()
    assert (summary.captioned, summary.failed.total()) == (IMAGES, 0)
    assert "Paused with" in caplog.text
    assert "502" in caplog.text
    assert "answers again after" in caplog.text


def test_a_paused_worker_stops_at_once_and_gives_all_back(engine, server, chat, monkeypatch):
    monkeypatch.setattr(pause, "_WAITS_S", (60.0,))
    outage = Outage(4, BAD_GATEWAY)
    worker = begin(engine, server, chat, outage, outage_s=600.0)

    async def stopped():
        running = asyncio.create_task(worker.run())
        while worker._dispatcher._outage._since is None:
            await asyncio.sleep(0.05)
        started = time.monotonic()
        worker.stop()
        await running
        return time.monotonic() - started

    assert asyncio.run(stopped()) < 10
    found = queue(engine)
    assert (found["failed"], found["leased"], found["captioned"]) == (0, 0, 4)
    with reading(engine) as session:
        assert {strikes for (strikes,) in session.query(Image.strikes)} == {0}


def test_no_picture_is_called_poison_for_an_outage(engine, server, chat):
    outage = Outage(0, BAD_GATEWAY)
    worker = begin(engine, server, chat, outage)
    with writing(engine) as session:
        session.execute(update(Image).values(strikes=2))
    with pytest.raises(OutageError):
        asyncio.run(worker.run())
    assert queue(engine)["failed"] == 0


def test_a_server_that_restarts_is_waited_for(engine, server):
    with serve_chat() as first:
        outage = Outage(8, BAD_GATEWAY)
        worker = begin(engine, server, first, outage, outage_s=0.0, retries=0)
    # Nothing listens there any more.
    with pytest.raises(OutageError, match="cannot be reached"):
        asyncio.run(worker.run())
    assert queue(engine)["failed"] == 0


@pytest.fixture
def measured(chat, tmp_path):
    """evaluate_models of a dataset of ten pictures with a server in an outage; gives the result and what was told."""
    made = [picture(n, f"{n}.jpg", split="dev") for n in range(10)]
    for n in range(10):
        (tmp_path / f"{n}.jpg").write_bytes(jpeg(n, (20 + n, 20)))
    dataset = coco(tmp_path / "all.json", made, [said(n, "A red picture.") for n in range(10)])

    def measured(outage, outage_s, on_told=lambda text: None):
        chat.answer, chat.probed = outage.answer, outage.probed
        endpoint = EndpointOptions(base_url=chat.url, timeout_s=5.0, retries=0, outage_s=outage_s)
        settings = load_settings(None, caption={"batch_size": 4, "endpoint": endpoint})
        events = []

        def on_event(event):
            if isinstance(event, CaptionerNote):
                events.append(event.text)
                on_told(event.text)

        try:
            done = evaluate_models(settings, on_event, dataset=dataset, models=["openai:seer"], folder=tmp_path / "out")
        except OutageError:
            done = None
        return done, " ".join(events)

    return measured


def test_an_evaluation_waits_for_a_server_and_goes_on(measured):
    outage = Outage(8, BAD_GATEWAY)

    def come_back(text):
        outage.over = outage.over or "Paused with" in text

    done, told = measured(outage, 60.0, come_back)
    (model,) = done.evaluation.models
    assert (model.spoken, model.failed, model.seconds) == (10, {}, 0)
    assert "answers again" in told


def test_what_was_answered_before_an_evaluation_gave_up_is_not_asked_again(measured, tmp_path):
    done, told = measured(Outage(8, BAD_GATEWAY), 0.0)
    (kept,) = (tmp_path / "out").iterdir()
    assert (done, f"{kept} has 8 answers: the same command goes on" in told) == (None, True)
    kept.write_bytes(kept.read_bytes()[:-5])  # killed as it wrote
    outage = Outage(100, BAD_GATEWAY)
    done, told = measured(outage, 0.0)
    assert f"{kept} has 7 answers of a run" in told
    (model,) = done.evaluation.models
    assert [one.text.partition(" of ")[2] for one in model.answers] == [f"{20 + n} by 20." for n in range(10)]
    assert list(done.answers) == [kept]
    probes = outage.asked - 3
    asked = outage.asked
    measured(outage, 0.0)
    assert outage.asked - asked == probes
