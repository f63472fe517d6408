"""English captions in the languages of the pages, by the models that are set for it."""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from core.languages import UNDETERMINED
from core.text import comparable, shown_line, storable
from store.engine import reading, writing
from store.translations import Wanted, save_translations, translations
from suggestions.captions.describe import describe
from suggestions.captions.languages import is_spoken, surely_of
from suggestions.wordings import in_language, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from store.suggestions import ContextGroup

MAX_CHARS = 400  # of a text that is translated, and of its translation
ADDRESS = re.compile(r"://|www\.|@")
_NUMBER = re.compile(r"\d+")

log = logging.getLogger(__name__)


class Made(Protocol):
    """What a translation is made by."""

    @property
    def model(self) -> str:
        """Its name."""
        ...

    @property
    def revision(self) -> str:
        """The identity of its weights."""
        ...


class Translating(Protocol):
    """A translator, as `inference.translation.Translator` is one."""

    @property
    def info(self) -> Made:
        """What it is."""
        ...

    def speaks(self, language: str) -> bool:
        """Whether it translates into a language (a primary subtag)."""
        ...

    def translate(self, texts: Sequence[str], language: str) -> list[str]:
        """English texts in a language that it speaks."""
        ...


def with_translations(
    engine: Engine, groups: list[ContextGroup], translators: Sequence[Translating]
) -> list[ContextGroup]:
    """The groups, those whose caption is in English and whose places are not with the caption in their language.

    What is not in the store is translated, and stored.
    """
    wanted = {}
    for number, group in enumerate(groups):
        one = _wanted(group, translators)
        if one is not None:
            wanted[number] = one
    if not wanted:
        return groups
    with reading(engine) as session:
        known = translations(session, set(wanted.values()))
    new = _translated(sorted(set(wanted.values()) - known.keys(), key=lambda one: one.key), translators)
    if new:
        with writing(engine) as session:
            save_translations(session, new)
    known |= new
    return [
        replace(group, caption=replace(group.caption, translation=known.get(wanted[number])))
        if number in wanted and group.caption is not None
        else group
        for number, group in enumerate(groups)
    ]


def _wanted(group: ContextGroup, translators: Sequence[Translating]) -> Wanted | None:
    """What is to be translated for a group; None for nothing."""
    caption = group.caption
    if caption is None or not caption.text or group.language == UNDETERMINED or in_language(group):
        return None
    if spoken(caption) != "en":
        return None
    described = describe(caption.text, group, "en")
    if described is None or len(described.text) > MAX_CHARS:
        return None
    speaking = next((one for one in translators if one.speaks(group.language)), None)
    if speaking is None:
        return None
    return Wanted(caption.asset_id, described.text, group.language, speaking.info.model, speaking.info.revision)


def _translated(wanted: Sequence[Wanted], translators: Sequence[Translating]) -> dict[Wanted, str | None]:
    said: dict[Wanted, str | None] = {}
    for translator in translators:
        mine = [one for one in wanted if (one.model, one.revision) == (translator.info.model, translator.info.revision)]
        for language in sorted({one.language for one in mine}):
            of_language = [one for one in mine if one.language == language]
            try:
                texts = translator.translate([one.text for one in of_language], language)
            except Exception:
                # What a model breaks on costs these drafts, not the stage; another pass may try again.
                log.exception("%d captions could not be translated into %s", len(of_language), language)
                continue
            said |= {one: fit(text, one.text, language) for one, text in zip(of_language, texts, strict=True)}
    return said


def fit(text: str, source: str, language: str) -> str | None:
    """A translation as far as it can be one of this text; None where it cannot, whatever else the model has said."""
    text = shown_line(storable(text[: 4 * MAX_CHARS]))
    if not comparable(text) or comparable(text) == comparable(source):
        return None
    if len(text) > min(MAX_CHARS, 3 * len(source) + 20):
        return None
    if Counter(_NUMBER.findall(text)) != Counter(_NUMBER.findall(source)):
        return None
    if ADDRESS.search(text) and not ADDRESS.search(source):
        return None
    if not is_spoken(text, language) or surely_of(text) not in {language, UNDETERMINED}:
        return None
    return text
