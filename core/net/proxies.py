"""Which proxy the environment names for an address: http_proxy, https_proxy and no_proxy, as Scrapy reads them."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


class Proxies:
    """The proxies that the environment names when this is made."""

    def __init__(self) -> None:
        self._by_scheme = getproxies()
        self._bypassed: dict[str, bool] = {}  # by host and port

    def proxy_for(self, url: str) -> str | None:
        """The URL of the proxy that a request to this URL goes through; None where it goes straight."""
        parts = urlsplit(url)
        proxy = self._by_scheme.get(parts.scheme)
        if proxy is None or self._bypasses(parts.netloc):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    def _bypasses(self, netloc: str) -> bool:
        if netloc not in self._bypassed:
            if len(self._bypassed) == 1000:  # a crawl may meet any number of hosts
                self._bypassed.clear()
            self._bypassed[netloc] = bool(proxy_bypass(netloc))
        return self._bypassed[netloc]
