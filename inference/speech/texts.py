"""Texts as voices are given them: words alone, bounded, in pieces of a length that a model has learnt. Pure."""

from __future__ import annotations

import re
import unicodedata

from core.text import shorten, shown_line

MAX_CHARS = 1000  # of one text: a minute and more
# SSML and HTML, and what Bark takes for directions ([laughs], ♪): to a voice they are no words.
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_DIRECTIONS = re.compile(r"[\[\]{}<>♩♪♫♬\ufffd]+")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
_CLAUSE = re.compile(r"(?<=[,;:–—])\s+|(?<=[、，；])")
_WORD = re.compile(r"\s+")


def speakable(text: str) -> tuple[str, bool]:
    """A text without what is no word, in one line, and whether its end was left out."""
    plain = shown_line(unicodedata.normalize("NFC", _TAG.sub(" ", text)))
    words = shown_line(_DIRECTIONS.sub(" ", plain))
    bounded = shorten(words, MAX_CHARS)
    return bounded, bounded != words


def pieces(text: str, limit: int) -> list[str]:
    """The text in order, in pieces of at most `limit` characters: whole sentences, else clauses, else words."""
    found = [text]
    for border in (_SENTENCE, _CLAUSE, _WORD):
        found = [
            part for piece in found for part in ([piece] if len(piece) <= limit else _joined(border, piece, limit))
        ]
    return [piece[start : start + limit] for piece in found for start in range(0, len(piece), limit)]


def _joined(border: re.Pattern[str], text: str, limit: int) -> list[str]:
    """The text cut at its borders, neighbours together as far as they fit."""
    found: list[str] = []
    for part in filter(None, border.split(text)):
        if found and len(found[-1]) + 1 + len(part) <= limit:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found
