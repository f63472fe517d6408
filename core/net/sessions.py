"""HTTP sessions for what is fetched outside Scrapy: guarded, by the operator's proxies, without a cookie jar."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp
from yarl import URL

from core.identity.urls import requested
from core.net.address_guard import literal
from core.net.aiohttp_guard import guarded_connector, refusing_addresses
from core.net.lenient_http import MAX_HEAD_BYTES, MAX_HEADERS, LenientConnector
from core.net.proxies import Proxies

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from core.net.address_guard import AddressGuard


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ASCII = bytes(range(128))


def as_asked(url: str) -> URL:
    """The address as aiohttp takes it: escaped as it stands, and one in numbers (2130706433, 0x7f.1) in plain ones."""
    if not url.isascii():  # aiohttp would take the host by IDNA of 2003, which has fewer letters
        url = requested(url, url) or url
    address = URL(url, encoded=True)
    host = address.host or ""
    numeric = literal(host)
    if numeric is not None and str(numeric) != host:
        address = address.with_host(str(numeric))
    if url.endswith("?") and not address.raw_query_string:
        # Some servers tell the two apart. URL leaves it out, and can be told of it in no other way.
        address._cache["raw_path_qs"] = address.raw_path + "?"
    return address


def redirect_target(url: str, response: aiohttp.ClientResponse) -> str | None:
    """The web address that an answer to a request for `url` leads to; None where it is no redirect.

    As browsers take it: escapes stay as they are written; what may not stand in an address is escaped, byte by byte.
    aiohttp would write it anew, and some servers know their own addresses alone. Raises ValueError for anything else.
    """
    location = response.headers.get("Location") if response.status in _REDIRECTS else None
    if not location:
        return None
    written = quote(location.encode("utf-8", "surrogateescape"), safe=_ASCII)
    target = requested(url, written)
    if target is None or target.startswith("data:"):
        raise ValueError(f"redirected to {written}, which is no web address")
    return target


class Sessions:
    """The sessions of one client: one straight to the servers, and one for each proxy. An async context manager.

    Our own connections go only where the guard permits; anywhere without one, for a server that the operator named.
    Those that a proxy makes are its own; a proxy is the operator's choice, and asked for no address in numbers that the
    guard refuses. Certificates are verified, unless they are said not to be. Bodies come
    unpacked, unless `decompress` is off. How many connections are open at once is
    for the caller to limit.
    """

    def __init__(
        self,
        guard: AddressGuard | None,
        *,
        timeout_s: float,
        verify_certificates: bool = True,
        headers: Mapping[str, str] | None = None,
        decompress: bool = True,
    ) -> None:
        self._guard = guard
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._verify = verify_certificates
        self._headers = dict(headers or {})
        self._decompress = decompress
        self._proxies = Proxies()
        self._sessions: dict[str | None, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Sessions:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def session_for(self, url: str) -> aiohttp.ClientSession:
        """The session through which this URL is asked for. Must be called while an event loop runs."""
        proxy = self._proxies.proxy_for(url)
        session = self._sessions.get(proxy)
        if session is None:
            session = self._sessions[proxy] = self._opened(proxy)
        return session

    def _opened(self, proxy: str | None) -> aiohttp.ClientSession:
        guard = self._guard
        if proxy is None and guard is not None:
            connector = guarded_connector(guard, limit=0, ssl=self._verify)
        else:
            connector = LenientConnector(limit=0, ssl=self._verify)
        return aiohttp.ClientSession(
            connector=connector,
            middlewares=() if proxy is None or guard is None else (refusing_addresses(guard),),
            proxy=proxy,
            timeout=self._timeout,  # the total alone bounds a server that drips a byte a second
            headers=self._headers,
            auto_decompress=self._decompress,
            max_line_size=MAX_HEAD_BYTES,
            max_field_size=MAX_HEAD_BYTES,
            max_headers=MAX_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close all sessions and their connections."""
        for session in self._sessions.values():
            await session.close()
