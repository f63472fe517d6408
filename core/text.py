"""Cleaning and comparing texts that come from the web; numbers in sentences for people."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# C0 and C1 controls but tab, newline, form feed and carriage return; lone surrogates. Postgres refuses
# NUL in a text, and no encoder writes a surrogate.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Those, carriage returns and form feeds, and what turns the direction of all that follows: they steer a terminal, and
# make a line of a sheet read as another. Marks for one word (U+200E, U+200F) belong to texts from right to left.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# White space in Python's sense, and the invisible characters that people paste with it.
_SPACE = re.compile(r"[\s\u200b\u2060\ufeff\u00ad]+")
_EDGE_PUNCTUATION = " \t\n.,:;!?\"'“”‘’«»()[]{}<>*_-–—…|/\\#"


def counted(value: int, one: str, many: str | None = None) -> str:
    """`1 page`, `1,200 pages`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def storable(text: str) -> str:
    """The text as it was written, with what no database stores replaced by U+FFFD (as HTML does for NUL)."""
    return _UNSTORABLE.sub("\ufffd", text)


def shown(text: str) -> str:
    """A text of strangers (a page, a server, a model) as people may be shown it, its lines kept.

    What would steer a terminal or hide what a text says becomes U+FFFD.
    """
    if text.isprintable():  # nearly every line is
        return text
    return _UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n"))


def shown_line(text: str) -> str:
    """The same in one line, white space collapsed."""
    return shown(collapse(text))


def collapse(text: str) -> str:
    """White space and invisible characters folded to single spaces, none at the ends."""
    if text.isascii():  # the same, in a third of the time
        return " ".join(text.split())
    return _SPACE.sub(" ", text).strip()


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters, as it may be shown; cut at a word where one ends in the last half."""
    text = shown_line(text)
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rfind(" ")
    return (text[:cut] if cut > limit // 2 else text[:limit]).rstrip(" ,;:-–—")


def letters(text: str) -> str:
    """The letters and digits of a text, case folded: what is left of it in a file's name."""
    return "".join(filter(str.isalnum, text.casefold()))


@lru_cache(maxsize=2048)  # headings and captions are compared for each image below them
def comparable(text: str) -> str:
    """The text reduced to what decides whether two alt texts say the same.

    Unicode NFKC, case folded, white space collapsed, punctuation at the edges dropped.
    """
    return collapse(unicodedata.normalize("NFKC", text).casefold()).strip(_EDGE_PUNCTUATION)
