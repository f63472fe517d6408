"""Captions to words of a vocabulary and back, and which words say something of a picture."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from core.tokens import UNSPACED
from rules.words import LANGUAGES, small_words

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMA = ","  # the only mark that is a word of its own

# Words that stand in an English caption whatever the picture shows. The bag of words knows nothing of them.
FUNCTION_WORDS = frozenset(
    """
    a above across after against along an and another are around as at be before behind being beside between by
    down during each for from has have he her him his in into is it its itself near next of off on one onto or other
    out over she some that the their them there they this through to top towards under up while who with without 's ,
    """.split()
)

# Signs that belong to the letter before, which \w does not know: vowels of Hindi and Thai, accents that stand alone.
_SIGNS = "".join(chr(code) for code in range(0x300, 0x1C00) if unicodedata.category(chr(code)).startswith("M"))
_LETTERS = rf"(?:[^\W_{UNSPACED}][{_SIGNS}]*)+"
_ENDINGS = r"n't\b|'(?:s|t|re|ve|ll|d|m)\b"
_WORDS = re.compile(
    rf"{_ENDINGS}|[0-9]+(?:[.,][0-9]+)+|{_LETTERS}(?:-{_LETTERS})*(?:(?!{_ENDINGS})'(?=[^\W_]))?"  # dog's, l'homme
    rf"|[{UNSPACED}][{_SIGNS}]*|{COMMA}"
)
_JOINED = re.compile(rf" (?={_ENDINGS}|{COMMA})|(?<=\w') |(?<=[{UNSPACED}{_SIGNS}]) (?=[{UNSPACED}])")
# By spelling, which is enough for the vocabulary: "a uniform" and "a European" begin with a consonant's sound.
_VOWEL_SOUND = r"(?:[aeioAEIO]|[uU](?!ni|s|ti))(?!uropean|ne\b)"
_A_BEFORE_VOWEL = re.compile(rf"\ba (?={_VOWEL_SOUND})")
_AN_BEFORE_CONSONANT = re.compile(rf"\ban (?=[a-zA-Z])(?!{_VOWEL_SOUND})")


def split_words(caption: str) -> list[str]:
    """A caption's words as they are written, commas among them: in scripts without spaces its characters."""
    return _WORDS.findall(unicodedata.normalize("NFC", caption).replace("’", "'"))


def function_words_of(language: str) -> frozenset[str]:
    """Words that stand in a caption whatever the picture shows, in lower case; none of a language without a list."""
    if language == "en":
        return FUNCTION_WORDS
    return frozenset({COMMA, *(small_words(language) if language in LANGUAGES else ())})


def write_sentence(words: Sequence[str], language: str = "en", end: str = ".") -> str:
    """Words -> a sentence: endings joined, a/an by sound, a capital, `end`. No words, no sentence."""
    if not words:
        return ""
    text = _JOINED.sub("", " ".join(words))
    if language == "en":
        text = _A_BEFORE_VOWEL.sub("an ", text)
        text = _AN_BEFORE_CONSONANT.sub("a ", text)
    return f"{text[0].upper()}{text[1:]}{end}"
