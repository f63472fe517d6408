"""Pictures that the same model looks at again, and what people decided of them before."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from captioning.worker.worker import Worker, caption_key
from core.errors import UsageError
from core.records import DecisionState
from inference.protocol import Caption
from store import captions_again
from store.captions_again import read_which
from store.counts import caption_sources, counts
from store.deciding import Choice, Seen, decide
from store.engine import reading, writing
from store.models import Analysis, Suggestion
from suggestions.run import suggest
from tests.captioning.images import jpeg, serve_images
from tests.captioning.plain import PlainCaptioner
from tests.captioning.test_worker import OPTIONS, fill
from tests.storefill import SITE_ID


class Sayer(PlainCaptioner):
    """Says what it is told to by the width of a picture, else nothing; counts how often it is asked."""

    def __init__(self, said: dict[int, str]) -> None:
        self.said = said
        self.asked: list[int] = []

    def generate(self, batch):
        self.asked += batch
        return [Caption(self.said.get(width), 0.9) for width in batch]


@pytest.fixture
def server():
    with serve_images() as running:
        yield running


@pytest.fixture
def store(engine, server):
    """Four pictures, two of which the model was silent on."""
    server.files |= {f"/{width}.jpg": jpeg(width, (width, 40)) for width in (20, 30, 40, 50)}
    fill(engine, server, *server.files)
    work(engine, Sayer({20: "a dog runs", 30: "sure thing, a cat"}))
    return engine


def work(engine, captioner) -> list[int]:
    worker = Worker(engine, captioner, OPTIONS, load=lambda: captioner)
    asyncio.run(worker.run())
    suggest(engine, only_stale=True)
    return sorted(captioner.asked)


def again(engine, captioner, *where: str) -> list[int]:
    with writing(engine) as session:
        captions_again.again(session, caption_key(captioner), read_which(where))
    return work(engine, captioner)


def texts(engine) -> set[str | None]:
    with reading(engine) as session:
        return set(session.scalars(select(Suggestion.text)))


def test_the_same_model_is_asked_again_where_it_was_silent(store):
    assert work(store, Sayer({})) == []
    mended = Sayer({40: "a kettle on a stove", 50: "a tree in a field"})
    assert again(store, mended, "silent") == [40, 50]
    assert {"A kettle on a stove", "A tree in a field", "A dog runs"} <= texts(store)
    with reading(store) as session:
        assert counts(session).as_json()["queue"]["captioned"] == 4
        [source] = caption_sources(session, SITE_ID)
    assert (source.pictures, source.abstained) == (4, 0)
    assert again(store, Sayer({}), "silent") == []


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ((), [20, 30, 40, 50]),
        (("text~^sure",), [30]),
        (("text~DOG|cat",), [20, 30]),
        (("text~^sure", "text~dog"), []),
        (("model=plain",), [20, 30, 40, 50]),
        (("model=pl*", "silent"), [40, 50]),
        (("revision=2",), []),
        (("prompt=1", "language=en", "text~dog"), [20]),
        (("model=[p]lain",), []),
    ],
)
def test_which_captions_are_given_anew(store, where, asked):
    assert again(store, Sayer({20: "a dog sits"}), *where) == asked


def test_it_can_be_done_as_often_as_it_takes(store):
    for number in range(3):
        assert again(store, Sayer({20: f"a dog on {number + 2} rugs"}), "text~dog") == [20]
    assert "A dog on 4 rugs" in texts(store)
    with reading(store) as session:
        said = session.scalars(select(Analysis.data["text"].as_string()).order_by(Analysis.id)).all()
    assert [text for text in said if text and "dog" in text] == [
        "a dog runs",
        "a dog on 2 rugs",
        "a dog on 3 rugs",
        "a dog on 4 rugs",
    ]


def test_what_a_person_decided_stays(store):
    with writing(store) as session:
        row = session.scalars(select(Suggestion).where(Suggestion.text == "A dog runs")).one()
        seen = Seen(row.text, row.state)
        choice = Choice(row.image_id, row.context_key, DecisionState.EDITED, "Rex at full speed", seen)
        (made,) = decide(session, SITE_ID, [choice], who="Ann")
        assert isinstance(made, int)
    assert again(store, Sayer({20: "a cow"})) == [20, 30, 40, 50]
    with reading(store) as session:
        row = session.scalars(select(Suggestion).where(Suggestion.origin == "human")).one()
        assert (row.text, row.state) == ("Rex at full speed", "edited")
    assert "A cow" not in texts(store)


def test_drafts_stay_until_the_new_caption_is_there(store):
    with writing(store) as session:
        captions_again.again(session, caption_key(Sayer({})), read_which(()))
    suggest(store, only_stale=True)
    assert "A dog runs" in texts(store)


@pytest.mark.parametrize("where", ["loud", "text~", "text~(", "text=dog", "model~x", "=", "colour=red", ""])
def test_what_is_no_description_is_a_usage_error(where):
    with pytest.raises(UsageError, match="--where"):
        read_which([where])
