"""Which style sheets in files of their own a page names, told from its bytes before it is read."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from core.identity.urls import absolute
from crawler.page.css import media_applies

MAX_NAMED = 50  # of one page
_LINK = re.compile(rb"<link\b[^>]{0,2000}>", re.I)
_BASE = re.compile(rb"<base\b[^>]{0,1000}?\shref\s*=[^>]{1,2000}>", re.I)
_IMPORT = re.compile(rb"@import\s+(?:url\(\s*)?[\"']?([^\"')\s;]{1,2000})", re.I)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.I)


def names_sheet(rel: str) -> bool:
    """Whether the relations of a link make it a style sheet that holds from the beginning."""
    relations = rel.lower().split()
    return "stylesheet" in relations and "alternate" not in relations


def sheets_named(url: str, body: bytes) -> tuple[str, ...]:
    """The addresses of the style sheets that the page at `url` seems to name.

    The parser knows better which they are; this is to have them at hand when it asks.
    """
    if b"stylesheet" not in body and b"@import" not in body and b"STYLESHEET" not in body:
        return ()
    links = tuple(link for link in _LINK.findall(body) if b"stylesheet" in link.lower())
    imports = tuple(_IMPORT.findall(body)) if b"@import" in body else ()
    base = _BASE.search(body)
    return _addresses(url.rpartition("/")[0] + "/", base[0] if base else b"", links[:MAX_NAMED], imports[:MAX_NAMED])


@lru_cache(maxsize=256)
def _addresses(folder: str, base: bytes, links: tuple[bytes, ...], imports: tuple[bytes, ...]) -> tuple[str, ...]:
    if base:
        folder = absolute(folder, _attributes(base).get("href", "")) or folder
    found: dict[str, None] = {}
    for link in links:
        said = _attributes(link)
        if names_sheet(said.get("rel", "")) and media_applies(said.get("media", "")):
            address = absolute(folder, said.get("href", ""))
            if address is not None:
                found[address] = None
    for written in imports:
        address = absolute(folder, html.unescape(written.decode("utf-8", "replace")))
        if address is not None:
            found[address] = None
    return tuple(address for address in found if not address.startswith("data:"))[:MAX_NAMED]


def _attributes(tag: bytes) -> dict[str, str]:
    text = tag.decode("utf-8", "replace")
    return {
        name.lower(): html.unescape(first or second or third) for name, first, second, third in _ATTRIBUTE.findall(text)
    }
