"""The pieces of an address that say something to a visitor. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

_INDEX = re.compile(r"(?:index|default|home)(?:\.\w{1,5})?$", re.I)
# Marks of campaigns and sessions, which say nothing of the page.
_MARKS = re.compile(
    r"(?:utm_\w+|gclid|fbclid|msclkid|ref|referrer|source|src|sid|session\w*|phpsessid|v|ver|from|nr)$", re.I
)
_LETTERS = re.compile(r"[^\W\d_]{3}")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f\uac00-\ud7af]{2}")
_YEAR = re.compile(r"(?:19|20)\d\d")


def path_parts(path: str) -> list[str]:
    """The named parts of a path, without parameters of sessions and names of index files, unescaped."""
    bare = (unquote(part.split(";")[0]) for part in path.split("/"))
    return [part for part in bare if part and not _INDEX.match(part)]


def plain_queries(query: str) -> dict[str, str]:
    """What a query asks for, but for marks of campaigns; names in small letters."""
    pairs = parse_qsl(query[:2000], keep_blank_values=True)
    return {name.lower(): value for name, value in pairs if not _MARKS.match(name)}


def words_of(part: str) -> str | None:
    """A part of an address in words; None for a number or a code, which says nothing to a visitor.

    Numbers of an item at the ends are no words: "12345-steel-kettle". Years are.
    """
    words = re.sub(r"[-_+\s]+", " ", part).split()
    while len(words) > 1 and _is_number(words[0]):
        del words[0]
    while len(words) > 1 and _is_number(words[-1]):
        del words[-1]
    text = " ".join(words)
    digits = re.search(r"\d{4}", _YEAR.sub("", text))
    return text if (_LETTERS.search(text) or _NO_SPACES.search(text)) and not digits else None


def bare_host(host: str | None) -> str:
    """A host without the prefix that most sites have."""
    return (host or "").removeprefix("www.")


def is_own(host: str | None, hosts: Collection[str]) -> bool:
    """Whether a host is one of the site with these hosts, or may be, where none is known."""
    leads_to, own = bare_host(host), {bare_host(each) for each in hosts}
    return not own or any(
        leads_to == each or leads_to.endswith(f".{each}") or each.endswith(f".{leads_to}") for each in own
    )


def is_home_elsewhere(url: str, hosts: Collection[str]) -> bool:
    """Whether an address is the home page of another site than the one with these hosts; False where none is known."""
    address = urlsplit(url)
    if not hosts or not address.hostname or path_parts(address.path) or plain_queries(address.query):
        return False
    return not is_own(address.hostname, hosts)


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) > 2 and not _YEAR.fullmatch(word)
