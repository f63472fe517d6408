"""Which proxy the environment names for an address: http_proxy, https_proxy and no_proxy, as Scrapy reads them."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """The URL of the proxy that a request to this URL goes through; None where it goes straight."""
    parts = urlsplit(url)
    return _proxy(parts.scheme, parts.netloc)


@lru_cache(maxsize=64)
def _proxy(scheme: str, netloc: str) -> str | None:
    found = None if proxy_bypass(netloc) else getproxies().get(scheme)
    return f"http://{found}" if found and "://" not in found else found
