from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import threading
import time
import urllib.request
from collections import Counter

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from captioning.caption_options import CaptionOptions, EndpointOptions
from captioning.captioners.openai.captioner import EndpointCaptioner
from captioning.worker.metrics import serving
from captioning.worker.worker import Worker, caption_key
from core.errors import CaptionerError, DeviceError, ImageError, StoreError, UsageError
from core.records import Context, QueueState
from inference.batching import Batcher
from inference.protocol import Caption
from store import captions, queue
from store.counts import counts
from store.engine import reading, writing
from store.models import Analysis, Asset, Image, Suggestion
from suggestions.run import suggest
from tests.captioning.chat_server import Reply, serve_chat
from tests.captioning.images import jpeg, serve_images
from tests.captioning.plain import PlainCaptioner
from tests.storefill import MISSING, occurrence, store_visits, visit

OPTIONS = CaptionOptions(
    batch_size=4, timeout_s=20.0, retries=0, max_image_bytes=200_000, lease_s=30, allow_private=["127.0.0.0/8"]
)


class WidthCaptioner(PlainCaptioner):
    """A deterministic captioner: says how wide a picture is, abstains at 13 px, fails at 66 px, in real batches."""

    model = "width"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def prepare(self, image):
        if image.height == 1:
            raise ValueError("one row of pixels")
        return image.width

    def generate(self, batch):
        self.batches.append(len(batch))
        if 66 in batch:
            raise RuntimeError("this picture breaks the model")
        return [Caption(None, 0.1) if width == 13 else Caption(f"a picture {width} wide", 0.9) for width in batch]


@pytest.fixture
def server():
    with serve_images() as running:
        yield running


def fill(engine, server, *paths: str) -> None:
    judged = []
    for path in paths:
        url = path if path.startswith("data:") else server.url + path
        name = f"picture{len(judged)}"
        judged.append((occurrence(name, image_url=url, fetch_url=url, key=name), MISSING))
    store_visits(engine, visit("", *judged))


CAPTION_TEXT = Analysis.data["text"].as_string()


def work(engine, captioner=None, options=OPTIONS):
    captioner = captioner or WidthCaptioner()
    worker = Worker(engine, captioner, options, load=type(captioner))
    summary = asyncio.run(worker.run())
    suggest(engine, only_stale=True)
    return summary


def numbers(engine):
    with reading(engine) as session:
        return counts(session).as_json()


def test_every_image_ends_as_a_row(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (20 + n, 20)) for n in range(9)}
    server.files |= {
        "/abstain.jpg": jpeg(1, (13, 20)),
        "/breaks.jpg": jpeg(2, (66, 20)),
        "/strip.jpg": jpeg(3, (50, 1)),
        "/truncated.jpg": jpeg(4, (400, 400))[:2500],
        "/text.jpg": b"this is no picture",
        "/empty.jpg": b"",
    }
    paths = [*server.files, "/html", "/nothing.jpg", "/endless", "/loop/0"]
    fill(engine, server, *paths)
    captioner = WidthCaptioner()
    summary = work(engine, captioner)
    found = numbers(engine)
    assert found["queue"] == {"pending": 0, "leased": 0, "captioned": 11, "failed": 8, "skipped": 0}
    assert sum(found["queue"].values()) == found["images"] == len(paths)
    assert found["failures"] == {
        "decode/empty": 1,
        "decode/html": 1,
        "decode/prepare": 1,
        "decode/unsupported_format": 1,
        "fetch/http_404": 1,
        "fetch/redirects": 1,
        "fetch/too_large": 1,
        "generate/error": 1,
    }
    assert (summary.captioned, summary.abstained, summary.failed.total()) == (11, 1, 8)
    with reading(engine) as session:
        warned = session.scalars(select(Asset.warnings).where(Asset.width == 400)).one()
        texts = set(session.scalars(select(Suggestion.text)))
        alts = session.scalars(select(Suggestion.text).where(Suggestion.source == "caption"))
        assert all("Error" not in alt for alt in alts if alt)
    assert warned == ["truncated"]
    assert "A picture 21 wide" in texts
    assert max(captioner.batches) > 1


def test_a_server_that_is_too_slow_costs_one_row(engine, server):
    fill(engine, server, "/drip")
    summary = work(engine, options=OPTIONS.model_copy(update={"timeout_s": 0.5}))
    assert summary.failed == numbers(engine)["failures"] == {"fetch/timeout": 1}


def test_without_a_setting_batches_are_as_large_as_suits_the_captioner(engine, server):
    class Modest(WidthCaptioner):
        batch_size = 3

    server.files |= {f"/{n}.jpg": jpeg(n) for n in range(12)}
    fill(engine, server, *server.files)
    captioner = Modest()
    work(engine, captioner, OPTIONS.model_copy(update={"batch_size": None}))
    assert 1 < max(captioner.batches) <= 3


def test_same_bytes_are_looked_at_once(engine, server):
    server.files |= {"/a.jpg": jpeg(1), "/b.jpg": jpeg(1), "/c.jpg": jpeg(2)}
    fill(engine, server, "/a.jpg", "/b.jpg", "/c.jpg")
    captioner = WidthCaptioner()
    summary = work(engine, captioner)
    assert sum(captioner.batches) == 2
    assert (summary.captioned, summary.reused) == (3, 1)
    assert numbers(engine)["assets"] == 2


def test_a_picture_is_decoded_to_about_the_size_that_the_captioner_asks_for(engine, server):
    class Near(WidthCaptioner):
        side_px = 100

    server.files |= {"/a.jpg": jpeg(1, (1600, 900))}
    fill(engine, server, "/a.jpg")
    work(engine, Near())
    with reading(engine) as session:
        assert session.scalars(select(CAPTION_TEXT)).all() == ["a picture 200 wide"]
        assert session.execute(select(Asset.width, Asset.height)).all() == [(1600, 900)]


def test_a_second_run_captions_nothing_twice(engine, server):
    server.files |= {"/a.jpg": jpeg(1)}
    fill(engine, server, "/a.jpg")
    work(engine)
    fill(engine, server, "/a.jpg")
    captioner = WidthCaptioner()
    assert work(engine, captioner).captioned == 0
    assert captioner.batches == []
    assert server.requests["/a.jpg"] == 1


def test_a_new_context_gets_a_draft_without_a_second_look(engine, server):
    server.files |= {"/a.jpg": jpeg(1)}
    url = f"{server.url}/a.jpg"
    store_visits(engine, visit("", (occurrence(image_url=url, fetch_url=url), MISSING)))
    work(engine)
    there = occurrence(image_url=url, fetch_url=url, context=Context(figcaption="A new place"))
    store_visits(engine, visit("2", (there, MISSING)))
    work(engine)
    with reading(engine) as session:
        assert len(session.scalars(select(Suggestion)).all()) == 2
    assert server.requests["/a.jpg"] == 1


def test_data_addresses_are_captioned(engine, server):
    import base64

    fill(engine, server, "data:image/jpeg;base64," + base64.b64encode(jpeg(3)).decode())
    assert work(engine).captioned == 1


def test_two_workers_share_the_queue(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (20 + n, 20)) for n in range(30)}
    fill(engine, server, *server.files)
    captioners = [WidthCaptioner(), WidthCaptioner()]
    threads = [threading.Thread(target=work, args=(engine, captioner)) for captioner in captioners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(engine)["queue"]["captioned"] == 30
    assert sum(server.requests.values()) == 30
    assert sum(sum(captioner.batches) for captioner in captioners) == 30


def test_a_stopped_worker_puts_back_what_it_did_not_finish(engine, server):
    fill(engine, server, *(f"/slow/{n}" for n in range(40)))
    patient = OPTIONS.model_copy(update={"timeout_s": 30.0, "fetch_concurrency": 2})
    worker = Worker(engine, WidthCaptioner(), patient, load=WidthCaptioner)

    async def run_and_stop():
        running = asyncio.create_task(worker.run())
        while not worker.summary.captioned:
            await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
        return await running

    summary = asyncio.run(run_and_stop())
    assert summary.interrupted
    found = numbers(engine)["queue"]
    assert found["leased"] == 0
    assert found["captioned"] == summary.captioned
    assert found["captioned"] + found["pending"] == 40
    assert 0 < found["captioned"] < 40
    assert work(engine, options=patient.model_copy(update={"fetch_concurrency": 16})).captioned == found["pending"]


def test_a_lost_lease_changes_nothing(engine, server):
    server.files |= {"/a.jpg": jpeg(1)}
    fill(engine, server, "/a.jpg")

    class Robbed(WidthCaptioner):
        def generate(self, batch):
            with writing(engine) as session:
                session.execute(update(Image).values(lease_owner="another"))
            return super().generate(batch)

    summary = work(engine, Robbed())
    assert (summary.captioned, summary.lost) == (0, 1)
    with reading(engine) as session:
        assert session.scalars(select(Image.state)).one() == QueueState.LEASED
        assert session.scalars(select(Suggestion)).all() == []


def test_one_bad_picture_costs_one_picture():
    answers = Batcher(WidthCaptioner(), 8).caption([1, 2, 66, 4, 5, 66, 7])
    assert [isinstance(answer, ImageError) for answer in answers] == [False, False, True, False, False, True, False]
    assert [answer.text for answer in answers if isinstance(answer, Caption)][:2] == [
        "a picture 1 wide",
        "a picture 2 wide",
    ]


class Breaking(WidthCaptioner):
    """A captioner whose device breaks at a picture 40 px wide."""

    def generate(self, batch):
        if 40 in batch:
            self.batches.append(len(batch))
            raise RuntimeError("CUDA error: device-side assert triggered")
        return super().generate(batch)


def test_a_picture_that_breaks_the_device_is_left_alone_in_the_end(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (36 + n, 20)) for n in range(9)}
    fill(engine, server, *server.files)
    captioners = []
    for _ in range(6):
        captioners.append(Breaking())
        try:
            summary = work(engine, captioners[-1])
            break
        except DeviceError:
            # What was not done is there for the next process at once, and not when the leases have run out.
            assert numbers(engine)["queue"]["leased"] == 0
    assert summary.failed == Counter({"generate/poison": 1})
    assert len(captioners) == 3  # it broke among others, alone, and in a process of its own
    assert numbers(engine)["queue"] == {"pending": 0, "leased": 0, "captioned": 8, "failed": 1, "skipped": 0}
    assert 1 in captioners[1].batches
    with reading(engine) as session:
        assert set(session.scalars(select(Image.strikes))) == {0}
        assert "two workers ended" in session.scalars(select(Image.message).where(Image.state == "failed")).one()


def test_an_endpoint_that_is_silent_is_no_model_that_hangs(engine, server):
    """Its own time-outs and further tries come first, however long they take together."""
    server.files |= {"/a.jpg": jpeg(1)}
    fill(engine, server, *server.files)
    with serve_chat() as chat:
        captioner = EndpointCaptioner("openai:seer", EndpointOptions(base_url=chat.url, timeout_s=0.5, retries=1))
        chat.answer = lambda request, picture: time.sleep(1.0) or Reply()
        summary = work(engine, captioner, OPTIONS.model_copy(update={"generate_timeout_s": 0.1}))
    assert summary.failed == Counter({"generate/timeout": 1})


def test_a_captioner_that_is_out_of_order_strikes_no_picture(engine, server):
    """As when an endpoint's key is withdrawn: a picture that was alone with it is no suspect."""

    class OutOfOrder(WidthCaptioner):
        def generate(self, batch):
            raise CaptionerError("the key was withdrawn")

    server.files |= {"/1.jpg": jpeg(1)}
    fill(engine, server, *server.files)
    for _ in range(4):
        with pytest.raises(CaptionerError, match="withdrawn"):
            work(engine, OutOfOrder())
        with reading(engine) as session:
            assert session.scalars(select(Image.strikes)).all() == [0]
    assert work(engine).captioned == 1


def test_a_stop_strikes_no_picture(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (20 + n, 20)) for n in range(30)}
    fill(engine, server, *server.files)
    options = OPTIONS.model_copy(update={"batch_size": 2})

    class Stopping(WidthCaptioner):
        def generate(self, batch):
            if len(self.batches) == 3:
                worker.stop()
            return super().generate(batch)

    worker = Worker(engine, Stopping(), options, load=Stopping)
    summary = asyncio.run(worker.run())
    assert summary.interrupted
    assert 6 < numbers(engine)["queue"]["captioned"] < 30
    with reading(engine) as session:
        assert set(session.scalars(select(Image.strikes))) == {0}


def test_the_device_works_while_pictures_are_fetched_and_rows_are_stored(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (100 + n, 20)) for n in range(60)}
    fill(engine, server, *server.files)
    meanwhile = []

    class Watching(WidthCaptioner):
        def generate(self, batch):
            before = self.look()
            time.sleep(0.25)
            meanwhile.append([now - then for now, then in zip(self.look(), before, strict=True)])
            return super().generate(batch)

        def look(self):
            return sum(server.requests.values()), numbers(engine)["queue"]["captioned"]

    captioner = Watching()
    options = OPTIONS.model_copy(update={"fetch_concurrency": 2})
    assert work(engine, captioner, options).captioned == 60
    fetched, stored = map(sum, zip(*meanwhile, strict=True))
    assert fetched > 15
    assert stored > 15
    assert len(captioner.batches) <= 18  # 15 would be full ones


def test_the_next_batch_is_collated_while_the_device_works(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (100 + n, 20)) for n in range(60)}
    fill(engine, server, *server.files)

    class Collating(WidthCaptioner):
        """Works on a batch until the next one is collated, as long as there is enough for one."""

        def __init__(self):
            super().__init__()
            self.changed = threading.Condition()
            self.collated, self.ahead, self.overlapped = 0, [], []

        def collate(self, features):
            with self.changed:
                self.collated += 1
                self.ahead.append(self.collated - len(self.batches))
                self.changed.notify()
            return features

        def generate(self, batch):
            answers = super().generate(batch)
            if sum(self.batches) <= 60 - OPTIONS.batch_size:
                with self.changed:
                    self.overlapped.append(self.changed.wait_for(lambda: self.collated > len(self.batches), 30))
            return answers

    captioner = Collating()
    assert work(engine, captioner).captioned == 60
    assert len(captioner.overlapped) > 5
    assert all(captioner.overlapped)
    assert max(captioner.ahead) <= 2


def test_same_bytes_that_are_under_way_are_waited_for(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(1) for n in range(12)}
    fill(engine, server, *server.files)
    captioner = WidthCaptioner()
    summary = work(engine, captioner, OPTIONS.model_copy(update={"batch_size": 1}))
    assert captioner.batches == [1]
    assert (summary.captioned, summary.reused) == (12, 11)


def test_same_bytes_share_their_failure(engine, server):
    server.files |= {"/a.jpg": jpeg(1, (66, 20)), "/b.jpg": jpeg(1, (66, 20))}
    fill(engine, server, *server.files)
    assert work(engine).failed == Counter({"generate/error": 2})


def test_a_store_that_fails_ends_the_worker_with_its_error(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n) for n in range(9)}
    fill(engine, server, *server.files)

    class Sawing(WidthCaptioner):
        def generate(self, batch):
            with writing(engine) as session:
                session.execute(text("ALTER TABLE analyses RENAME TO sawn"))
            return super().generate(batch)

    with pytest.raises(DBAPIError, match="analyses"):
        work(engine, Sawing())
    assert numbers(engine)["queue"]["leased"] == 0


def test_refresh_asks_for_changes_only(engine, server):
    server.files["/good.jpg"] = jpeg(1, (21, 20))
    server.files["/plain.jpg"] = jpeg(2, (22, 20))
    server.files["/gone.jpg"] = jpeg(3, (23, 20))
    fill(engine, server, "/versioned", "/plain.jpg", "/gone.jpg")
    assert work(engine).captioned == 3
    del server.files["/gone.jpg"]
    captioner = WidthCaptioner()

    def refresh():
        with writing(engine) as session:
            assert queue.requeue_captioned(session) == 3
        return work(engine, captioner)

    assert (refresh().captioned, captioner.batches) == (3, [])
    assert (server.requests["unchanged"], server.requests["/plain.jpg"]) == (1, 2)
    server.files["/good.jpg"] = jpeg(1, (210, 20))
    assert refresh().captioned == 3
    assert captioner.batches == [1]
    with reading(engine) as session:
        assert set(session.scalars(select(Suggestion.text))) == {
            "A picture 210 wide",
            "A picture 22 wide",
            "A picture 23 wide",
        }


def test_metrics_are_served(engine, server):
    server.files |= {"/a.jpg": jpeg(1), "/b.jpg": jpeg(1)}
    fill(engine, server, "/a.jpg", "/b.jpg", "/nothing.jpg")
    worker = Worker(engine, WidthCaptioner(), OPTIONS, load=WidthCaptioner)
    asyncio.run(worker.run())
    with serving(worker.metrics, "127.0.0.1", 0) as address, urllib.request.urlopen(address) as response:
        lines = response.read().decode().splitlines()
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for line in (
        'alt_audit_images_total{outcome="captioned"} 2.0',
        'alt_audit_images_total{outcome="failed"} 1.0',
        'alt_audit_failures_total{code="http_404",stage="fetch"} 1.0',
        'alt_audit_stage_images_total{stage="generate"} 1.0',
        'alt_audit_queue_images{queue="device"} 0.0',
        "# TYPE alt_audit_images_total counter",
        "alt_audit_reused_total 1.0",
    ):
        assert line in lines
    samples = [line for line in lines if not line.startswith("#")]
    assert all(
        re.fullmatch(r"[a-z_]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? [0-9.e+-]+", line) for line in samples
    )
    assert "images/s" in worker.metrics.line()


def test_a_taken_port_is_a_usage_error(engine):
    metrics = Worker(engine, WidthCaptioner(), OPTIONS, load=WidthCaptioner).metrics
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="--metrics-port"), serving(metrics, "127.0.0.1", taken.getsockname()[1]):
            pass


def test_failed_images_are_tried_again_when_asked(engine, server):
    fill(engine, server, "/late.jpg")
    assert work(engine).failed == Counter({"fetch/http_404": 1})
    assert work(engine).done == 0
    server.files["/late.jpg"] = jpeg(5)
    with writing(engine) as session:
        queue.retry_failed(session)
    assert work(engine).captioned == 1
    with reading(engine) as session:
        assert session.scalars(select(CAPTION_TEXT)).one() == "a picture 64 wide"
        assert session.scalars(select(Suggestion.text)).one() == "A picture 64 wide"


def test_another_model_looks_again_only_when_asked(engine, server):
    server.files |= {"/a.jpg": jpeg(1)}
    fill(engine, server, "/a.jpg")
    work(engine)

    class Better(WidthCaptioner):
        model = "better"

        def generate(self, batch):
            return [Caption("a better text", 0.9) for _ in batch]

    assert work(engine, Better()).captioned == 0
    with writing(engine) as session:
        assert captions.requeue_others(session, caption_key(WidthCaptioner())) == 0
        assert captions.requeue_others(session, caption_key(Better())) == 1
    assert work(engine, Better()).captioned == 1
    with reading(engine) as session:
        assert session.scalars(select(Suggestion.text)).all() == ["A better text"]


REFUSE_COMMITS = {
    "sqlite": [
        "CREATE TABLE nowhere (id INTEGER PRIMARY KEY)",
        "CREATE TABLE refused (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER refuse AFTER UPDATE ON images WHEN NEW.state = 'captioned' "
        "BEGIN INSERT INTO refused VALUES (1); END",
    ],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$",
        "CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON images DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "WHEN (NEW.state = 'captioned') EXECUTE FUNCTION refuse()",
    ],
}


def test_what_a_database_refuses_at_the_commit_is_not_counted(engine, server):
    server.files |= {f"/{n}.jpg": jpeg(n, (20 + n, 20)) for n in range(9)}
    fill(engine, server, *server.files)
    with engine.begin() as connection:
        for statement in REFUSE_COMMITS[engine.dialect.name]:
            connection.execute(text(statement))
    worker = Worker(engine, WidthCaptioner(), OPTIONS, load=WidthCaptioner)
    with pytest.raises((DBAPIError, StoreError)):
        asyncio.run(worker.run())
    assert numbers(engine)["queue"]["captioned"] == worker.summary.captioned == worker.summary.done == 0


def test_a_watching_worker_does_what_follows_when_nothing_waits(engine, server, monkeypatch):
    monkeypatch.setattr("captioning.worker.worker.POLL_S", 0.1)
    server.files |= {"/a.jpg": jpeg(1), "/b.jpg": jpeg(2)}
    fill(engine, server, *server.files)
    calls: list[tuple[int, bool]] = []

    def follow(image_ids, *, idle: bool) -> None:
        calls.append((len(image_ids), idle))
        if sum(number for number, _ in calls) == 2:
            worker.stop()

    worker = Worker(engine, WidthCaptioner(), OPTIONS, load=WidthCaptioner, follow=follow)
    assert asyncio.run(worker.run(watch=True)).captioned == 2
    assert calls[-1][1]
    assert worker.fresh == set()


def test_what_follows_and_fails_ends_the_worker(engine, server, monkeypatch):
    monkeypatch.setattr("captioning.worker.worker.POLL_S", 0.1)
    server.files |= {"/a.jpg": jpeg(1)}
    fill(engine, server, "/a.jpg")

    def follow(image_ids, *, idle: bool) -> None:
        raise StoreError("the disk is full")

    worker = Worker(engine, WidthCaptioner(), OPTIONS, load=WidthCaptioner, follow=follow)
    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(worker.run(watch=True))
