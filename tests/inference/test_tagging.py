"""Taggers: the real classes, tiny, loaded as a user's would be."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from core.errors import CaptionerError
from inference.tagging import MAX_TOKENS, Tagger
from tests.inference.tiny_taggers import KEYWORDS, save_tagger


@pytest.fixture(scope="module")
def t5(tmp_path_factory):
    return save_tagger(tmp_path_factory.mktemp("tagger"))


def test_a_t5_model_says_what_it_learnt_in_order_and_in_batches(t5):
    tagger = Tagger(str(t5))
    assert tagger.tag([*KEYWORDS] * 9) == [*KEYWORDS.values()] * 9
    assert tagger.tag([]) == []
    assert Tagger(str(t5)).info == tagger.info


def test_what_a_model_reads_and_says_is_bounded(tmp_path):
    """Random weights, which never come to an end."""
    [said] = Tagger(str(save_tagger(tmp_path, steps=0))).tag(["A dog " * 5000])
    assert len(said) <= MAX_TOKENS * 20


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", json.dumps({"model_type": "marian"}), r"is a marian model: suggest\.tags takes T5's family"),
        ("config.json", "[]", "cannot be used to write keywords; take a model of T5's family"),
        ("config.json", "{", "cannot be used to write keywords"),
        ("config.json", None, "holds no model"),
        ("model.safetensors", "weights", "cannot be used to write keywords"),
        ("tokenizer.json", "{", "cannot be used to write keywords"),
    ],
)
def test_what_is_no_tagger_is_said_in_one_line(t5, tmp_path, name, content, message):
    folder = shutil.copytree(t5, tmp_path / "model")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(CaptionerError, match=message) as raised:
        Tagger(str(folder)).tag(["A dog"])
    assert "\n" not in str(raised.value)


def test_a_tokenizer_that_needs_a_package_says_which(t5, tmp_path, monkeypatch):
    folder = shutil.copytree(t5, tmp_path / "model")
    (folder / "tokenizer.json").rename(folder / "spiece.model")
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(CaptionerError, match=r'pip install "alt-audit\[translate\]"'):
        Tagger(str(folder)).tag(["A dog"])
