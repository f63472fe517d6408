"""Asking which pages of earlier crawls are unchanged, in the crawl's own manner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import ACCEPTED_ENCODINGS

from crawler.revalidate import Client, Revalidation

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.settings import BaseSettings

    from core.records import PageVersion
    from crawler.middlewares.robots import RobotsMiddleware
    from crawler.state import CrawlState


async def unchanged_pages(
    state: CrawlState, settings: BaseSettings, robots: RobotsMiddleware, least_delay_s: Callable[[str], float]
) -> dict[str, PageVersion]:
    """The known pages that need not be read again, by URL; the crawl's links decide which of them are met again.

    `least_delay_s` are the seconds between two requests to a host, at least.
    """
    # As Scrapy asks, or the server would answer for another variant of the page.
    headers = dict(settings["DEFAULT_REQUEST_HEADERS"]) | {
        "User-Agent": state.options.user_agent,
        "Accept-Encoding": b", ".join(ACCEPTED_ENCODINGS).decode(),
    }
    client = Client(
        lambda url: headers | state.credentials.headers_for(url),
        robots.allows,
        least_delay_s,
        state.guard,
        verify_certificates=settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"),
    )
    revalidation = Revalidation(state.options, client)
    # A rendered page is made by scripts, of data that its validators do not speak of.
    rendered = [re.compile(pattern) for pattern in state.options.render]
    await revalidation.run(
        [
            page
            for page in state.known_pages.values()
            if state.scope.outside(page.url, page.depth) is None
            and not any(pattern.search(page.url) for pattern in rendered)
        ]
    )
    state.counts.update(revalidation.counts)
    return revalidation.unchanged
