"""Cookies within one chain of redirects: some servers redirect until a cookie that they have set comes back."""

from __future__ import annotations

import aiohttp

from core.net.sessions import as_asked

MAX_COOKIES = 180  # of one answer; Chromium keeps as many of a site, aiohttp 3.14.0 all of them


class ChainCookies:
    """The cookies that the answers of a chain have set, each for where it belongs. None outlives the chain."""

    def __init__(self) -> None:
        self._jar: aiohttp.CookieJar | None = None  # most chains are of one answer

    def keep(self, url: str, response: aiohttp.ClientResponse) -> None:
        """Keep what the answer to a request for `url` sets."""
        set_cookies = response.headers.getall("Set-Cookie", ())[:MAX_COOKIES]
        if set_cookies:
            # Unsafe: addresses in numbers have cookies, too.
            self._jar = self._jar or aiohttp.CookieJar(unsafe=True, quote_cookie=False)
            self._jar.update_cookies_from_headers(list(set_cookies), as_asked(url))

    def header_for(self, url: str) -> str:
        """The Cookie header of a request for `url`, each value as it came, with its quotes; empty for none."""
        if self._jar is None:
            return ""
        as_set = {(morsel.key, morsel.value): morsel.coded_value for morsel in self._jar}
        found = self._jar.filter_cookies(as_asked(url))
        return "; ".join(f"{name}={as_set.get((name, morsel.value), morsel.value)}" for name, morsel in found.items())
