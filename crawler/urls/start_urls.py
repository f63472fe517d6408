"""Addresses as people write them: on a command line, in a list. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import UsageError
from core.identity.urls import MAX_URL_CHARS, absolute, page_url
from core.net.address_guard import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.I)  # and not the port of localhost:8000
_HOST = re.compile(
    r"(?:localhost|\d{1,3}(?:\.\d{1,3}){3}"
    # A name whose last part is of letters, and not that of a file that stands for itself.
    r"|(?:[^\W_][\w-]*\.)+(?!(?:html?|php|aspx?|pdf|jpe?g|png|gif|webp|svg|css|js|xml|csv|xlsx?|txt|docx?)\.?(?:[:?#]|\Z))"
    r"(?:[^\W\d_]{2,}|xn--[\w-]+)\.?)(?=[:/?#]|\Z)",
    re.I,
)
_NO_LOGIN = "a start URL holds no login: give it with --auth basic:USER:PASSWORD"


def with_scheme(text: str) -> str:
    """The address with http:// or https:// in front where it has no scheme.

    As browsers take what is typed: https, but http for a port other than 443, an address in numbers, and a host
    without a dot, which certificates are hardly ever made for.
    """
    if _SCHEME.match(text):
        return text
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:  # no address at all, as its reader will say
        return f"https://{text}"
    local = "." not in host or host.endswith(".localhost") or literal(host) is not None
    plain = local if port is None else port != 443
    return f"http://{text}" if plain else f"https://{text}"


def seed_urls(urls: Iterable[str]) -> list[str]:
    """The start URLs in stored form. Raises UsageError for one that is no http(s) address."""
    seeds = []
    for url in urls:
        given = with_scheme(url)
        target = absolute(given, given)
        if "@" in url.partition("/")[0]:  # which `ann:secret@shop.test` begins with, too
            raise UsageError(_NO_LOGIN)
        if target is None or target.startswith("data:"):
            raise UsageError(f"not a web address: {url!r}. Write https://HOST/ or http://HOST/")
        if urlsplit(target).username is not None:
            raise UsageError(_NO_LOGIN)
        seeds.append(page_url(target))
    return list(dict.fromkeys(seeds))


def listed_url(text: str) -> str | None:
    """The http(s) address that a person wrote, in stored form; None when it is none.

    One without a scheme is none unless it begins with what looks like a host name, localhost or four numbers: lists
    hold other words, figures, names of files and addresses of mail, too.
    """
    text = text.strip().strip("\"'")
    given = with_scheme(text)
    if given != text and not _HOST.match(text):
        return None
    found = absolute(given, given)
    if found is None or found.startswith("data:") or len(found) > MAX_URL_CHARS:
        return None
    return page_url(found)
