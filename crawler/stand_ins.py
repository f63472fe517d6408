"""Pages that answer for others: a challenge, the login of a session that has ended, one notice at every address."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.urls.acts import names_login
from crawler.walls import (
    MAX_WALL_BYTES,
    MAX_WALL_LINKS,
    MAX_WALL_PLACES,
    REFUSING,
    is_challenge,
    says_challenge,
    shows_challenge,
    signature,
)

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawler.items import PageLinks
    from crawler.state import CrawlState

MAX_SIGNATURES = 10_000  # of one crawl


class Answered(NamedTuple):
    """A page that was answered with status 200."""

    url: str
    depth: int


def header_pairs(response: Response) -> list[tuple[str, str]]:
    """The headers of an answer, each as often as it came."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    ]


def is_challenged(response: Response) -> bool:
    """Whether an answer that is no page stands in front of one. A 202 with a script does."""
    if response.status == 202 and b"<script" in response.body[:MAX_WALL_BYTES].lower():
        return True
    return response.status in {202, *REFUSING} and is_challenge(header_pairs(response), response.body)


class StandIns:
    """Tells what came in place of pages. What has come once only may be the page itself."""

    def __init__(self, state: CrawlState) -> None:
        self._state = state
        self._first: dict[str, Answered | None] = {}  # signature -> the page that it came for first

    def none_of(self, answer: Answered, response: Response, page: PageLinks) -> dict[Answered, str]:
        """Of this page, and of one that was taken for read before, those that something else came for: why.

        A login is one that comes at a second address, but for the login's own. Any other dead end is a notice only
        where pages had images before, have fewer now, and show the same as one another.
        """
        dead_end = self._is_dead_end(answer, page)
        if dead_end and (says_challenge(header_pairs(response)) or shows_challenge(response.body)):
            return {answer: "challenge"}
        if page.login is not None:
            return self._met("login", page.login, answer, honest=names_login(answer.url))
        if not dead_end or page.built_by_script or self._state.options.accept_loss:
            return {}
        if self._state.storage.places_before(answer.url) <= page.images:
            return {}
        return self._met("same_page", signature(response.body), answer, honest=False)

    def _met(self, code: str, told: str, answer: Answered, *, honest: bool) -> dict[Answered, str]:
        key = f"{code} {told}"
        if key not in self._first:
            if len(self._first) < MAX_SIGNATURES:
                self._first[key] = None if honest else answer
            return {}
        first, self._first[key] = self._first[key], None
        found = {} if honest else {answer: code}
        return found if first is None else found | {first: code}

    def _is_dead_end(self, answer: Answered, page: PageLinks) -> bool:
        """Whether a page leads nowhere on its site, and shows hardly an image."""
        if page.images > MAX_WALL_PLACES:
            return False
        path = answer.url.partition("?")[0]
        inside = 0
        for link in page.links:
            inside += not (link.startswith(path) or self._state.scope.offsite(link))
            if inside > MAX_WALL_LINKS:
                return False
        return True
