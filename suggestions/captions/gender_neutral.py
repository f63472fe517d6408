"""Neutral words for people: models guess gender and relation from a picture, and often wrongly.

The built-in model names the wrong gender in 18 of 100 captions that name one. What is no guess stays: words that the
page itself uses of the person, names, quoted text, whom a product is for ("men's shoes"), animals and plugs.
English alone, as its word list says. https://www.w3.org/WAI/tutorials/images/informative/
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from suggestions.captions.counted_people import counted

_TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[\W_]")
_QUOTED = re.compile(r"\"[^\"]{0,300}\"|“[^”]{0,300}”|«[^»]{0,300}»|‘[^’]{0,300}’(?!\w)|(?<!\w)'[^']{0,300}'(?!\w)")
_POSSESSIVE = re.compile(r"['’]s$")
_TITLE_WORDS = frozenset({"A", "An", "The", "And", "Of", "On", "In", "With"})
_PRONOUNS = {"his": "their", "hers": "theirs", "himself": "themselves", "herself": "themselves", "him": "them"}
_VERBS = {"is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't", "wasn't": "weren't"}
_MAX_PHRASE = 5  # words of a phrase of the lists


@dataclass(frozen=True, slots=True)
class _People:
    neutral: dict[str, str]  # by the word that says more
    pairs: dict[str, str]  # by the phrase
    pair: re.Pattern[str]
    words: dict[str, frozenset[str]]


@cache
def _people() -> _People:
    lists = tomllib.loads(files("suggestions.words").joinpath("people.toml").read_text("utf-8"))
    pairs = {phrase: plain for plain, phrases in lists["pairs"].items() for phrase in phrases}
    longest_first = "|".join(sorted(pairs, key=len, reverse=True))
    return _People(
        {word: plain for plain, words in lists["neutral"].items() for word in words},
        pairs,
        re.compile(rf"(?<![\w'’-])(?:{longest_first})(?![\w'’-])", re.I),
        {name: frozenset(words) for name, words in lists["words"].items()},
    )


def neutral(caption: str, page: str) -> str:
    """An English caption with neutral words for people, but for those of a gender that `page` speaks of itself."""
    return _Caption(caption, page).in_neutral_words()


class _Caption:
    """One caption, in pieces: its words stand at odd places among what is between them, or not, as it was written."""

    def __init__(self, caption: str, page: str) -> None:
        words = _people().words
        said = {word.lower() for word in re.findall(r"[A-Za-z]+", page)}
        self._kept_words = frozenset[str]().union(
            *(gender for gender in (words["female"], words["male"]) if said & gender),
            words["of_weddings"] if said & words["wedding"] else (),
        )
        text = caption if self._kept_words else _in_pairs(caption)
        self._kept_quotes = [match.span() for match in _QUOTED.finditer(text)]
        self._tokens = [(match.start(), match[0]) for match in _TOKEN.finditer(text)]
        self._places = [n for n, (_, token) in enumerate(self._tokens) if token[0].isalnum()]
        self._words = [self._tokens[place][1] for place in self._places]
        self._lower = [word.lower().replace("’", "'") for word in self._words]
        self._is_title = bool(_TITLE_WORDS.intersection(self._words[1:]))
        self._kept = self._kept_places()

    def in_neutral_words(self) -> str:
        tokens = [token for _, token in self._tokens]
        replaced = False
        for n in range(len(self._words)):
            if n in self._kept:
                continue
            plain = self._noun(n)
            if plain is not None:
                replaced = True
                tokens[self._places[n]] = _as_written(self._words[n], plain)
                if not plain:  # and the space behind it
                    tokens[self._places[n] + 1] = ""
                if n and self._lower[n - 1] in {"a", "an"}:
                    article = "an" if (plain or self._lower[n + 1])[0] in "aeio" else "a"
                    tokens[self._places[n - 1]] = _as_written(self._words[n - 1], article)
        for n, plain in self._pronouns().items() if self._pronouns_are_of_people(replaced) else ():
            tokens[self._places[n]] = _as_written(self._words[n], plain)
        text = "".join(tokens)
        return counted(text) if replaced else text

    def _kept_places(self) -> set[int]:
        """The words that are names, quoted, or parts of phrases that mean something else."""
        kept = set()
        phrases = _people().words["kept"]
        for n, word in enumerate(self._words):
            start = self._tokens[self._places[n]][0]
            if any(begin < start < end for begin, end in self._kept_quotes) or self._is_name(n, word):
                kept.add(n)
            for length in range(2, min(_MAX_PHRASE, len(self._lower) - n) + 1):
                if " ".join(self._lower[n : n + length]) in phrases:
                    kept.update(range(n, n + length))
        return kept

    def _is_name(self, n: int, word: str) -> bool:
        if self._is_title or not word[0].isupper():
            return False
        begins = n == 0 or "".join(t for _, t in self._tokens[self._places[n - 1] + 1 : self._places[n]]).strip() in {
            ".", "!", "?", ":",
        }  # fmt: skip
        return not begins or (n + 1 < len(self._words) and self._words[n + 1][0].isupper())

    def _next(self, n: int) -> str | None:
        """The word right behind one, if nothing but a space stands between."""
        place = self._places[n] + 1
        if n + 1 >= len(self._words) or [token for _, token in self._tokens[place : self._places[n + 1]]] != [" "]:
            return None
        return self._lower[n + 1]

    def _noun(self, n: int) -> str | None:
        """What a word for people becomes; '' where it goes, None where it stays."""
        people, word, behind = _people(), self._lower[n], self._next(n)
        owner = bool(_POSSESSIVE.search(word))
        bare = _POSSESSIVE.sub("", word)
        if bare in self._kept_words:
            return None
        if bare in {"male", "female"} and not owner:
            if behind is None or behind in people.words["behind_object"] or behind.endswith("ing"):
                return "person"
            return "" if behind in people.words["occupations"] else None
        plain = people.neutral.get(bare)
        if plain is None:
            return None
        if behind is not None and behind in people.words["animals"]:
            return None
        if plain in {"parent", "parents"} and people.words["young_animals"].intersection(self._lower):
            return None
        if owner:
            return f"{plain}'s" if behind in people.words["parts_of_the_body"] else None
        place = self._places[n] + 1
        follows = self._tokens[place][1] if place < len(self._tokens) else ""
        return None if follows in {"'", "’"} and word.endswith("s") else plain

    def _pronouns_are_of_people(self, replaced: bool) -> bool:
        """Not where a caption speaks of animals alone, or of somebody whose gender the page tells."""
        words = _people().words
        animals = words["animals"] | words["young_animals"]
        return replaced or animals.isdisjoint(self._lower)

    def _pronouns(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for n, word in enumerate(self._lower):
            if n in self._kept or word in self._kept_words:
                continue
            behind = self._next(n)
            if word in {"he", "she"}:
                found[n] = "they"
                if behind is not None and n + 1 not in self._kept:
                    found[n + 1] = _verb_of_many(behind)
            elif word in {"he's", "she's"}:
                found[n] = "they're"
            elif word == "her":
                found[n] = "them" if behind is None or behind in _people().words["behind_object"] else "their"
            elif word in _PRONOUNS:
                found[n] = _PRONOUNS[word]
        return found


def _in_pairs(caption: str) -> str:
    """A caption in which pairs of people ("a bride and groom") are said in one word, but where they are quoted."""
    quoted = [match.span() for match in _QUOTED.finditer(caption)]
    plain_of = _people().pairs

    def said(found: re.Match[str]) -> str:
        is_quoted = any(begin < found.start() < end for begin, end in quoted)
        is_name = not found[0][1:].islower()
        return found[0] if is_quoted or is_name else _as_written(found[0], plain_of[found[0].lower()])

    return _people().pair.sub(said, caption)


def _verb_of_many(verb: str) -> str:
    if verb in _VERBS or not verb.endswith("s") or verb.endswith("ss"):
        return _VERBS.get(verb, verb)
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("shes", "ches", "sses", "xes", "zes", "oes")) else verb[:-1]


def _as_written(word: str, plain: str) -> str:
    return plain[:1].upper() + plain[1:] if word[0].isupper() else plain
