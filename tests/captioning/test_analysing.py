"""Analysers beside the captioner: each picture once, in the caption's transaction; one that breaks costs its answer."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field
from typing import Any

import PIL.Image
import pytest
from pydantic import ValidationError
from sqlalchemy import select

from captioning.analysers import registry
from captioning.caption_options import CaptionOptions
from captioning.decoding.picture import DecodedPicture
from captioning.worker.worker import Worker, caption_key
from core.errors import UsageError
from store import captions_again
from store.analyses import FAILED, newest_analyses
from store.captions_again import read_which
from store.engine import reading, writing
from store.models import CAPTION, Analysis, Image
from store.suggestions import context_groups
from suggestions.composer_version import inputs_digest
from tests.captioning.images import jpeg, serve_images
from tests.captioning.test_caption_again import Sayer
from tests.captioning.test_worker import OPTIONS, fill


@dataclass
class Measure:
    """Says how wide the file and the decoded picture are, and breaks where it is told to."""

    name: str = "measure"
    revision: str = "1"
    side_px: int = 10
    breaks_at: int = 0
    says: dict[str, Any] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def analyse(self, picture: DecodedPicture) -> dict[str, Any]:
        self.asked.append(picture.width)
        if picture.width == self.breaks_at:
            raise RuntimeError("this picture\x00 breaks it")
        return {"width": picture.width, "seen": min(picture.image.size)} | self.says


def png(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.linear_gradient("L").resize(size).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def server():
    with serve_images() as running:
        running.files |= {f"/{width}.jpg": jpeg(width, (width, 40)) for width in (20, 30)}
        yield running


def work(engine, *analysers, captioner=None, options=OPTIONS):
    captioner = captioner or Sayer({20: "a dog runs"})
    worker = Worker(engine, captioner, options, load=lambda: captioner, analysers=analysers)
    return asyncio.run(worker.run())


def rows(engine, analyser="measure") -> list[tuple[str, dict[str, Any]]]:
    with reading(engine) as session:
        said = select(Analysis.revision, Analysis.data).where(Analysis.analyser == analyser).order_by(Analysis.id)
        return [tuple(row) for row in session.execute(said)]


def test_what_is_said_of_a_picture_is_stored_with_its_caption(engine, server):
    fill(engine, server, *server.files)
    measure = Measure()
    summary = work(engine, measure)
    assert sorted(rows(engine), key=str) == [("1", {"width": 20, "seen": 20}), ("1", {"width": 30, "seen": 30})]
    assert (summary.captioned, summary.analysed, summary.not_analysed) == (2, {"measure": 2}, {})
    with reading(engine) as session:
        image_ids = session.scalars(select(Image.id)).all()
        groups = context_groups(session, image_ids)
    assert sorted(group.analyses["measure"]["width"] for group in groups) == [20, 30]


def test_one_that_breaks_costs_its_analysis_and_no_image(engine, server):
    fill(engine, server, *server.files)
    summary = work(engine, Measure(breaks_at=20), Measure(name="other"))
    assert (summary.captioned, summary.failed.total()) == (2, 0)
    assert (summary.analysed, summary.not_analysed) == ({"measure": 1, "other": 2}, {"measure": 1})
    assert summary.why_not_analysed == {"measure": "RuntimeError: this picture� breaks it"}
    assert ("1", {FAILED: "RuntimeError: this picture� breaks it"}) in rows(engine)
    with reading(engine) as session:
        found = newest_analyses(session, session.scalars(select(Image.id)).all())
    assert sorted(sorted(said) for said in found.values()) == [["measure", "other"], ["other"]]


@pytest.mark.parametrize(
    "says",
    [{"p": float("nan")}, {"image": object()}, {"text": "x" * 70_000}, {"text": "\ud800 \x00"}, {"x": {1: (2,)}}],
)
def test_whatever_it_says_the_store_takes_it_or_never_sees_it(engine, server, says):
    fill(engine, server, "/20.jpg")
    assert work(engine, Measure(says=says)).captioned == 1
    [(_, data)] = rows(engine)
    assert data.get("text") == "� �" or data.get("x") == {"1": [2]} or list(data) == [FAILED]


def test_a_picture_is_looked_at_once(engine, server):
    server.files |= {f"/copy{n}.jpg": server.files["/20.jpg"] for n in range(6)}
    fill(engine, server, *server.files)
    measure = Measure()
    work(engine, measure, options=OPTIONS.model_copy(update={"prepare_threads": 1}))
    assert sorted(measure.asked) == [20, 30]
    assert len(rows(engine)) == 2
    with writing(engine) as session:
        captions_again.again(session, caption_key(Sayer({})), read_which(()))
    work(engine, measure)  # asks the captioner again, and nobody else
    assert sorted(measure.asked) == [20, 30]


def test_pictures_get_what_they_lack_without_the_captioner(engine, server):
    fill(engine, server, *server.files)
    first, second = Sayer({20: "a dog runs"}), Sayer({})
    work(engine, captioner=first)
    revisions = {"measure": "1"}
    with writing(engine) as session:
        which = read_which(["without=measure"])
        assert captions_again.count(session, which, revisions=revisions) == 2
        assert captions_again.again(session, caption_key(first), which, revisions=revisions) == 2
    measure = Measure(breaks_at=30)
    summary = work(engine, measure, captioner=second)
    assert (sorted(measure.asked), second.asked, summary.reused) == ([20, 30], [], 2)
    with writing(engine) as session:  # what broke, and no more
        assert captions_again.again(session, caption_key(first), which, revisions=revisions) == 1
    work(engine, measure := Measure(), captioner=second)
    assert (measure.asked, second.asked) == ([30], [])
    with reading(engine) as session:
        assert captions_again.count(session, which, revisions=revisions) == 0
        assert captions_again.count(session, which, revisions={"measure": "2"}) == 2
        with pytest.raises(UsageError, match=r"without=tags.*measure"):
            captions_again.count(session, read_which(["without=tags"]), revisions=revisions)


def test_the_newest_revision_counts_and_makes_drafts_anew(engine, server):
    fill(engine, server, "/20.jpg")
    work(engine, Measure())
    with reading(engine) as session:
        [before] = context_groups(session, session.scalars(select(Image.id)).all())
    with writing(engine) as session:
        captions_again.again(
            session, caption_key(Sayer({})), read_which(["without=measure"]), revisions={"measure": "2"}
        )
    work(engine, Measure(revision="2", says={"width": 7}))
    assert [revision for revision, _ in rows(engine)] == ["1", "2"]
    with reading(engine) as session:
        [after] = context_groups(session, session.scalars(select(Image.id)).all())
    assert (before.analyses["measure"]["width"], after.analyses["measure"]["width"]) == (20, 7)
    assert inputs_digest(before, (), "v") != inputs_digest(after, (), "v")


def test_a_refresh_looks_at_what_an_analyser_has_not_seen(engine, server):
    from store import queue

    fill(engine, server, "/20.jpg")
    work(engine)
    for expected in ([20], []):
        with writing(engine) as session:
            queue.requeue_captioned(session, None)
        measure = Measure()
        work(engine, measure)
        assert measure.asked == expected


def test_the_captioner_gets_no_larger_picture_because_an_analyser_wants_one(engine, server):
    class Sized(Sayer):
        side_px = 100

        def prepare(self, image):
            return image.width

    server.files = {"/large.png": png((1600, 1200))}
    fill(engine, server, "/large.png")
    alone, beside = Sized({}), Sized({})
    work(engine, captioner=alone)
    with writing(engine) as session:
        captions_again.again(session, caption_key(alone), read_which(()))
    work(engine, Measure(side_px=1200), captioner=beside)
    assert alone.asked == beside.asked
    assert rows(engine) == [("1", {"width": 1600, "seen": 1200})]


def test_only_what_needs_a_text_is_looked_at(engine, server):
    fill(engine, server, *server.files)
    with writing(engine) as session:
        for image in session.scalars(select(Image).where(Image.url.like("%30.jpg"))):
            image.state = "skipped"
    work(engine, measure := Measure())
    assert measure.asked == [20]


def test_names_are_checked_and_what_is_not_installed_is_said_once(monkeypatch):
    class Absent:
        def missing(self):
            return "pip install 'alt-audit[absent]'"

    class Present:
        def missing(self):
            return None

        def revision(self):
            return "1"

        def load(self):
            return Measure()

    monkeypatch.setitem(registry.BACKENDS, "absent", Absent())
    monkeypatch.setitem(registry.BACKENDS, "measure", Present())
    told: list[str] = []
    assert registry.revisions_here(["absent", "measure", "absent"], told.append) == {"measure": "1"}
    assert told == ["Pictures are not looked at for absent: pip install 'alt-audit[absent]'"]
    assert [analyser.name for analyser in registry.load_analysers(["measure"])] == ["measure"]
    assert CaptionOptions(analysers=["measure"]).analysers == ["measure"]
    with pytest.raises(ValidationError, match="'loud' is no analyser"):
        CaptionOptions(analysers=["loud"])
    assert CAPTION not in registry.BACKENDS


def test_a_picture_of_a_kind_that_needs_no_look_is_spared(engine, server):
    class Kind(Measure):
        def analyse(self, picture):
            return {"kind": "photograph" if picture.width == 20 else "unknown"}

    class Sparing(Measure):
        spared = frozenset({"photograph"})

    fill(engine, server, *server.files)
    sparing = Sparing("reading")
    work(engine, Kind("kind"), sparing)
    assert sparing.asked == [30]
    assert {"spared": "photograph"} in [data for _, data in rows(engine, "reading")]
    assert len(rows(engine, "reading")) == 2
    with reading(engine) as session:  # it counts as looked at
        image_ids = session.scalars(select(Image.id)).all()
        assert {"spared": "photograph"} in [said["reading"] for said in newest_analyses(session, image_ids).values()]
