"""Asking for known pages whether they changed: conditional requests (RFC 9110, section 13), before the crawl.

Scrapy spends milliseconds on a request, which is little beside reading a page and much beside not reading it.
So the pages of the last crawl are asked for here, with as many requests at once as the crawl makes. Any answer
but 304 is hung up on, and the spider fetches that page like any other.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.net.address_guard import AddressRefusedError
from core.net.validators import Validators, read_validators
from core.records import PageVersion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from core.net.address_guard import AddressGuard
    from core.net.sessions import Sessions
    from crawler.crawl_options import CrawlOptions
    from store.known_pages import KnownPage

MIN_ANSWERS = 20  # before the share below says anything
MIN_UNCHANGED = 0.1  # of the answers; below, asking costs the site more than it spares
MAX_ERRORS = 5  # one after another


def page_version(
    etag: str | None,
    last_modified: str | None,
    *,
    content: tuple[str, bytes] | None = None,
    reader: str | None = None,
) -> PageVersion:
    """The version that an answer's headers and its (Content-Type, body) tell. A malformed validator is none."""
    digest = None
    if content is not None:
        content_type, body = content
        hashed = hashlib.sha256(content_type.encode() + b"\n")
        hashed.update(body)
        digest = hashed.hexdigest()
    validators = read_validators(etag, last_modified)
    return PageVersion(validators.etag, validators.last_modified, digest, reader)


@dataclass(frozen=True, slots=True)
class Client:
    """How requests are to look, and which are allowed: as the crawl's own."""

    headers: Callable[[str], Mapping[str, str]]  # of a request to this URL; credentials belong here
    allowed: Callable[[str], Awaitable[bool]]  # by robots.txt
    least_delay_s: Callable[[str], float]  # between two requests to this host name
    guard: AddressGuard
    verify_certificates: bool


class Revalidation:
    """One pass over known pages. `unchanged` and `counts` hold what came of it, also when it was cancelled."""

    def __init__(self, options: CrawlOptions, client: Client) -> None:
        self.unchanged: dict[str, PageVersion] = {}
        self.counts: Counter[str] = Counter()
        self._options = options
        self._client = client
        self._stopped = False
        self._errors = 0  # since the last good answer
        self._next_at: defaultdict[str, float] = defaultdict(float)

    async def run(self, pages: Sequence[KnownPage]) -> None:
        """Ask for each page that has a validator, until all are asked for or it proves useless."""
        # aiohttp takes a fifth of a second to load, which a first crawl need not spend.
        from core.net.sessions import Sessions

        todo = [page for page in pages if page.etag or page.last_modified]
        # The first pages of a site are those that change most, and say little of the rest.
        random.Random(0).shuffle(todo)  # noqa: S311 - no secret
        waiting = iter(todo)
        async with (
            Sessions(
                self._client.guard,
                timeout_s=self._options.timeout_s,
                verify_certificates=self._client.verify_certificates,
            ) as sessions,
            asyncio.TaskGroup() as workers,
        ):
            # Each worker asks anew when it was answered: a slow site is asked slowly.
            for _ in range(self._options.concurrency_per_host):
                workers.create_task(self._work(sessions, waiting))

    async def _work(self, sessions: Sessions, waiting: Iterator[KnownPage]) -> None:
        for page in waiting:
            if not await self._client.allowed(page.url):
                continue
            await self._turn(urlsplit(page.url).hostname or "")
            if self._stopped:
                return
            await self._ask(sessions, page)

    async def _turn(self, host: str) -> None:
        """Wait until the host may be asked again."""
        delay_s = self._client.least_delay_s(host)
        if delay_s:
            now = time.monotonic()
            at = max(now, self._next_at[host])
            self._next_at[host] = at + delay_s
            await asyncio.sleep(at - now)

    async def _ask(self, sessions: Sessions, page: KnownPage) -> None:
        import aiohttp

        from core.net.sessions import as_asked

        conditions = Validators(page.etag, page.last_modified).conditions()
        self.counts["revalidation/asked"] += 1
        try:
            async with sessions.session_for(page.url).get(
                as_asked(page.url),
                headers={**self._client.headers(page.url), **conditions},
                allow_redirects=False,
            ) as answer:
                if answer.status != 304:
                    answer.close()
                self._note(page, answer.status, answer.headers)
        except (aiohttp.ClientError, AddressRefusedError, OSError, ValueError):
            self._note(page, None, {})

    def _note(self, page: KnownPage, status: int | None, headers: Mapping[str, str]) -> None:
        if status is None or status == 503:
            self._errors += 1
            if self._errors == MAX_ERRORS:
                self._stop("errors")
            return
        self._errors = 0
        if status == 429:
            self._stop("http_429")
        elif status == 304:
            self.unchanged[page.url] = page_version(headers.get("ETag"), headers.get("Last-Modified"))
        asked = self.counts["revalidation/asked"]
        if asked >= MIN_ANSWERS and len(self.unchanged) < MIN_UNCHANGED * asked:
            self._stop("mostly_changed")

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._stopped = True
            self.counts[f"revalidation/stopped/{reason}"] += 1
