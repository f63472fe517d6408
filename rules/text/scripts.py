"""Which writing systems a language is written in, as far as a text can be told by its letters."""

from __future__ import annotations

import re
from collections import Counter

from core.languages import primary_subtag

# Unicode blocks that hold the letters of everyday text.
_SCRIPTS = {
    "latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u052f",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff\u0750-\u077f",
    "devanagari": "\u0900-\u097f",
    "thai": "\u0e00-\u0e7f",
    "hangul": "\u1100-\u11ff\uac00-\ud7af",
    "cjk": "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff",
}
_LETTERS = {name: re.compile(f"[{block}]") for name, block in _SCRIPTS.items()}
# Languages with a script of their own; those that are not named here and use several are never judged.
_LANGUAGES = {
    ("latin",): "en de fr es it nl pt da sv nb nn no fi is pl cs sk hu ro hr sl et lv lt tr ca eu gl ga cy",
    ("cyrillic",): "ru uk bg be mk",
    ("arabic",): "ar fa ur",
    ("devanagari",): "hi mr ne",
    ("greek",): "el",
    ("hebrew",): "he",
    ("thai",): "th",
    ("hangul", "cjk"): "ko",
    ("cjk",): "ja zh",
}
_WRITTEN_IN = {language: scripts for scripts, languages in _LANGUAGES.items() for language in languages.split()}
_LATIN_SENTENCE = re.compile(r"\b(?:[a-z]+[^\w\s]*\s+){3}[a-z]+", re.I)  # names of files have no spaces


def scripts_of(lang: str) -> tuple[str, ...] | None:
    """The scripts that a language (a tag) is written in; None where it is not known to be written in few."""
    return ("latin",) if "latn" in lang.lower() else _WRITTEN_IN.get(primary_subtag(lang))


def foreign_script(text: str, lang: str) -> bool:
    """Whether most letters of a text are of a script in which its language (a tag such as "ru-RU") is not written.

    Names and brands are in Latin letters everywhere: four words of them in a row are needed to say that a text
    is not in a language of another script.
    """
    expected = _WRITTEN_IN.get(primary_subtag(lang))
    if expected is None or (text.isascii() and expected == ("latin",)) or "latn" in lang.lower():
        return False
    letters = Counter({name: len(pattern.findall(text)) for name, pattern in _LETTERS.items()})
    name, number = letters.most_common(1)[0]
    if name in expected or number < 3 or number * 2 <= letters.total():
        return False
    return name != "latin" or _LATIN_SENTENCE.search(text) is not None
