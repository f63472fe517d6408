"""The worker's last step shows what people decided once a picture's bytes are known, and hides it on others."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from captioning.worker.results import AssetResult, ImageResult, store_results
from core.net.validators import Validators
from inference.protocol import Caption
from store import captions, queue
from store.engine import writing
from store.models import Image
from store.rekey import bring_up_to_date
from tests.store.world import Picture, WebPage, World

KEY = captions.CaptionKey("builtin", "abc", "1", "en")


@pytest.fixture
def world(engine) -> World:
    bring_up_to_date(engine)
    return World(engine, pages={"/": WebPage([Picture("/tea.jpg")])})


def look(world: World) -> None:
    """Caption what waits as the worker does."""
    with writing(world.engine) as session:
        results = []
        for image in queue.claim(session, "w", 10, 60):
            asset = captions.AssetFacts(world.sha256(image.fetch_url), "PNG", 1, 1, 1, None, (), b"")
            results.append(ImageResult(image, AssetResult(asset, Validators(None, None), Caption("A tin", 0.9))))
        assert store_results(session, "w", KEY, results).captioned == len(results) > 0


def test_a_text_follows_its_bytes_to_another_host_and_leaves_others_alone(world):
    world.crawl()
    look(world)
    with writing(world.engine) as session:
        world._draft(session, session.scalars(select(Image.id)).one(), world.sha256("/tea.jpg"))
    world.decide(world.suggestion_ids()[0], "edited", "A tin of tea")
    world.origin = "https://store.test"
    world.crawl()
    assert world.shown()[0][2] is None
    look(world)
    assert world.shown()[0][2:] == ("A tin of tea", "edited", False)
    world.content["/tea.jpg"] = 1
    with writing(world.engine) as session:
        queue.requeue_captioned(session)
    look(world)
    assert world.shown()[0][2] is None
