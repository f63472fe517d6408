"""Models measured on a dataset: from files to figures, tables and a page."""

from __future__ import annotations

import json

import pytest

from alt_audit.config import load_settings
from alt_audit.jobs.evaluate_models import evaluate_models
from captioning.datasets.records import Picture
from captioning.evaluation.answers import Answers
from captioning.evaluation.figures import figures_of
from captioning.evaluation.look import look
from core.errors import ImageError, UsageError
from core.model_evaluation import MeasuredPicture, ModelEvaluation
from core.records import Stage
from inference.protocol import Caption
from reports.evaluation.models.as_text import terminal_lines
from reports.evaluation.models.write import write_models
from tests.captioning.images import jpeg
from tests.captioning.plain import PlainCaptioner
from tests.captioning.test_datasets import coco, picture, said

TEXTS = [("a black dog runs",), ("a red ball on grass",), ("two people at the sea", "people at the sea"), ("a cat",)]


class Wide(PlainCaptioner):
    """Says how wide a picture is, and breaks on one that is 13 wide."""

    batch_size = 2

    def generate(self, batch):
        if 13 in batch:
            raise ValueError("thirteen")
        return [Caption(f"a picture {width} wide", 0.5) for width in batch]


@pytest.fixture
def pictures(tmp_path):
    return [Picture(n, tmp_path / f"{n}.jpg", texts) for n, texts in enumerate(TEXTS)]


def test_a_model_is_asked_about_each_picture_and_what_fails_is_said(pictures, tmp_path):
    for n, width in enumerate((10, 13)):
        pictures[n].path.write_bytes(jpeg(n, (width, 10)))
    pictures[2].path.write_bytes(b"no picture")
    told = []
    with Answers(tmp_path, Wide().info) as kept:
        answers, seconds = look(
            Wide(),
            pictures,
            load_settings(None).caption,
            kept,
            progress=lambda done, known: told.append((done, known)),
            tell=told.append,
        )
    assert seconds > 0
    assert answers[0] == Caption("a picture 10 wide", 0.5)
    assert [f"{one.stage}/{one.code}" for one in answers[1:]] == [
        "generate/error",
        "decode/unsupported_format",
        "fetch/error",
    ]
    assert told == [(2, 4), (4, 4)]


def test_silence_counts_and_what_is_withheld_is_told_apart(pictures):
    captions = [
        Caption("A black dog runs.", 0.9),
        Caption(None, 0.1, withheld="A red ball."),
        ImageError(Stage.DECODE, "truncated", ""),
        Caption("A dog.", 0.5),
    ]
    found = figures_of("one", "model one", pictures, captions, 2.0)
    assert (found.spoken, found.failed) == (2, {"decode/truncated": 1})
    ciders = [one.cider for one in found.answers]
    assert ciders[0] == max(ciders) > ciders[1] > ciders[2] == 0
    assert found.figures.cider == pytest.approx((ciders[0] + ciders[3]) / 4)
    assert found.said.cider == pytest.approx((ciders[0] + ciders[3]) / 2)
    assert found.ungated.cider == pytest.approx(sum(ciders) / 4)
    assert found.figures.bleu[0] < found.ungated.bleu[0] <= found.said.bleu[0]
    assert [(one.confidence, one.in_common) for one in found.calibration.bins] == [(0.1, 1.0), (0.5, 0.0), (0.9, 1.0)]
    assert found.calibration.error == pytest.approx((0.9 + 0.5 + 0.1) / 3)


def test_a_model_that_always_speaks_and_tells_no_confidence_has_one_line(pictures):
    found = figures_of("one", "model one", pictures, [Caption("a dog", None)] * 4, 1.0)
    assert (found.said, found.ungated, found.calibration) == (None, None, None)
    silent = figures_of("two", "model two", pictures, [Caption(None, None)] * 4, 1.0)
    assert (silent.spoken, silent.said, silent.figures.cider) == (0, None, 0)
    evaluation = ModelEvaluation("shop", "dev", _measured(pictures), 0, (found, silent))
    lines = list(terminal_lines(evaluation))
    assert max(map(len, lines[-5:])) <= 80
    assert "It says nothing of 100% of the pictures" in " ".join(lines)


def _measured(pictures):
    return tuple(MeasuredPicture(str(one.id), str(one.path), one.captions) for one in pictures)


def test_the_page_shows_where_models_differ_most_and_nothing_of_it_is_markup(pictures, tmp_path):
    hostile = "<script>alert(1)</script> | *dog*"
    first = figures_of("a", "a", pictures, [Caption("a black dog runs", 0.5), *[Caption(hostile, 0.5)] * 3], 1.0)
    second = figures_of("b", "b", pictures, [Caption(hostile, None)] * 4, 1.0)
    evaluation = ModelEvaluation("shop", "dev", _measured(pictures), 0, (first, second))
    page, markdown, data = write_models(evaluation, lambda place: b"WEBP" if place == 0 else None, tmp_path / "out")
    html = page.read_text("utf-8")
    assert "<script>alert" not in html
    assert html.index("Where they differ most") < html.index("a black dog runs")
    assert html.count("<img src=") == 1
    assert "<script>" not in markdown.read_text("utf-8")
    read = json.loads(data.read_text("utf-8"))
    assert [one["pictures_per_s"] for one in read["models"]] == [4.0, 4.0]
    assert read["models"][0]["answers"][0]["text"] == "a black dog runs"


@pytest.mark.parametrize(
    ("split", "told"), [(None, "no dev split, only train"), ("dev", "no dev split, only train"), ("test", None)]
)
def test_the_split_that_is_asked_about_is_there(tmp_path, split, told):
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    (tmp_path / "b.jpg").write_bytes(jpeg(2))
    path = coco(
        tmp_path / "all.json",
        [picture(1, "a.jpg", split="train"), picture(2, "b.jpg", split="test")],
        [said(1, "A dog."), said(2, "A cat.")],
    )
    settings = load_settings(None)
    if told is None:
        run = evaluate_models(
            settings, lambda event: None, dataset=path, models=["builtin"], folder=tmp_path, split=split
        )
        assert [one.captions for one in run.evaluation.pictures] == [("A cat.",)]
        assert run.thumbnail(0)[:4] == b"RIFF"
        assert run.evaluation.models[0].answers[0].confidence is not None
    else:
        with pytest.raises(UsageError, match=told):
            evaluate_models(
                settings, lambda event: None, dataset=path, models=["builtin"], folder=tmp_path, split=split
            )
