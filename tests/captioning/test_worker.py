from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter

import pytest
from sqlalchemy import select, update

from captioning.batches import generate_all
from captioning.captioners.base import Caption
from captioning.options import CaptionOptions
from captioning.worker import Worker, caption_key
from core.errors import ImageError
from core.records import Context, QueueState
from store import captions, queue
from store.counts import counts
from store.engine import reading, writing
from store.models import Asset, Image, Suggestion
from store.models import Caption as CaptionRow
from tests.captioning.images import jpeg, serve_images
from tests.storefill import MISSING, occurrence, store_visits, visit

OPTIONS = CaptionOptions(
    batch_size=4, timeout_s=1.0, retries=0, max_image_bytes=200_000, lease_s=30, allow_private=["127.0.0.0/8"]
)


class WidthCaptioner:
    """A deterministic captioner: says how wide a picture is, abstains at 13 px, fails at 66 px, in real batches."""

    model, revision, prompt_version, language = "width", "1", "1", "en"
    description = "a captioner for tests"

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


def work(engine, captioner=None, options=OPTIONS):
    worker = Worker(engine, captioner or WidthCaptioner(), options)
    return asyncio.run(worker.run())


def numbers(engine):
    with reading(engine) as session:
        return counts(session)


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
    paths = [*server.files, "/html", "/nothing.jpg", "/drip", "/endless", "/loop/0"]
    fill(engine, server, *paths)
    captioner = WidthCaptioner()
    summary = work(engine, captioner)
    found = numbers(engine)
    assert found["queue"] == {"pending": 0, "leased": 0, "captioned": 11, "failed": 9, "skipped": 0}
    assert sum(found["queue"].values()) == found["images"] == len(paths)
    assert found["failures"] == {
        "decode/empty": 1,
        "decode/html": 1,
        "decode/prepare": 1,
        "decode/unsupported_format": 1,
        "fetch/http_404": 1,
        "fetch/redirects": 1,
        "fetch/timeout": 1,
        "fetch/too_large": 1,
        "generate/error": 1,
    }
    assert (summary.captioned, summary.abstained, summary.failed.total()) == (11, 1, 9)
    with reading(engine) as session:
        warned = session.scalars(select(Asset.warnings).where(Asset.width == 400)).one()
        texts = set(session.scalars(select(Suggestion.text)))
        alts = session.scalars(select(Suggestion.text).where(Suggestion.source == "caption"))
        assert all("Error" not in alt for alt in alts if alt)
    assert warned == ["truncated"]
    assert "A picture 21 wide" in texts
    assert max(captioner.batches) > 1


def test_same_bytes_are_looked_at_once(engine, server):
    server.files |= {"/a.jpg": jpeg(1), "/b.jpg": jpeg(1), "/c.jpg": jpeg(2)}
    fill(engine, server, "/a.jpg", "/b.jpg", "/c.jpg")
    captioner = WidthCaptioner()
    summary = work(engine, captioner)
    assert sum(captioner.batches) == 2
    assert (summary.captioned, summary.reused) == (3, 1)
    assert numbers(engine)["assets"] == 2


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
    worker = Worker(engine, WidthCaptioner(), patient)

    async def run_and_stop():
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(1.2)
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
    answers = generate_all(WidthCaptioner(), [1, 2, 66, 4, 5, 66, 7])
    assert [isinstance(answer, ImageError) for answer in answers] == [False, False, True, False, False, True, False]
    assert [answer.text for answer in answers if isinstance(answer, Caption)][:2] == [
        "a picture 1 wide",
        "a picture 2 wide",
    ]


def test_failed_images_are_tried_again_when_asked(engine, server):
    fill(engine, server, "/late.jpg")
    assert work(engine).failed == Counter({"fetch/http_404": 1})
    assert work(engine).done == 0
    server.files["/late.jpg"] = jpeg(5)
    with writing(engine) as session:
        queue.retry_failed(session)
    assert work(engine).captioned == 1
    with reading(engine) as session:
        assert session.scalars(select(CaptionRow.text)).one() == "a picture 64 wide"
        key = captions.CaptionKey("width", "1", "1", "en")
        assert captions.without_suggestion(session, key, 5) == []


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
