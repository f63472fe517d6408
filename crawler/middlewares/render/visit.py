"""One page in one browser tab: what it may load, when it is done, and the tree it ends up with."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from contextlib import suppress
from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from playwright.async_api import Error

from crawler.failures import RenderError
from crawler.middlewares.render.signed import SignedRequestError
from crawler.urls.scope import names_a_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.async_api import Page, Request, Route
    from scrapy import Request as ScrapyRequest
    from scrapy.http import Response

    from crawler.middlewares.render.signed import SignedRequests

VIEWPORT = {"width": 1280, "height": 1800}  # pixels; tall, so that few steps of scrolling reach the end
# Enough for frameworks that mount after a timer of half a second.
QUIET_S = 0.75
MAX_SELF_LOADS = 4  # a page that sets a cookie or stores a choice and starts again
MAX_SETTLE_S = 5.0  # for a page that polls or streams without end
# Scripts that load on scrolling look at most five times a second, and often wait 250 ms after the last event.
STEP_QUIET_S = 0.3
MAX_STEP_S = 1.0
MAX_STEPS = 60  # of 0.8 screens: 86,000 pixels, and the end of an infinite scroll
_POLL_S = 0.05
_CLOSE_S = 5.0
# What a tree can depend on. Fonts and media are named in it, whether they are loaded or not; frames are pages of
# their own.
_NEEDED = frozenset({"script", "stylesheet", "xhr", "fetch"})
# In the place of every picture: refused, it would set off the scripts that put a replacement there.
_PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# The body is not what they describe any more, or they would make a download of the page.
_NOT_PASSED_ON = frozenset({"content-encoding", "content-length", "transfer-encoding", "content-disposition"})


@cache
def _script(name: str) -> str:
    return files("crawler.middlewares.render").joinpath(name).read_text("utf-8")


class Visit:
    """Renders the page of `response`, fetched by `request`, within `timeout_s` seconds in all."""

    def __init__(
        self, request: ScrapyRequest, response: Response, signed: SignedRequests, timeout_s: float, max_chars: int
    ) -> None:
        self._request = request
        self._signed = signed
        self._response = response
        self._timeout_s = timeout_s
        self._max_chars = max_chars
        self._began = time.monotonic()
        self._served = 0
        self._settled = False
        self._loading: set[Request] = set()
        self.redirect: str | None = None  # where a script sent the visitor at once
        self.flags: list[str] = ["rendered"]

    @property
    def reloads_itself(self) -> bool:
        """Whether the page has loaded itself time and again."""
        return self._served > MAX_SELF_LOADS

    @property
    def context_options(self) -> dict[str, Any]:
        """For a browser context of its own: pages share no storage, and closing it closes all it has opened."""
        agent = self._request.headers.get("User-Agent") or b""
        return {
            "viewport": VIEWPORT,
            "user_agent": agent.decode("latin-1") or None,
            "service_workers": "block",
            "accept_downloads": False,
            "ignore_https_errors": not self._signed.verify,
        }

    async def prepare(self, page: Page, _: ScrapyRequest) -> None:
        """Set up the tab before it navigates. Dialogs need nothing: Playwright dismisses them."""
        try:
            await page.context.add_cookies(self._cookies())
            if self._response.ip_address is not None and not self._response.ip_address.is_global:
                # Chromium keeps scripts of the public web away from such addresses; an intranet may use its own.
                with suppress(Error):  # from a browser that does not know the permission yet, and asks for none
                    await page.context.grant_permissions(["local-network-access"])
            await page.context.route("**/*", _abort)  # of windows that the page opens
            await page.route("**/*", self._answer)
            page.on("popup", _close)
            page.on("request", self._loads)
            page.on("requestfinished", self._loaded)
            page.on("requestfailed", self._loaded)
        except Exception:
            await page.context.close()  # scrapy-playwright would navigate all the same
            raise

    def _loads(self, request: Request) -> None:
        self._loading.add(request)

    def _loaded(self, request: Request) -> None:
        self._loading.discard(request)

    def _cookies(self) -> list[Any]:
        header = (self._request.headers.get("Cookie") or b"").decode("latin-1")
        try:
            cookies = SimpleCookie(self._signed.credentials.without_own(header))
        except CookieError:
            return []
        return [{"name": name, "value": morsel.value, "url": self._request.url} for name, morsel in cookies.items()]

    async def _answer(self, route: Route) -> None:
        request = route.request
        if request.is_navigation_request():
            await self._navigate(route)
        elif request.resource_type in _NEEDED:
            await self._load(route)
        elif request.resource_type == "image":
            await route.fulfill(status=200, content_type="image/gif", body=_PIXEL)
        else:
            await route.abort()

    async def _load(self, route: Route) -> None:
        request = route.request
        if not self._signed.concerns(request.url, self._request.url):
            await route.continue_()
            return
        cookies = await request.frame.page.context.cookies(request.url)
        header = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)
        try:
            answer = await self._signed.answer(request, header)
        except SignedRequestError:
            await route.abort("failed")
        else:
            await route.fulfill(status=answer.status, headers=self._passed_on(answer.headers), body=answer.body)

    async def _navigate(self, route: Route) -> None:
        request = route.request
        if request.frame.parent_frame is not None:
            await route.abort()
        elif not self._settled and request.method == "GET" and self._is_self(request.url):
            self._served += 1
            await route.fulfill(status=200, headers=self._passed_on(self._own_headers()), body=self._response.body)
        else:
            # Where scripts send a visitor who is on the page already, after a while or a click, is no redirect.
            if not self._settled and self.redirect is None and not names_a_file(request.url):
                self.redirect = request.url
            await route.abort("aborted")  # the only reason that leaves the page where it is

    def _is_self(self, url: str) -> bool:
        return urldefrag(url)[0] == urldefrag(self._request.url)[0]

    def _own_headers(self) -> list[tuple[str, str]]:
        given = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in self._response.headers.items()
            for value in values
        ]
        return [("content-type", "text/html"), *given] if b"Content-Type" not in self._response.headers else given

    def _passed_on(self, given: Iterable[tuple[str, str]]) -> dict[str, str]:
        """An answer's headers; the lines of a repeated one are joined as Playwright wants them.

        A cookie that the credentials name stays with us: the browser would send it to every port of the host.
        """
        headers: dict[str, str] = {}
        for name, value in given:
            name = name.lower()
            if name in _NOT_PASSED_ON or (name == "set-cookie" and self._signed.credentials.sets_own(value)):
                continue
            headers[name] = f"{headers[name]}\n{value}" if name in headers else value
        return headers

    async def read(self, page: Page) -> str:
        """Wait, scroll, and return the page as HTML. Raises RenderError when it is too large or reloads itself."""
        settled = await self._settle(page, QUIET_S, MAX_SETTLE_S)
        if not settled:
            self.flags.append("render_never_idle")
        self._settled = True
        if self.redirect is not None:
            return ""
        if not await self._scroll(page, MAX_STEP_S if settled else STEP_QUIET_S):
            self.flags.append("render_scroll_limit")
        html = await page.evaluate(_script("snapshot.js"), self._max_chars)
        if html is None:
            raise RenderError("render_too_large")
        return str(html)

    async def _scroll(self, page: Page, max_step_s: float) -> bool:
        """Step by step to the end; False when steps or time ran out before it."""
        ends_at = self._began + 0.75 * self._timeout_s  # the rest is for the snapshot
        before = None
        for _ in range(MAX_STEPS):
            at_end, height = await page.evaluate(_script("scroll.js"))
            if at_end and before == (at_end, height):  # nothing came when the end was reached
                return True
            before = at_end, height
            await self._settle(page, STEP_QUIET_S, max_step_s)
            if time.monotonic() > ends_at:
                break
        return False

    async def _settle(self, page: Page, quiet_s: float, at_most_s: float) -> bool:
        """Wait until nothing was loaded or built for `quiet_s`; False when that did not happen in `at_most_s`."""
        quiet_since = began = time.monotonic()
        size = -1
        while True:
            if self.reloads_itself:
                raise RenderError("render_reload_loop")
            elements = await _elements(page)
            now = time.monotonic()
            if self._loading or elements != size:
                quiet_since, size = now, elements
            if now - quiet_since >= quiet_s or self.redirect is not None:
                return True
            if now - began >= at_most_s:
                self._loading.clear()  # what hangs is not waited for again
                return False
            await asyncio.sleep(_POLL_S)


async def _elements(page: Page) -> int:
    """How many elements the page has; -1 while it is between two documents."""
    try:
        return int(await page.evaluate("document.getElementsByTagName('*').length"))
    except Error as error:
        if "context was destroyed" in error.message:
            return -1
        raise


async def _abort(route: Route) -> None:
    await route.abort()


async def _close(page: Page) -> None:
    with suppress(Error, TimeoutError):  # closing the context ends it
        await asyncio.wait_for(page.close(), _CLOSE_S)
