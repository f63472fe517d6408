"""`caption` and `caption --estimate` with caption.context: place, as jobs."""

from __future__ import annotations

import pytest

from alt_audit.config import load_settings
from alt_audit.jobs import caption as job
from alt_audit.jobs.events import CaptionerNote, Requeue, Requeued
from core.records import Context
from store.captions_again import Which
from store.engine import connect
from store.schema import upgrade
from tests.captioning.chat_server import serve_chat
from tests.captioning.images import jpeg, serve_images
from tests.storefill import MISSING, occurrence, store_visits, visit


@pytest.fixture
def store(tmp_path):
    engine = connect(f"sqlite:///{tmp_path}/alt-audit.db")
    upgrade(engine)
    yield engine
    engine.dispose()


def show(store, url: str, contexts: list[Context]) -> None:
    """A page for each context."""
    places = [(occurrence("x", image_url=url, fetch_url=url, context=context), MISSING) for context in contexts]
    pages = (visit(f"{url[-5]}{number}", place) for number, place in enumerate(places))
    store_visits(store, *pages)


def test_places_are_asked_about_where_that_is_set_and_again_when_they_change(store):
    with serve_images() as images, serve_chat() as chat:
        images.files |= {"/a.jpg": jpeg(1), "/b.jpg": jpeg(2)}
        events = []

        def settings(**more: object):
            options = {"model": f"openai:seer@{chat.url}", "context": "place", "allow_private": ["127.0.0.0/8"]}
            return load_settings(None, database=str(store.url), caption=options | more)

        def asked(*, context: str = "place", **options: object) -> int:
            chat.requests.clear()
            events.clear()
            job.caption(settings(context=context), events.append, **options)
            return sum("colour" not in one["messages"][0]["content"][0]["text"] for one in chat.requests)

        show(store, images.url + "/a.jpg", [Context(heading="Old", figcaption="1"), Context(figcaption="2")])
        assert asked(context="none") == 1
        assert asked() == 0  # switched on, it costs nothing by itself
        assert asked(recaption=True) == 2
        assert Requeued(Requeue.OTHER_MODEL, 1) in events
        assert asked(recaption=True) == 0
        show(store, images.url + "/a.jpg", [Context(heading="New", figcaption="1"), Context(figcaption="2")])
        assert asked(context="none") == 0
        assert asked() == 1
        assert Requeued(Requeue.MOVED, 1) in events
        assert asked() == 0
        assert asked(again=Which()) == 2
        show(store, images.url + "/b.jpg", [Context(figcaption=name) for name in "xyz"])
        ahead = job.estimate(settings(), events.append)
        assert (ahead.images, ahead.estimate.pictures) == (1, 3)
        assert job.estimate(settings(contexts=1), events.append).estimate.pictures == 1
        events.clear()
        job.caption(settings(model="builtin"), events.append)
        notes = [event.text for event in events if isinstance(event, CaptionerNote)]
        assert any("takes no questions: caption.context says nothing to it" in note for note in notes)
