"""Credentials for sites behind a login: sent to the start URLs' own origins, and nowhere else.

An origin is scheme, host and port (RFC 6454): not a subdomain, not another port, and never http when the start
URL was https. The secret is in no message, no log and no row.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SecretStr
    from scrapy import Request
    from scrapy.crawler import Crawler

FORMS = "basic:USER:PASSWORD, header:NAME:VALUE or cookie:NAME=VALUE"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # of RFC 9110: header and cookie names
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")  # nothing that would begin another header
# Headers that would make it another request, or send it elsewhere.
_NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie"})


def auth_header(auth: str) -> tuple[str, str]:
    """(name, value) of the header that carries these credentials.

    Basic is RFC 7617 with UTF-8. Raises ValueError, without the secret in it, for what has none of the FORMS.
    """
    kind, _, rest = auth.partition(":")
    name, colon, value = rest.partition(":")
    if kind == "basic" and name and colon:
        return "Authorization", "Basic " + b64encode(rest.encode("utf-8")).decode("ascii")
    if kind == "header" and colon and _TOKEN.match(name) and name.lower() not in _NOT_OURS:
        value = value.strip()
        if value and _VALUE.match(value):
            return name, value
    cookie_name, equals, _ = rest.partition("=")
    if kind == "cookie" and equals and _TOKEN.match(cookie_name) and _VALUE.match(rest):
        return "Cookie", rest.strip()
    raise ValueError(f"is none of {FORMS}")


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port; the port is the scheme's own where the address names none."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


class Credentials:
    """What goes with a request, after where it goes."""

    def __init__(self, auth: SecretStr | None, seeds: Iterable[str]) -> None:
        self._header = auth_header(auth.get_secret_value()) if auth is not None else None
        self._origins = {origin(seed) for seed in seeds}

    def headers_for(self, url: str) -> dict[str, str]:
        """The headers that carry the credentials; none when the address is of another origin."""
        try:
            own = self._header is not None and origin(url) in self._origins
        except ValueError:  # a port that is no number
            own = False
        return dict([self._header]) if own and self._header is not None else {}


class AuthMiddleware:
    """Puts the credentials into requests, robots.txt and sitemaps included. Comes after Scrapy's cookies."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AuthMiddleware:
        """For the start URLs as given: what they are redirected to is not theirs."""
        spider: Any = crawler.spider
        return cls(Credentials(spider.options.auth, spider.seeds))

    def process_request(self, request: Request) -> None:
        """Add the header."""
        for name, value in self._credentials.headers_for(request.url).items():
            cookies = request.headers.get("Cookie") if name == "Cookie" else None
            both = f"{cookies.decode('latin-1')}; {value}" if cookies else value
            request.headers[name] = both.encode("latin-1")
