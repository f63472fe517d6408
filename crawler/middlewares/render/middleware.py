"""The downloader middleware that puts the rendered tree in the place of what the server sent."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from playwright.async_api import Error
from scrapy import Request, signals
from scrapy.exceptions import NotConfigured
from scrapy.http import HtmlResponse, Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.failures import RenderError
from crawler.middlewares.render.gate import Gate
from crawler.middlewares.render.signed import SignedRequests
from crawler.middlewares.render.visit import Visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_CLOSE_S = 5.0
_TABS_PER_CPU = 2


class _BrowserGoneError(RenderError):
    """The whole browser died."""


def _failure(error: Error) -> RenderError:
    if "has been closed" in error.message:
        return _BrowserGoneError("render_crash")
    return RenderError("render_crash" if "crashed" in error.message else "render_failed")


class RenderMiddleware:
    """Renders the HTML pages whose URL matches one of the patterns of the setting ALT_AUDIT_RENDER.

    scrapy-playwright keeps the browser: it starts it, gives out contexts and tabs, and starts it again when it
    died. It stands here and not in DOWNLOAD_HANDLERS because by itself it would follow redirects inside the
    browser, past robots.txt and scope, and has no limit on the time or size of a page.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        settings = crawler.settings
        self._patterns = [re.compile(pattern) for pattern in settings.getlist("ALT_AUDIT_RENDER")]
        if not self._patterns:
            raise NotConfigured
        self._timeout_s = settings.getfloat("ALT_AUDIT_RENDER_TIMEOUT_S")
        self._max_chars = settings.getint("DOWNLOAD_MAXSIZE")
        self._tabs = asyncio.Semaphore(
            min(settings.getint("CONCURRENT_REQUESTS"), _TABS_PER_CPU * (os.cpu_count() or 1))
        )
        self._numbers = itertools.count()
        self._browser = ScrapyPlaywrightDownloadHandler.from_crawler(crawler)
        self._browser.config.target_closed_max_retries = 0  # it would go on with a visit that has begun
        spider: Any = crawler.spider
        state = spider.crawl_state
        self._counts = state.counts
        self._gate = Gate(state.guard, self._count_refusal)
        self._signed = SignedRequests(
            state.credentials,
            state.guard,
            timeout_s=self._timeout_s,
            max_bytes=self._max_chars,
            verify=settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"),
        )
        self._opening = asyncio.Lock()
        crawler.signals.connect(self._close, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RenderMiddleware:
        return cls(crawler)

    async def _open_gate(self) -> None:
        """Before the browser starts: let it connect through the gate. With a proxy, it is that which connects."""
        async with self._opening:
            options = self._browser.config.launch_options
            if "proxy" not in options and not getproxies().keys() & {"http", "https", "all"}:
                options["proxy"] = {"server": await self._gate.open()}

    def _count_refusal(self) -> None:
        self._counts["render_address_refused"] += 1

    async def _close(self) -> None:
        await self._signed.close()
        await self._browser.close()
        await self._gate.close()

    async def process_response(self, request: Request, response: Response) -> Response:
        """Render a page that was read and should be; pass on everything else."""
        page = "depth_of_page" in request.meta and response.status == 200 and isinstance(response, HtmlResponse)
        if not page or not any(pattern.search(request.url) for pattern in self._patterns):
            return response
        await self._open_gate()
        async with self._tabs:
            try:
                return await self._rendered(request, response)
            except _BrowserGoneError:  # which may have been another page's doing
                return await self._rendered(request, response)

    async def _rendered(self, request: Request, response: Response) -> Response:
        visit = Visit(request, response, self._signed, self._timeout_s, self._max_chars)
        navigation = Request(
            request.url,
            meta={
                "playwright": True,
                "playwright_include_page": True,
                "playwright_context": f"page-{next(self._numbers)}",
                "playwright_context_kwargs": visit.context_options,
                "playwright_page_init_callback": visit.prepare,
                "playwright_page_goto_kwargs": {"wait_until": "commit"},
            },
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._navigate(navigation)
                html = await visit.read(navigation.meta["playwright_page"])
        except TimeoutError:
            raise RenderError("render_timeout") from None
        except Error as error:
            raise RenderError("render_reload_loop") if visit.reloads_itself else _failure(error) from error
        finally:
            await self._discard(navigation.meta["playwright_context"])
        if visit.redirect is not None:
            return Response(response.url, 302, headers={"Location": visit.redirect}, request=request)
        headers = response.headers.copy()
        headers["Content-Type"] = "text/html; charset=utf-8"
        body = html.encode("utf-8", "replace")
        return response.replace(body=body, encoding="utf-8", headers=headers, flags=[*response.flags, *visit.flags])

    async def _navigate(self, navigation: Request) -> None:
        try:
            await self._browser.download_request(navigation)
        except Error as error:
            # Reading the page at once, as scrapy-playwright does, comes too early when it loads itself again.
            if "page is navigating" not in error.message:
                raise

    async def _discard(self, context: str) -> None:
        """Close the page's context, and with it the page and whatever it has opened."""
        wrapper = self._browser.context_wrappers.get(context)
        if wrapper is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_S):
                await wrapper.context.set_offline(True)  # what waits for an answer would else be let go
                await wrapper.context.close()
        except (Error, TimeoutError):
            self._browser.context_wrappers.pop(context, None)
