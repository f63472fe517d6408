"""Which language a caption or what stands around a picture is in, as far as its words tell. Pure."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from core.detector import detected
from core.languages import UNDETERMINED
from rules.text.scripts import foreign_script
from rules.words import LANGUAGES, small_words

_SURE_WORDS = 2  # small words that no other language of the lists has
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_SCRIPTS = (  # of languages that have one for themselves, nearly
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ru", re.compile(r"[\u0400-\u052f]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)


def language_of(text: str) -> str:
    """The language that a text is in, by its letters and small words; UNDETERMINED where they do not tell.

    Of a script that several languages share it is one of those.
    """
    letters = len(_LATIN.findall(text))
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > max(letters, 1):
            return language
    words = {word.lower() for word in _WORD.findall(text)}
    found = Counter({language: len(words & _only(language)) for language in LANGUAGES})
    (best, number), (_, next_best), *_ = found.most_common()
    return best if number >= _SURE_WORDS and number > 2 * next_best else UNDETERMINED


def surely_of(text: str) -> str:
    """The language of a text by its letters and small words or, where it has more than twenty letters, by a detector.

    UNDETERMINED where neither is sure. Of the languages that the detector takes for others (Galician for Spanish,
    Luxembourgish for German) only those count that the lists have.
    """
    language = language_of(text)
    if language != UNDETERMINED:
        return language
    guessed = detected(text)
    return guessed if guessed in LANGUAGES else UNDETERMINED


def is_surely_in(text: str, language: str) -> bool:
    """Whether something beside the wish of who wrote it says that a text is in a language."""
    return language in {language_of(text), detected(text)}


def is_spoken(text: str, language: str) -> bool:
    """Whether a text may be in a language (a primary subtag), as far as its letters and small words tell."""
    spoken = language_of(text)
    if UNDETERMINED in {spoken, language} or spoken == language:
        return True
    return spoken not in LANGUAGES - {"ja"} and not foreign_script(text, language)


def may_be_english(text: str) -> bool:
    """Whether no other language has more of its small words in a text."""
    words = {word.lower() for word in _WORD.findall(text)}
    found = {language: len(words & small_words(language)) for language in LANGUAGES}
    return max(found.values()) <= found["en"] and language_of(text) in {"en", UNDETERMINED}


@cache
def _only(language: str) -> frozenset[str]:
    """Small words of a language that none of the others has."""
    return small_words(language).difference(*(small_words(other) for other in LANGUAGES - {language}))
