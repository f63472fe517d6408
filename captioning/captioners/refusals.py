"""Answers in which a model declines, or says that it was given no picture; in the languages of refusals.toml. Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_GREETING = re.compile(
    r"(?:hi|hello|hey|thank(?:s| you)[^.!,]{0,60}|oh|oops|hmm+|well|hallo|bonjour|hola|ciao|olá|你好|您好"
    r"|こんにちは|안녕하세요)[\s,.!。！，]+",
    re.I,
)
_FIRST_CHARS = 400


def is_refusal(answer: str) -> bool:
    """Whether an answer declines, or says that there is no picture."""
    beginning = answer[:_FIRST_CHARS].lstrip(" \"'“‘([<*_#>-⚠️❌🚫")
    beginning = _GREETING.sub("", beginning, count=1) if _GREETING.match(beginning) else beginning
    return any(pattern.match(beginning) for pattern in _refusals())


@cache
def _refusals() -> tuple[re.Pattern[str], ...]:
    """A pattern for each language."""
    lists = tomllib.loads((files(__package__) / "refusals.toml").read_text("utf-8"))
    return tuple(re.compile("|".join(beginnings), re.I | re.X) for beginnings in lists.values())
