"""Captions in other languages than English without what models say around what a picture shows. Pure."""

from __future__ import annotations

import re
from functools import cache

from suggestions.word_lists import word_list

_STOPS = " .。!！…"
# "einen großen Hund": an object, which begins no text.
_OBJECT = re.compile(r"(?:^| und | sowie )(?P<article>[Ee]inen|[Dd]en)(?P<adjectives>(?: [a-zäöüß]+en)*)(?= [A-ZÄÖÜ])")
# What stands before people that somebody sees: "a una mujer". Of what is left it would be no subject.
_SPANISH_A = re.compile(
    r"^a (?=(?:una?|unos|unas|la|los|las|dos|tres|cuatro|cinco|varios|varias|algunos|algunas|mujeres|hombres|personas"
    r"|niños|niñas)\b)",
    re.I,
)
_SPANISH_AL = re.compile(r"^al (?=\w)", re.I)


def without_talk(text: str, language: str) -> str:
    """A caption in a language (a primary subtag) without "Das Bild zeigt" and "zu sehen", as far as lists know them."""
    if language not in word_list("around"):
        return text
    before, before_object, behind = _patterns(language)
    rest = before_object.sub("", text)
    if rest != text and language == "de":
        rest = _as_subject(rest)
    rest = before.sub("", rest).lstrip(" ,、:：")
    if rest != text and language == "es":
        rest = _SPANISH_AL.sub("el ", _SPANISH_A.sub("", rest))
    stopped = rest.rstrip(_STOPS)
    shorter = behind.sub("", stopped).rstrip(" ,")
    return shorter if shorter and shorter != stopped else rest


def _as_subject(text: str) -> str:
    """Of a German sentence without its beginning what was its object: "ein großer Hund"."""
    head, comma, tail = text.partition(",")

    def subject(match: re.Match[str]) -> str:
        article, ending = ("ein", "er") if match["article"].lower() == "einen" else ("der", "e")
        adjectives = re.sub(r"en\b", ending, match["adjectives"])
        return match[0][: match.start("article") - match.start()] + article + adjectives

    return _OBJECT.sub(subject, head) + comma + tail


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lists = word_list("around")[language]
    spaced = language not in {"ja", "zh"}
    end, start = (r"(?!\w)", r"(?<!\w)") if spaced else ("", "")

    def either(name: str) -> str:
        return "|".join(map(re.escape, sorted(lists.get(name, ()), key=len, reverse=True))) or "(?!)"

    return (
        re.compile(rf"^(?:{either('before')}){end}\s*", re.I),
        re.compile(rf"^(?:{either('before_object')}){end}\s*", re.I),
        re.compile(rf"{start}(?:{either('behind')})$", re.I),
    )
