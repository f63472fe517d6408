"""The credentials of a crawl (core.net.credentials) in its requests, and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import UsageError
from crawler.urls.scope import domain_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy import Request
    from scrapy.crawler import Crawler

    from core.net.credentials import Credentials
    from crawler.crawl_options import CrawlOptions


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
