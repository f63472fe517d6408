"""The words of the summary in one language: texts for one and for more, numbers and dates."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Language(StrEnum):
    """The languages that a client may be written to in."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"


_ONE = {Language.FRENCH: (0, 1)}  # of which numbers the first of two texts is; of 1 alone elsewhere (Unicode CLDR)


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in a language."""

    language: Language
    texts: Mapping[str, Any]

    def say(self, name: str, count: int | None = None, **values: str) -> str:
        """A text of the catalogue, with the number that it is about."""
        text = self.texts[name]
        if isinstance(text, list):
            text = text[0 if count in _ONE.get(self.language, (1,)) else 1]
        return str(text).format(n=self.number(count) if count is not None else "", **values)

    def number(self, value: int) -> str:
        """12,345 in the form of the language."""
        return f"{value:,}".replace(",", self.texts["thousands"])

    def date(self, moment: datetime) -> str:
        """The day and minute."""
        month = self.texts["months"].split()[moment.month - 1]
        return str(self.texts["date"]).format(day=moment.day, month=month, year=moment.year, time=f"{moment:%H:%M}")


@cache
def words_of(language: Language) -> Words:
    """The catalogue of a language."""
    catalogue = tomllib.loads(files("reports.summary").joinpath("words.toml").read_text(encoding="utf-8"))
    return Words(language, catalogue[language])
