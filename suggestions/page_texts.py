"""What a page says of a picture, as texts that could stand for it, each with where it comes from. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from core.records import SuggestionSource
from core.text import collapse
from rules.words import small_words, words_for
from suggestions.describe import tidy, without_opening, without_prefix
from suggestions.permalinks import without_mark
from suggestions.titles import parts_of
from suggestions.witnesses import heading_of
from suggestions.word_lists import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.records import Context, Occurrence

MAX_WORDS = 20
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z\"“(À-Þ])|(?<=[。！？])")
_NUMBERING = re.compile(
    r"^(?:figure|fig|figura|abbildung|abb|bild|image|picture|photo|illustration|screenshot|obr|rys|afbeelding|図|图|圖|그림)"
    r"\.?\s*(?:(?:(?:\d+|[A-Z]{1,4})[.\-–])*\d+[.:)\-–—]*(?:\s+|$)|:\s*)"
    r"|^(?:\d+[.\-–])+(?:\d+[.:)]?)?(?:\s+|$)|^\d+[:)]\s+",
    re.I,
)
_EDGES = " \t\n.,:;-–—*•|/"
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_]+")
_CODE = re.compile(r"\d{3,}|[a-z]\d+[a-z]|^(?:img|dsc|image|screenshot|figure|fig|pic|photo|untitled)?[\W_]*\d*$", re.I)


@dataclass(frozen=True, slots=True)
class PageText:
    """A text of the page, or of the file's name, for a picture."""

    text: str
    source: SuggestionSource


def page_texts(place: Occurrence, page_title: str | None) -> Iterator[PageText]:
    """The texts that could stand for the picture in this place, without an order."""
    context = place.context
    heading = heading_of(context)
    for source, text in (
        (SuggestionSource.PRODUCT, context.product),
        (SuggestionSource.FIGCAPTION, _first(context.figcaption)),
        (SuggestionSource.LABEL, _first(context.label)),
        (SuggestionSource.HEADING, heading),
        (SuggestionSource.TERM, context.term),
        (SuggestionSource.TITLE, parts_of(page_title)[0] if page_title else None),
        (SuggestionSource.BEFORE, _last(context.before)),
        (SuggestionSource.AFTER, _first(context.after)),
    ):
        cleaned = _clean(text, place.language)
        if cleaned:
            yield PageText(cleaned, source)
    for text in (
        _named_last(context.before),
        _named_first(context.label or context.after),
        _named_first(context.figcaption),
    ):
        if text:
            yield PageText(text, SuggestionSource.PHRASE)
    if words := file_words(place):
        yield PageText(_as_spelled(words, place, page_title), SuggestionSource.FILE_NAME)


def file_words(place: Occurrence) -> list[str]:
    """The words in the name of a picture's file, small; none in a name that a machine gave."""
    stem = (file_name(place.image_url or "") or "").rpartition(".")[0]
    if not stem or _CODE.search(stem):
        stem = re.sub(r"\d+", " ", stem)
    return [word for word in _JOINED.sub(" ", stem).casefold().split() if len(word) > 1 and not word.isdigit()]


def _clean(text: str | None, language: str | None) -> str:
    """A text without its number, marks and what says no more than that there is a picture."""
    if not text:
        return ""
    text = _unnumbered(text).strip(_EDGES)
    text = without_prefix(without_opening(text), words_for(language))
    return tidy(text) if len(text.split()) <= MAX_WORDS and any(map(str.isalpha, text)) else ""


def _unnumbered(text: str) -> str:
    return _NUMBERING.sub("", without_mark(collapse(text)))


def _first(text: str | None) -> str | None:
    return _SENTENCE.split(_unnumbered(text), maxsplit=1)[0] if text else None


def _last(text: str | None) -> str | None:
    if not text:
        return None
    parts = [part for part in _SENTENCE.split(text) if part.strip()]
    return parts[-1] if parts else None


@cache
def _named() -> re.Pattern[str]:
    nouns = "|".join(map(re.escape, word_list("page_texts")["nouns"]["en"]))
    small = "|".join(map(re.escape, sorted(small_words("en") | set(word_list("page_texts")["verbs"]["en"]))))
    name = rf"(?!(?i:{small})\b)[\w+&/'’-][\w+&/.'’-]{{0,30}}"
    return re.compile(rf"\b(?:the|a|an|this)\s+[\"“”‘’]?((?:{name}\s+){{1,4}}?)[\"“”‘’]?\s*({nouns})\b", re.I)


def _named_all(text: str | None) -> list[str]:
    found = _named().findall(text or "")
    return [f"{collapse(name)} {noun}" for name, noun in found if any(map(str.isupper, name))]


def _named_last(text: str | None) -> str | None:
    found = _named_all(text)
    return tidy(found[-1]) if found else None


def _named_first(text: str | None) -> str | None:
    found = _named_all(text)
    return tidy(found[0]) if found else None


def _as_spelled(words: list[str], place: Occurrence, page_title: str | None) -> str:
    """The words of the file's name, each as the page writes it where it does."""
    context: Context = place.context
    said = " ".join(
        part
        for part in (
            page_title, context.heading, context.figcaption, context.before, context.label, context.after,
            context.term, context.passage, context.surrounding,
        )
        if part
    )  # fmt: skip
    spelled: dict[str, str] = {}
    for word in re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", said):
        spelled.setdefault(word.casefold(), word)
    return tidy(" ".join(spelled.get(word, word) for word in words))
