"""The real sentence model, as the extra brings it."""

from __future__ import annotations

import pytest

from inference.sentences import Sentences, is_installed


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.slow
def test_likeness_of_meaning():
    assert is_installed()
    pairs = [
        ("A cat sleeps on a sofa", "A kitten is asleep on the couch", "en"),
        ("A cat sleeps on a sofa", "The print dialog", "en"),
        ("The print dialog", "The print dialog", "und"),
        ("Eine Katze", "Eine Katze", "de"),
    ]
    alike, other, same, foreign = Sentences().similarity(pairs)
    assert alike > 0.7 > 0.3 > other
    assert same == pytest.approx(1.0, abs=1e-5)
    assert foreign is None
    assert Sentences().similarity([]) == []
