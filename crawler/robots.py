"""robots.txt (RFC 9309) as Scrapy obeys it, but for every request."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.robotstxt import RobotParser


class RobotsMiddleware(RobotsTxtMiddleware):
    """Lets one request at a time ask for the rules of a host.

    In Scrapy 2.19 several requests that wait for the same robots.txt share one Deferred. The first takes the
    rules from it, the others get None, which means that everything is allowed: a resumed crawl, which starts
    with many pages, would fetch what the site forbids.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        async with self._asking[urlsplit(request.url).netloc]:
            return await super().robot_parser(request)
