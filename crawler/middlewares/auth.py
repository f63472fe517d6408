"""Credentials for sites behind a login: sent to the origins that the operator named, and nowhere else.

An origin is scheme, host and port (RFC 6454): not a subdomain, not another port, and never http when https was named.
The secret is in no message, no log and no row.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import UsageError
from crawler.urls.scope import domain_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SecretStr
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.crawl_options import CrawlOptions

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


def check_auth_origin(options: CrawlOptions, seeds: Iterable[str] = (), *, listed: bool) -> None:
    """Raise UsageError when the credentials of a crawl have no origin to go to.

    What is `listed` in a file names none: a list may be the site's own sitemap. Start URLs of several domains name too
    many: one owner's credentials are nothing for another.
    """
    if options.auth is None or options.auth_origin:
        return
    if listed or len(set(map(domain_of, seeds))) > 1:
        where = "pages from a file" if listed else "start URLs of several domains"
        raise UsageError(
            f"--auth with {where}: say where the credentials go, --auth-origin https://HOST (may be repeated)"
        )


class Credentials:
    """What goes with a request, after where it goes: nothing unless its origin is one of the `origins` (URLs)."""

    def __init__(self, auth: SecretStr | None, origins: Iterable[str]) -> None:
        self._header = auth_header(auth.get_secret_value()) if auth is not None else None
        self._origins = {origin(url) for url in origins}
        name, value = self._header or ("", "")
        self._cookie_names = frozenset(_cookie_names(value)) if name == "Cookie" else frozenset()

    def headers_for(self, url: str) -> dict[str, str]:
        """The headers that carry the credentials; none when the address is of another origin."""
        return dict([self._header]) if self._header is not None and self._is_named(url) else {}

    def cookies_for(self, url: str, cookies: str) -> str:
        """A Cookie header with the credentials where they belong, and without cookies of their names elsewhere.

        A server that sets such a cookie anew does so for all ports of its host, as cookies go (RFC 6265, 8.5).
        """
        own = self.headers_for(url).get("Cookie")
        if own is not None:
            return f"{cookies}; {own}" if cookies else own
        return self.without_own(cookies)

    def without_own(self, cookies: str) -> str:
        """A Cookie header without the cookies that the credentials name."""
        if not self._cookie_names:
            return cookies
        kept = [each for each in cookies.split(";") if each.partition("=")[0].strip() not in self._cookie_names]
        return ";".join(kept).strip()

    def sets_own(self, set_cookie: str) -> bool:
        """Whether a Set-Cookie header sets a cookie that the credentials name."""
        return set_cookie.partition("=")[0].strip() in self._cookie_names

    def _is_named(self, url: str) -> bool:
        try:
            return origin(url) in self._origins
        except ValueError:  # a port that is no number
            return False


def _cookie_names(cookies: str) -> list[str]:
    return [each.partition("=")[0].strip() for each in cookies.split(";")]


class AuthMiddleware:
    """Puts the credentials into requests, robots.txt and sitemaps included. Comes after Scrapy's cookies."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AuthMiddleware:
        spider: Any = crawler.spider
        return cls(spider.crawl_state.credentials)

    def process_request(self, request: Request) -> None:
        """Add the header."""
        url = request.url
        header = request.headers.get("Cookie")
        before = header.decode("latin-1") if header else ""
        cookies = self._credentials.cookies_for(url, before)
        if cookies:
            request.headers["Cookie"] = cookies.encode("latin-1")
        elif before:
            del request.headers["Cookie"]
        for name, value in self._credentials.headers_for(url).items():
            if name != "Cookie":
                request.headers[name] = value.encode("latin-1")
