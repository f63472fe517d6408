"""Answers in which a model declines, or says that it was given no picture; in the languages of refusals.toml. Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_GREETING = re.compile(
    r"(?:hi|hello|hey|thank(?:s| you)[^.!,]{0,60}|oh|oops|hmm+|well|hallo|bonjour|hola|ciao|olá|你好|您好|こんにちは"
    r"|안녕하세요)[\s,.!。！，]+|(?:error|fehler|erreur|errore|erro|エラー|错误|錯誤|오류)\s?[:：]\s*",
    re.I,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|「[^」]*」|„[^“”]*[“”]")
_FIRST_CHARS = 400


def begins_with_refusal(answer: str) -> bool:
    """Whether an answer begins as one that declines, or says that there is no picture."""
    beginning = answer[:_FIRST_CHARS].lstrip(" \"'“‘([<*_#>-¿¡⚠️❌🚫")
    beginning = _GREETING.sub("", beginning, count=1) if _GREETING.match(beginning) else beginning
    return any(pattern.match(beginning) for pattern in _patterns("begins"))


def is_refusal(text: str) -> bool:
    """Whether what was taken for a text declines, or says that there is no picture, in whatever place."""
    if begins_with_refusal(text):
        return True
    spoken = _QUOTED.sub('""', text[:_FIRST_CHARS])
    return any(pattern.search(spoken) for pattern in _patterns("holds"))


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    """A pattern for each language that has some of that kind."""
    languages = tomllib.loads((files(__package__) / "refusals.toml").read_text("utf-8")).values()
    return tuple(
        re.compile("|".join(words[kind]).replace("PIC", words.get("pictures", "")), re.I | re.X)
        for words in languages
        if kind in words
    )
