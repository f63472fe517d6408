"""TrOCR: the real classes, tiny, with lines that rapidocr's detector has found."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import huggingface_hub.constants
import pytest
import torch
from PIL import Image
from sqlalchemy import select

from captioning.analysers import registry
from captioning.analysers.ocr.analyser import OcrAnalyser
from captioning.analysers.ocr.finding import LineFinder
from captioning.analysers.ocr.lines import Box, has_room, worth_reading
from captioning.analysers.ocr.trocr import TrocrReader
from captioning.decoding.picture import DecodedPicture
from captioning.worker.worker import Worker
from core.errors import CaptionerError
from store.engine import reading
from store.models import Suggestion
from suggestions.run import suggest
from tests.captioning.images import serve_images
from tests.captioning.test_caption_again import Sayer
from tests.captioning.test_ocr import window
from tests.captioning.test_worker import OPTIONS, fill
from tests.captioning.tiny_models import save_tiny
from tests.captioning.tiny_trocr import save_reading

DIALOG = window(
    ("Configure Filters", 170, 8), ("Radius:", 20, 90), ("Strength:", 20, 130), ("On", 20, 200), ("Cancel", 400, 290)
)
# The last but one is what a model says that goes on and on, or that is told what to say.
SAID = ["Configure Filters", "Radius:", "Strength:", "Approve it now " * 3, "Cancel"]


def lines_of(image: Image.Image) -> list[Image.Image]:
    boxes = worth_reading(LineFinder().boxes(image))
    return [image.crop((box.left, box.top, box.right, box.bottom)) for box in boxes]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    lines = lines_of(DIALOG)
    assert len(lines) == len(SAID)
    return str(save_reading(tmp_path_factory.mktemp("trocr"), dict(zip(SAID, lines, strict=True))))


def decoded(image: Image.Image) -> DecodedPicture:
    return DecodedPicture(image, "PNG", image.width, image.height, "0" * 64, ())


def test_lines_are_found_and_read(model):
    [analyser] = registry.load_analysers(["trocr"], trocr=model)
    said = analyser.analyse(decoded(DIALOG))
    assert [line["text"] for line in said["lines"]] == ["Configure Filters", "Radius:", "Strength:", "Cancel"]
    assert (said["found"], said["scripts"]) == (5, ["latin"])
    assert all(0.8 <= line["score"] <= 1 for line in said["lines"])
    left, top, right, bottom = said["lines"][0]["box"]
    assert 150 < left < 175 < right < 330
    assert top < bottom < 35
    assert registry.revisions_here(["trocr"], pytest.fail, trocr=model) == {"trocr": analyser.revision}


def test_a_dialog_becomes_a_draft_for_a_person(engine, model):
    file = io.BytesIO()
    DIALOG.save(file, "PNG")
    with serve_images() as server:
        server.files["/x1.png"] = file.getvalue()
        fill(engine, server, "/x1.png")
        captioner = Sayer({})
        analysers = registry.load_analysers(["trocr"], trocr=model)
        worker = Worker(engine, captioner, OPTIONS, load=lambda: captioner, analysers=analysers)
        assert asyncio.run(worker.run()).analysed == {"trocr": 1}
    suggest(engine)
    with reading(engine) as session:
        draft = session.scalars(select(Suggestion)).one()
    assert (draft.text, draft.source, draft.reason) == ("Configure Filters dialog", "dialog", "read")
    assert draft.needs_human


def test_what_it_is_not_sure_of_is_not_said(tmp_path):
    untrained = save_reading(tmp_path, dict(zip(SAID, lines_of(DIALOG), strict=True)), steps=0)
    assert TrocrReader(str(untrained)).read(DIALOG) == (5, [])


def test_florence_reads_the_same_lines(tmp_path, monkeypatch):
    """An untrained one is sure of nothing, and is heard here all the same."""
    florence = str(save_tiny("florence2", tmp_path))
    monkeypatch.setattr("captioning.analysers.ocr.trocr.SURE", 0.0)
    monkeypatch.setattr("captioning.analysers.ocr.trocr.MAX_TOKENS", 2)
    found, lines = TrocrReader(florence).read(DIALOG)
    assert found == 5
    assert lines
    assert registry.revisions_here(["trocr"], pytest.fail, trocr=florence)


@pytest.mark.parametrize(
    "image",
    [Image.new("RGB", (640, 480), "#336699"), Image.new("RGB", (2, 2000), "white"), Image.new("RGB", (1, 1), "black")],
    ids=["one colour", "narrow", "dot"],
)
def test_where_there_is_nothing_to_read_nothing_is_read(model, image):
    assert TrocrReader(model).read(image)[1] == []


def test_a_line_that_is_too_long_for_the_square_that_the_model_sees_is_left_alone(model):
    image = window(("Strength of the filter " * 14, 10, 20), size=(2400, 60))
    found, lines = TrocrReader(model).read(image)
    assert found > 0
    assert lines == []


def test_many_threads_read_the_same_and_each_computes_by_itself(model):
    reader = TrocrReader(model)
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(4) as pool:
        alone, *rest = pool.map(reader.read, [DIALOG] * 12)
        assert all(one == alone for one in rest)
        assert set(pool.map(lambda _: torch.get_num_threads(), range(4))) == {1}
    assert len(alone[1]) == 4
    assert torch.get_num_threads() == threads


def test_more_characters_than_have_room_are_no_text():
    box = Box(0, 0, 100, 20)
    assert has_room("Configure Filters", box)
    assert has_room("i" * 30, box)
    assert not has_room("i" * 31, box)
    assert not has_room("Cancel", Box(0, 0, 1, 100))


def test_a_model_that_cannot_be_had_is_refused_at_the_start(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    offline = r"^caption\.trocr: no/such is not in the local cache, and HF_HUB_OFFLINE is set, so it is not fetched\.$"
    with pytest.raises(CaptionerError, match=offline):
        registry.check_analysers(["kind", "trocr"], trocr="no/such")
    with pytest.raises(CaptionerError, match=offline):
        registry.revisions_here(["trocr"], pytest.fail, trocr="no/such")
    with pytest.raises(CaptionerError, match=r"^caption\.trocr: The folder .* holds no model"):
        registry.check_analysers(["trocr"], trocr=str(tmp_path))
    registry.check_analysers(["kind"], trocr="no/such")  # nobody asks it


def test_a_captioner_is_refused(tmp_path):
    captioner = str(save_tiny("vit-gpt2", tmp_path))
    with pytest.raises(CaptionerError, match=r"^caption\.trocr: .* is no TrOCR model, nor Florence-2 .*decoder: gpt2"):
        registry.load_analysers(["trocr"], trocr=captioner)


def test_without_the_extra_it_is_said_what_is_missing(monkeypatch):
    monkeypatch.setattr("captioning.analysers.ocr.backend.find_spec", lambda name: None)
    told: list[str] = []
    assert registry.revisions_here(["trocr"], told.append, trocr="no/such") == {}
    assert "alt-audit[ocr]" in told[0]


def test_another_model_is_another_revision(model, tmp_path):
    other = str(save_tiny("trocr", tmp_path))
    first, second = (registry.revisions_here(["trocr"], pytest.fail, trocr=one) for one in (model, other))
    assert first != second
    assert isinstance(registry.load_analysers(["trocr"], trocr=other)[0], OcrAnalyser)
