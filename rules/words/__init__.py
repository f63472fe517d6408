"""Word lists of the rules, by language: the files in rules/words/.

placeholders: a field never filled in. vague: a kind of thing, as the whole text. prefix_nouns with prefix_links: an
opening such as "image of", after one of the articles or none; prefix_labels: one such as "Alt text:"; prefix_phrases:
whole ones, "in this image we can see"; prefix_titles: texts that only look as if they had one, "Picture of the day".
suffixes: a last word that says as much, unless one of the determiners stands before it, or one of the kinds, which make
a compound of it ("team photo"). calls_to_action: "click here", which says nothing of a picture. sales: what is searched
for by who wants to buy. options: placeholders that are a choice of their own, too ("None"). small_words: articles,
prepositions and the like, none in scripts without spaces.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from core.languages import primary_subtag
from core.text import comparable

_FOLDER = files("rules.words")
LANGUAGES = frozenset(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml"))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, ready to be compared with `core.text.comparable` texts."""

    placeholders: frozenset[str]
    vague: frozenset[str]
    calls_to_action: frozenset[str]
    prefix: re.Pattern[str]  # matches at the start
    suffixes: frozenset[str]  # last words
    endings: tuple[str, ...]  # of the last word, in scripts without spaces
    determiners: frozenset[str]
    kinds: frozenset[str]
    sales: re.Pattern[str]  # found anywhere
    options: frozenset[str]


@lru_cache(maxsize=1000)  # tags come from pages: as many as there are hostile ones
def words_for(lang: str | None) -> Words:
    """The lists for a language tag ("de-AT"); the English ones for a language without lists, or none."""
    primary = primary_subtag(lang)
    return _load(primary if primary in LANGUAGES else "en")


@cache
def _load(language: str) -> Words:
    lists = _read(language)
    # What software fills in is English wherever the software runs.
    placeholders = lists["placeholders"] + _read("en")["placeholders"]
    suffixes = list(map(comparable, lists["suffixes"]))
    return Words(
        placeholders=frozenset(map(comparable, placeholders)),
        vague=frozenset(_with_articles(lists["vague"] + _of_software("vague"), lists["articles"])),
        calls_to_action=frozenset(map(comparable, lists["calls_to_action"])),
        prefix=_prefix(lists),
        suffixes=frozenset(filter(str.isascii, suffixes)),
        endings=tuple(suffix for suffix in suffixes if not suffix.isascii()),
        determiners=frozenset(map(comparable, lists["determiners"])),
        kinds=frozenset(map(comparable, lists["kinds"])),
        sales=_anywhere(lists["sales"] + _read("en")["sales"]),
        options=frozenset(map(comparable, lists["options"] + _read("en")["options"])),
    )


@cache
def small_words(language: str) -> frozenset[str]:
    """The small words of a language that has lists, in small letters; none of one that is written without spaces."""
    return frozenset(_read(language)["small_words"])


@cache
def _read(language: str) -> dict[str, list[str]]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))


def _of_software(key: str) -> list[str]:
    """The English phrases of a list, which software fills in wherever it runs; single words may mean something else."""
    return [phrase for phrase in _read("en")[key] if " " in phrase]


def _with_articles(words: list[str], articles: list[str]) -> set[str]:
    joined = (article if article.endswith("'") else f"{article} " for article in articles)
    return {comparable(start + word) for start in ("", *joined) for word in words}


def _either(phrases: list[str]) -> str:
    """An alternative of a pattern for each phrase, the longest first; one that never matches for none."""
    return "|".join(re.escape(comparable(phrase)) for phrase in sorted(phrases, key=len, reverse=True)) or "(?!)"


def _anywhere(phrases: list[str]) -> re.Pattern[str]:
    """Phrases of whole words; those in other letters than ASCII within words too, as in scripts without spaces."""
    ascii_, others = [p for p in phrases if p.isascii()], [p for p in phrases if not p.isascii()]
    return re.compile(rf"(?<!\w)(?:{_either(ascii_)})(?!\w)|{_either(others)}")


def _prefix(lists: dict[str, list[str]]) -> re.Pattern[str]:
    articles, links = lists["articles"], lists["prefix_links"]
    elided = [word.rstrip("'") for word in (*articles, *links) if word.endswith("'")]  # "d'", "l'": no space follows
    links = [word for word in links if not word.endswith("'")]
    articles = [word for word in articles if not word.endswith("'")]
    elision = rf"(?:{_either(elided)})'"
    nouns = _either(lists["prefix_nouns"])
    article = rf"(?:(?:{_either(articles)})\s+|{elision})?"
    return re.compile(
        rf"(?!{article}(?:{_either(lists['prefix_titles'])})(?!\w))"
        rf"(?:{article}(?:{nouns})(?:,?\s+(?:(?:{_either(links)})(?=\s|$)|{elision})|\s?:(?=\s))"
        rf"|(?:{_either(lists['prefix_labels'])})\s?[:,](?=\s)"
        rf"|(?:{_anywhere(lists['prefix_phrases']).pattern}))"
    )
