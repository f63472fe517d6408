"""Redirects are links like others: each target is fetched once, and never off the site, but for a gate that leads back.

A page that redirects is counted when it is known what comes of the page that it leads to: one whose chain ends in a
failure is a failure itself, as it is for a visitor. A chain that comes back to a page of its own, and has set a cookie
on the way (a cookie test, an age check, a consent page), leads to that page when it is asked for once more, and so do
the others that have come to the same check meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from scrapy import Request

from core.identity.urls import page_url
from core.records import PageFailed
from crawler.items import SitemapLinks
from crawler.middlewares.robots import redirect_target
from crawler.urls.acts import names_login
from crawler.urls.address_set import AddressSet
from crawler.urls.traps import without_session
from store.losses import PERMANENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy.http import Response

    from crawler.page_requests import PageRequests
    from crawler.state import CrawlState

    # (url, depth, code, status) -> what is to be done with a page that cannot be read
    Fail = Callable[[str, int, str, int | None], Iterator[Any]]

MAX_SELF_REDIRECTS = 3  # a page that sets a cookie and sends the visitor to itself
MAX_REDIRECTS = 10  # one after another
MAX_WAITING = 100_000  # redirects whose end is awaited; more are not looked after
MAX_DEAD = 10_000  # addresses that failed, remembered for redirects that come to them later
LOGIN_FORM = "login_form"  # in place of a failure: what was read is a form with a password
# Of a target, for what redirects to it.
NO_FAILURE = frozenset({"robots", "robots_unreachable", "not_html", "variant_trap"})


@dataclass(frozen=True, slots=True)
class Moved:
    """A page that answered with a redirect."""

    url: str
    depth: int
    status: int
    hops: int  # redirects so far, its own included
    again: int = 0  # how often it has led to itself
    cookie: bool = False  # it set one


def names_us(target: str, url: str) -> bool:
    """Whether the address of a page on another host says where on this page's host to go back to."""
    parts = urlsplit(target)
    told = unquote(unquote(f"{parts.path}?{parts.query}"))
    return f"://{urlsplit(url).netloc}" in told or "aHR0c" in told  # base64 of `http`


class Redirects:
    """Says what is to be done with the pages of a crawl that redirect; the spider says what came of the others."""

    def __init__(
        self,
        state: CrawlState,
        requests: PageRequests,
        fail: Fail,
        *,
        through_gate: Callable[..., Any],
        gate_failed: Callable[..., Any],
    ) -> None:
        """`through_gate` and `gate_failed` are the callback and errback for a page that leads to another host."""
        self._state, self._requests, self._fail = state, requests, fail
        self._through_gate, self._gate_failed = through_gate, gate_failed
        self._starts_led_to: set[str] = set()
        self._waiting: dict[str, list[Moved]] = {}  # target -> pages that led there
        self._number = 0
        self._ended = AddressSet()
        self._passed = AddressSet()  # those that set a cookie and led back
        self._dead: dict[str, tuple[str, int | None]] = {}

    def redirected(self, response: Response, url: str, depth: int) -> Iterator[Any]:
        """What is to be done with a page that was answered with a redirect."""
        meta = response.meta
        cookie = b"Set-Cookie" in response.headers
        page = Moved(url, depth, response.status, meta["hops"] + 1, meta["self_redirects"], cookie)
        yield from self._led(page, redirect_target(response))

    def gate(self, response: Response, page: Moved) -> Iterator[Any]:
        """What is to be done with a page that led to another host, which answered with a redirect or not at all."""
        cookie = page.cookie or b"Set-Cookie" in response.headers
        yield from self._led(replace(page, hops=page.hops + 1, cookie=cookie), redirect_target(response))

    def adopts(self, page: Moved, target: str) -> bool:
        """Whether the host that a page led to, and that has answered, is the site's own: that of a start URL.

        One that knows the way back is a gate. A page that was read before, and now leads elsewhere for the time being,
        has not moved.
        """
        known = page.status not in PERMANENT and self._was_read(page.url)
        return self._is_start(page.url) and not names_us(target, page.url) and not known

    def adopt(self, page: Moved, target: str) -> Iterator[Any]:
        """Let the host that a start URL led to belong to the site."""
        state = self._state
        state.scope.adopt(target)
        if self._was_read(page.url):
            state.moved[page.url] = target
        self._starts_led_to.add(target)
        if state.owners is not None:
            state.owners.claim(state.owners.of(page.url), [target])
        yield from self._given_up(page)

    def not_adopted(self, page: Moved, target: str, status: int) -> Iterator[Any]:
        """What is to be done with a page that led to another host, which answered and is not the site's."""
        if status >= 300:
            yield from self._fail(page.url, page.depth, f"http_{status}", status)
        else:
            yield from self._fail(
                page.url, page.depth, "gate" if names_us(target, page.url) else "elsewhere", page.status
            )

    def ended(self, url: str, code: str | None = None, status: int | None = None) -> Iterator[Any]:
        """What is to be done with the pages that led to one that was read, or that failed with this code.

        LOGIN_FORM is the code of one that was read, and is a login by what it shows.
        """
        self._ended.add(url)
        if code is not None and code not in NO_FAILURE and len(self._dead) < MAX_DEAD:
            self._dead[url] = code, status
        for page in self._taken(url):
            yield from self._outcome(page, code, status)

    def left(self) -> Iterator[PageFailed]:
        """The pages that led to one of which nothing is known when the crawl ends."""
        for url in list(self._waiting):
            for page in self._taken(url):
                yield self._noted(page)

    def _led(self, page: Moved, target: str | None) -> Iterator[Any]:
        if target is None:
            yield from self._fail(page.url, page.depth, "bad_redirect", page.status)
            return
        target = without_session(page_url(target))
        if target == page.url:
            if page.again >= MAX_SELF_REDIRECTS:
                yield from self._fail(page.url, page.depth, "redirect_loop", page.status)
            else:
                yield self._once_more(page.url, page.depth, again=page.again + 1, hops=page.hops - 1)
        elif page.hops > MAX_REDIRECTS:
            yield from self._fail(page.url, page.depth, "too_many_redirects", page.status)
        elif names_login(target) and not names_login(page.url):
            yield from self._asked_to_log_in(page, target)
        elif self._state.scope.offsite(target):
            yield from self._led_away(page, target)
        else:
            yield from self._led_on(page, target)

    def _led_on(self, page: Moved, target: str) -> Iterator[Any]:
        if target in self._passed and page.again < MAX_SELF_REDIRECTS:
            # It was asked for before the cookie was there, and is answered after that.
            yield self._once_more(page.url, page.depth, again=page.again + 1, hops=page.hops)
            return
        pages = [*self._taken(page.url), page]
        back = next((each for each in pages if each.url == target), None)
        if back is not None:
            if any(each.cookie for each in pages):
                self._passed.add(page.url)
                yield self._once_more(target, back.depth, again=back.again, hops=page.hops)
                for each in pages:
                    # What came here without the cookie is let through now.
                    if each not in (back, page) and each.again < MAX_SELF_REDIRECTS:
                        yield self._once_more(each.url, each.depth, again=each.again + 1, hops=each.hops)
                    elif each is not back:
                        self._wait(target, [each])
            else:
                for each in pages:
                    yield from self._fail(each.url, each.depth, "redirect_loop", each.status)
            return
        if self._is_start(page.url):
            self._starts_led_to.add(target)
        new = tuple((link, page.depth) for link in self._requests.links.new([target], page.depth))
        refused = not new and self._state.scope.outside(target, page.depth) is not None
        if refused or target in self._ended or not self._wait(target, pages):
            code, status = self._dead.get(target, (None, None))
            for each in pages:
                yield from self._outcome(each, code, status)
        if new:
            yield SitemapLinks(new)  # into the frontier; the page that redirects is stored later
            yield from self._requests.take_up(new, hops=page.hops)

    def _led_away(self, page: Moved, target: str) -> Iterator[Any]:
        if self._is_start(page.url) or names_us(target, page.url):
            self._state.frontier.again()
            yield Request(
                target,
                callback=self._through_gate,
                errback=self._gate_failed,
                dont_filter=True,
                priority=-page.depth,
                meta={"depth_of_page": page.depth, "self_redirects": 0, "hops": page.hops},
                cb_kwargs={"page": page, "target": target},
            )
        elif page.status not in PERMANENT and self._was_read(page.url):
            yield from self._fail(page.url, page.depth, "elsewhere", page.status)
        else:
            self._requests.links.new([target], page.depth)  # counts it
            yield from self._given_up(page)

    def _asked_to_log_in(self, page: Moved, target: str) -> Iterator[Any]:
        """The login itself is a page of the site; it is read once, wherever it leads back to."""
        login = target.partition("?")[0]
        new = () if self._state.scope.offsite(target) else tuple(self._requests.links.new([login], page.depth))
        links = tuple((link, page.depth) for link in new)
        if links:
            yield SitemapLinks(links)
        yield from self._fail(page.url, page.depth, "login", page.status)
        yield from self._requests.take_up(links)

    def _given_up(self, page: Moved) -> Iterator[Any]:
        for each in [*self._taken(page.url), page]:
            yield from self._outcome(each, None, None)

    def _outcome(self, page: Moved, code: str | None, status: int | None) -> Iterator[Any]:
        if code == LOGIN_FORM:
            code, status = ("login", page.status) if self._came_for_more(page) else (None, None)
        if code is not None and code not in NO_FAILURE:
            yield from self._fail(page.url, page.depth, code, status)
            return
        noted = self._noted(page)
        yield noted
        yield from self._requests.take_up(noted.queued)

    def _noted(self, page: Moved) -> PageFailed:
        """The record of a page that redirects. For the time being only: then it still leads where it led."""
        self._ended.add(page.url)
        self._state.counts["skipped/redirect"] += 1
        new: tuple[tuple[str, int], ...] = ()
        if page.status not in PERMANENT:
            new = self._requests.links.followed(self._state.storage.links_before(page.url), page.depth)
        return PageFailed(page.url, page.depth, "redirect", page.status, new, skipped=True)

    def _once_more(self, url: str, depth: int, *, hops: int, again: int = 0) -> Request:
        self._state.frontier.again()
        return self._requests.request(url, depth, again, hops)

    def _is_start(self, url: str) -> bool:
        return url in self._state.starts or url in self._starts_led_to

    def _was_read(self, url: str) -> bool:
        return self._state.storage.links_before(url).known

    def _came_for_more(self, page: Moved) -> bool:
        """Whether a page that leads to a login was there before, or should be there for one who is logged in."""
        return page.status not in PERMANENT and (self._state.options.auth is not None or self._was_read(page.url))

    def _wait(self, target: str, pages: list[Moved]) -> bool:
        """Keep pages until something comes of the target; false when too many wait already."""
        if self._number + len(pages) > MAX_WAITING:
            return False
        self._number += len(pages)
        self._waiting.setdefault(target, []).extend(pages)
        return True

    def _taken(self, url: str) -> list[Moved]:
        """The pages that led to this one, also by way of each other; they wait no longer."""
        found: list[Moved] = []
        ask = [url]
        while ask:
            pages = self._waiting.pop(ask.pop(), [])
            self._number -= len(pages)
            found += pages
            ask += [page.url for page in pages]
        return found
