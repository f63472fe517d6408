"""BLEU, ROUGE-L and CIDEr: what others have published for the same texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioning.datasets.read import load_dataset
from captioning.datasets.records import Split
from captioning.scoring import score
from core.tokens import caption_tokens

FLICKR = Path(__file__).resolve().parents[2] / "../shared/datasets/flickr8k"


def test_the_example_of_aac_metrics():
    """README of aac-metrics 0.4.6: BLEU-1 .4278, CIDEr-D .9614, of each 1.3641 and .5587."""
    found = score(
        ["a man is speaking", "rain falls"],
        [
            ["a man speaks.", "someone speaks.", "a man is speaking while a bird is chirping in the background"],
            ["rain is falling hard on a surface"],
        ],
    )
    assert found.bleu[0] == pytest.approx(0.4278, abs=5e-5)
    assert found.cider == pytest.approx(0.9614, abs=5e-5)
    assert found.ciders == pytest.approx((1.3641, 0.5587), abs=5e-5)


def test_the_example_of_nltk():
    """Documentation of nltk.translate.bleu_score: .5045666840058485 and, of both together, .5920778868801042."""
    said = [
        "It is a guide to action which ensures that the military always obeys the commands of the party",
        "he read the book because he was interested in world history",
    ]
    references = [
        [
            "It is a guide to action that ensures that the military will forever heed Party commands",
            "It is the guiding principle which guarantees the military forces always being under the command of the "
            "Party",
            "It is the practical guide for the army always to heed the directions of the party",
        ],
        ["he was interested in world history because he read the book"],
    ]
    assert score(said[:1], references[:1]).bleu[3] == pytest.approx(0.5045666840058485)
    assert score(said, references).bleu[3] == pytest.approx(0.5920778868801042)


@pytest.mark.skipif(not FLICKR.is_dir(), reason="the public dataset is not beside the repository")
def test_one_person_against_the_other_four():
    pictures = load_dataset(FLICKR / "captions_dev.json", print).pictures(Split.DEV)[:150]
    found = score([one.captions[0] for one in pictures], [one.captions[1:] for one in pictures])
    assert 0.65 < found.cider < 0.9  # .80 on all of dev
    assert found.bleu[3] == pytest.approx(0.21, abs=0.03)


def test_silence_scores_nothing():
    found = score(["", "a dog"], [["a dog runs"], ["a dog"]])
    assert found.ciders[0] == 0
    assert score([""], [["a dog"]]).bleu == pytest.approx((0, 0, 0, 0), abs=1e-6)
    with pytest.raises(ValueError):
        score([], [])


def test_words_are_told_apart_in_any_script():
    assert caption_tokens("The dog’s T-shirt, isn't RED.") == ["the", "dog", "'s", "t-shirt", "isn", "t", "red"]
    assert caption_tokens("A dog 's ball .") == ["a", "dog", "'s", "ball"]
    assert caption_tokens("犬が走る。Größe Ёж") == [*"犬が走る", "größe", "ёж"]
