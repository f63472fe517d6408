"""In which language a text is: by its letters, by its small words, then by a detector where it is long enough."""

from __future__ import annotations

import pytest

from core.detector import detected
from suggestions.captions.languages import is_surely_in, surely_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A red running shoe on a rock", "en"),
        ("Chaussure de course rouge sur un rocher", "fr"),
        ("Scarpa da corsa rossa su una roccia", "it"),
        ("Tênis de corrida vermelho sobre uma pedra", "pt"),
        ("Einstellungen im Dialogfenster", "de"),
        ("岩の上の赤いランニングシューズ", "ja"),
        # Too short, or names alone: nobody can tell.
        ("Blaue Tasse", "und"),
        ("Trail Runner 3 shoe", "und"),
        ("Coffee machine Jura Z10", "und"),
        # The detector's Galician and Luxembourgish are no reason to doubt anything.
        ("Zapatilla roja para correr", "und"),
        ("", "und"),
    ],
)
def test_language_of_a_text(text, language):
    assert surely_of(text) == language


def test_twenty_letters_are_too_few_for_the_detector():
    assert detected("Einstellungen im Dia") is None
    assert not is_surely_in("Shoe rock red trail", "de")
    assert is_surely_in("Wanderer am Gipfelkreuz bei Sonnenaufgang", "de")
