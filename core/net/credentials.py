"""Credentials for sites behind a login: sent to the origins that the operator named, and nowhere else.

An origin is scheme, host and port (RFC 6454): not a subdomain, not another port, and never http when https was named.
The secret is in no message, no log and no row. Pure.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from core.identity.urls import absolute, page_url, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMS = "basic:USER:PASSWORD, header:NAME:VALUE or cookie:NAME=VALUE"
_WEB = re.compile(r"https?:", re.I)
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


def named_origin(text: str) -> str:
    """An origin (scheme, host and port, as in https://shop.test:8443) in stored form. Raises ValueError for others."""
    found = absolute(text, text) if _WEB.match(text) else None
    parts = urlsplit(found or "")
    if not parts.hostname or parts.username is not None or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is no origin: write https://HOST, or https://HOST:PORT")
    return page_url(f"{parts.scheme}://{parts.netloc}/")


def _readable(auth: SecretStr) -> SecretStr:
    auth_header(auth.get_secret_value())
    return auth


# For pydantic: the two as settings.
AuthSetting = Annotated[SecretStr, AfterValidator(_readable)]
OriginSetting = Annotated[str, AfterValidator(named_origin)]


class Credentials:
    """What goes with a request, after where it goes: nothing unless its origin is one of the `origins` (URLs)."""

    def __init__(self, auth: SecretStr | None, origins: Iterable[str]) -> None:
        self._header = auth_header(auth.get_secret_value()) if auth is not None else None
        self._named = frozenset(origins)
        self._origins = {origin(url) for url in self._named}
        name, value = self._header or ("", "")
        self._cookie_names = frozenset(_cookie_names(value)) if name == "Cookie" else frozenset()

    @property
    def hosts(self) -> frozenset[str]:
        """Host and port of the origins, as sites name theirs; none where there are no credentials."""
        return frozenset(map(site_of, self._named)) if self._header is not None else frozenset()

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
