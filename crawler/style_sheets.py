"""Style sheets in files of their own: each is asked for once, and handed to the process that reads the pages.

Those on the site's hosts, within what robots.txt allows. A page waits a moment for the sheets that it names, and other
pages go on meanwhile; what does not come in time is left out, and counted.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from core.net.retry_after import BUSY
from crawler.downloader import StoppedError
from crawler.failures import code_of
from crawler.middlewares.robots import redirect_target
from crawler.page.sheet_links import sheets_named

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.http import Response

    from crawler.state import CrawlState

# Of one crawl. Some programs write a sheet for each page; what a site has in common comes first.
MAX_SHEETS = 200
MAX_BYTES = 30_000_000
MAX_RULES = 30_000
MAX_SHEET_BYTES = 1_500_000
MAX_REDIRECTS = 3
MAX_DEPTH = 3  # of sheets that ask for others
TIMEOUT_S = 15.0
WAIT_S = 10.0  # for the sheets of one page, each time that they ask for others
# What may be otherwise another time.
_PASSING = frozenset({"timeout", "connection", "dns", "refused", "cut_short", "retry_later", "robots_unreachable"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What became of a sheet."""

    imports: tuple[str, ...] = ()  # the addresses that it asks for
    complete: bool = True  # False: it may be there another time


class StyleSheets:
    """The style sheets of one crawl. `download` fetches without the scheduler, which may have no room just now."""

    def __init__(self, state: CrawlState, download: Callable[[Request], Awaitable[Response]]) -> None:
        self._scope, self._counts, self._reader = state.scope, state.counts, state.reader
        self._download = download
        self._asked: dict[str, asyncio.Task[_Asked] | None] = {}  # None: it is left out
        self._settled: set[tuple[str, ...]] = set()  # the sheets of pages, of which there is nothing more to come
        self._sheets = self._bytes = self._rules = 0

    async def ready(self, url: str, body: bytes) -> bool:
        """Have the sheets that a page names with the reader. False: another time there may be more of them."""
        named = sheets_named(url, body)
        if not named or named in self._settled:
            return True
        complete = True
        wanted = named
        for _ in range(MAX_DEPTH + 1):
            tasks = [task for task in map(self._task, wanted) if task is not None]
            if not tasks:
                break
            done, late = await asyncio.wait(tasks, timeout=WAIT_S)
            if late:
                self._counts["sheets_late"] += len(late)
            sheets = [task.result() for task in done]
            complete = complete and not late and all(sheet.complete for sheet in sheets)
            wanted = tuple(dict.fromkeys(address for sheet in sheets for address in sheet.imports))
        if complete:
            self._settled.add(named)
        return complete

    def _task(self, address: str) -> asyncio.Task[_Asked] | None:
        """What asks for a sheet, or has done so; None when it is left out."""
        if address not in self._asked:
            if self._scope.offsite(address):
                self._counts["sheets_offsite"] += 1
                self._asked[address] = None
            elif self._sheets >= MAX_SHEETS or self._bytes >= MAX_BYTES or self._rules >= MAX_RULES:
                self._counts["sheets_too_many"] += 1
                self._asked[address] = None
            else:
                self._sheets += 1
                self._asked[address] = asyncio.ensure_future(self._ask(address))
        return self._asked[address]

    async def _ask(self, address: str) -> _Asked:
        try:
            response = await self._follow(address)
        except StoppedError:
            return _Asked(complete=False)
        except Exception as error:  # whatever keeps a sheet from being read
            code = code_of(error)
            self._counts["sheets_forbidden" if code == "robots" else "sheets_failed"] += 1
            return _Asked(complete=code not in _PASSING)
        if response is None:
            self._counts["sheets_offsite"] += 1
            return _Asked()
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if response.status != 200 or content_type.partition(";")[0].strip().lower() not in {"", "text/css"}:
            self._counts["sheets_failed"] += 1
            return _Asked(complete=response.status not in BUSY and response.status < 500)
        self._bytes += len(response.body)
        imports, rules = await self._reader.take_sheet(address, response.url, response.body, content_type)
        self._rules += rules
        self._counts["sheets"] += 1
        return _Asked(imports)

    async def _follow(self, address: str) -> Response | None:
        """The answer after redirects; None where they lead off the site, or nowhere."""
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._download(
                Request(
                    address,
                    callback=NO_CALLBACK,
                    dont_filter=True,
                    meta={
                        "download_maxsize": MAX_SHEET_BYTES,
                        "download_timeout": TIMEOUT_S,
                        "autothrottle_dont_adjust_delay": True,
                    },
                )
            )
            target = redirect_target(response) if 300 <= response.status < 400 else None
            if target is None:
                return response
            if self._scope.offsite(target):
                return None
            address = target
        return None
