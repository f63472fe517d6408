"""robots.txt as RFC 9309 has it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    IgnoreRequest,
)
from scrapy.http.request import NO_CALLBACK
from w3lib.encoding import read_bom

from core.identity.urls import absolute
from crawler.downloader import STOP_AT_BYTES, HostDownloader, StoppedError
from crawler.middlewares.address_guard import RefusedError
from crawler.middlewares.certificates import UntrustedError
from crawler.page.directives import product_token

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

MAX_ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB are read; the rest is left unread
MAX_UNPACKED_BYTES = 67_108_864  # of a robots.txt that is sent compressed
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2
MAX_CRAWL_DELAY_S = 10.0  # a longer Crawl-delay (no part of the RFC) is taken for this one


class DisallowedError(IgnoreRequest):
    """robots.txt forbids the page."""


class RobotsUnreachableError(IgnoreRequest):
    """robots.txt could not be had, which forbids everything."""


def robots_request(url: str, **kwargs: Any) -> Request:
    """A request for a robots.txt of which only the first MAX_ROBOTS_BYTES are read."""
    meta = {
        "dont_obey_robotstxt": True,
        "download_maxsize": MAX_UNPACKED_BYTES,
        STOP_AT_BYTES: MAX_ROBOTS_BYTES,
        "autothrottle_dont_adjust_delay": True,
    }
    headers = {"Accept-Encoding": "identity"}  # half of a compressed file would be none
    return Request(url, dont_filter=True, priority=1000, meta=meta, headers=headers, **kwargs)


def read_robots(body: bytes) -> Protego:
    """The rules in a robots.txt: UTF-8 by the RFC, another encoding when a byte order mark says so.

    What lies beyond MAX_ROBOTS_BYTES is ignored, and so is the line that the limit cuts.
    """
    if len(body) >= MAX_ROBOTS_BYTES:
        kept = body[:MAX_ROBOTS_BYTES]
        body = kept[: max(kept.rfind(b"\n"), kept.rfind(b"\r")) + 1]
    encoding, mark = read_bom(body)
    return Protego.parse(body[len(mark or b"") :].decode(encoding or "utf-8", "replace"))


_ASCII = bytes(range(128))


def redirect_target(response: Response) -> str | None:
    """Where an answer with a 3xx status leads; None when that is no web address."""
    header = response.headers.get("Location")
    # Bytes beyond ASCII mean themselves, whatever their encoding is, as in Chromium.
    target = absolute(response.url, quote(header, safe=_ASCII)) if header else None
    return None if target is None or target.startswith("data:") else target


# What keeps robots.txt from being asked for holds for the pages, too, and says more.
_NO_HOST = (CannotResolveHostError, DownloadConnectionRefusedError, RefusedError, UntrustedError, StoppedError)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """What a server answered to the question for its robots.txt."""

    url: str  # after redirects
    status: int
    rules: Protego  # none where the status is no success

    @property
    def forbids_all(self) -> bool:
        """Whether the site is in trouble. A 4xx, or redirects without end, mean that there are no rules (RFC 9309)."""
        return self.status == 429 or self.status >= 500


class RobotsMiddleware:
    """Lets no page be fetched that robots.txt forbids to the product token of our user agent.

    Scrapy's own takes every failure, a 5xx or a dead connection too, for a permission, does not follow
    redirects, and in 2.19 several requests that wait for the same file are all allowed but the first.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._obey = crawler.settings.getbool("ROBOTSTXT_OBEY")
        self._token = product_token(crawler.settings["USER_AGENT"])
        self._files: dict[str, asyncio.Future[RobotsFile | Exception]] = {}  # by scheme, host and port

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise DisallowedError or RobotsUnreachableError for what may not be fetched."""
        if not self._obey or request.meta.get("dont_obey_robotstxt"):
            return
        file = await self.file_of(request.url)
        if file.forbids_all:
            raise RobotsUnreachableError(f"{file.url} cannot be read")
        if not file.rules.can_fetch(request.url, self._token):
            raise DisallowedError(f"forbidden by {file.url}")

    async def file_of(self, url: str) -> RobotsFile:
        """The robots.txt that holds for `url`, fetched once in a crawl, whoever asks.

        Raises RobotsUnreachableError where there is no answer. Where there is no host at all, the reason is raised: it
        holds for the pages, too.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._files:
            self._files[origin] = asyncio.ensure_future(self._fetch(f"{origin}/robots.txt"))
        found = await asyncio.shield(self._files[origin])
        if isinstance(found, Exception):
            raise found.with_traceback(None)  # raised for each page, it would keep the frames of all of them
        return found

    async def _fetch(self, url: str) -> RobotsFile | Exception:
        engine = self._crawler.engine
        assert engine is not None
        first = Request(url)
        for _ in range(MAX_REDIRECTS + 1):
            try:
                response = await engine.download_async(robots_request(url, callback=NO_CALLBACK))
            except _NO_HOST as error:
                return error
            except Exception:  # any: no answer is no permission
                return RobotsUnreachableError(f"{url} cannot be read")
            target = redirect_target(response) if 300 <= response.status < 400 else None
            if target is None:
                break
            url = target
        rules = read_robots(response.body if response.status < 300 else b"")
        delay_s = rules.crawl_delay(self._token) if self._obey else None
        if delay_s and isinstance(engine.downloader, HostDownloader):
            engine.downloader.keep_apart(first, min(delay_s, MAX_CRAWL_DELAY_S))
        return RobotsFile(response.url, response.status, rules)

    async def allows(self, url: str) -> bool:
        """Whether a request for `url` would pass, for what asks without Scrapy."""
        try:
            await self.process_request(Request(url))
        except Exception:  # whatever keeps the rules from being read: no answer is no permission
            return False
        return True
