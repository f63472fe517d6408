"""Whether something beside the model speaks for its caption: the page's own words, or the name of the file. Pure.

A model's caption alone is no evidence: small ones say something of every picture. Where nothing that people wrote of
the picture has a word of it, a person looks.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from suggestions.page.titles import parts_of, site_name
from suggestions.word_lists import word_list

if TYPE_CHECKING:
    from core.records import Context
    from store.suggestions import ContextGroup

_WORD = re.compile(r"[^\W\d_]{3,}")
_NO_SPACES = re.compile(r"[\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]{2,}")
_QUOTED = re.compile(r"[\"“«「][^\"”»」]{2}")
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\W\d]+")


def is_confirmed(text: str, group: ContextGroup) -> bool:
    """Whether a word of the text that not every caption has stands beside the picture in some place of the group.

    Words that the model was told there confirm nothing, since it may have repeated them; but for those that the file's
    name has as well, which no model is told.
    """
    beside = meant(said_beside(group))
    if group.caption is not None and group.caption.in_place:
        told = meant(" . ".join((*group.place.said.values(), *group.caption.liked)))
        beside = (beside - told) | meant(_file_names(group))
    shared = meant(text) & beside
    return len(shared) > 1 or not shared <= _weak()


def is_of_unsure_kind(text: str, language: str) -> bool:
    """Whether a caption says that the picture is a chart, a logo or the like, of which models make up what it shows."""
    return _QUOTED.search(text) is not None or _kinds(language).search(text) is not None


def said_beside(group: ContextGroup) -> str:
    """What people wrote of the picture in the places of a group, its file's name included."""
    return f"{said_on_page(group)} . {_file_names(group)}"


def _file_names(group: ContextGroup) -> str:
    names = (_JOINED.sub(" ", file_name(place.image_url or "") or "") for place in group.occurrences)
    return " . ".join(dict.fromkeys(names))


def said_on_page(group: ContextGroup) -> str:
    """What the pages of a group say of the picture."""
    name = site_name(group.page_titles)  # which confirms nothing: every page says it
    parts: list[str | None] = [
        part for title in group.page_titles if name is not None for part in parts_of(title) if part != name
    ]
    for place in group.occurrences:
        context = place.context
        parts += [
            heading_of(context), context.figcaption, context.product, context.surrounding, context.link_text,
            context.label, context.beside_link, context.passage, context.own_text, place.title, group.target_title,
        ]  # fmt: skip
    return " . ".join(dict.fromkeys(part for part in parts if part))


def heading_of(context: Context) -> str | None:
    """The heading that is about a picture."""
    return context.heading if context.topic is None else context.topic or None


def meant(text: str) -> set[str]:
    """The words of a text that mean something, each in one form of several; of writing without spaces, its pairs."""
    words = {_bare(word) for word in _WORD.findall(text.casefold()) if word.isascii() or not _NO_SPACES.search(word)}
    pairs = {run[n : n + 2] for run in _NO_SPACES.findall(text) for n in range(len(run) - 1)}
    return {word for word in words if word not in _common()} | pairs


def _bare(word: str) -> str:
    """A word without the ending of a plural."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


@cache
def _common() -> frozenset[str]:
    words = word_list("common")["words"]["common"]
    return frozenset((*words, *map(_bare, words)))


@cache
def _weak() -> frozenset[str]:
    return frozenset(map(_bare, word_list("common")["words"]["weak"]))


@cache
def _kinds(language: str) -> re.Pattern[str]:
    lists = word_list("common")["kinds"]
    phrases = [*lists.get(language, ()), *lists["en"]]
    spaced = "|".join(re.escape(phrase) for phrase in phrases if phrase.isascii() or phrase[0] < "\u3000")
    joined = "|".join(re.escape(phrase) for phrase in phrases if phrase[0] >= "\u3000") or "(?!)"
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)|{joined}", re.I)
