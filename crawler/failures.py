"""Why a page could not be read: from Scrapy's exceptions to short, stable codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from crawler.middlewares.address_guard import RefusedError
from crawler.middlewares.retry import RetryLaterError
from crawler.middlewares.robots import DisallowedError, RobotsUnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping


class RenderError(Exception):
    """Chromium could not render a page; `code` says why: render_timeout, render_crash, render_too_large, ..."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_CODES: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "dns"),
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadCancelledError, "too_large"),  # Scrapy cancels for no other reason
    (ResponseDataLossError, "cut_short"),
    (UnsupportedURLSchemeError, "scheme"),
    (DisallowedError, "robots"),
    (RobotsUnreachableError, "robots_unreachable"),
    (RetryLaterError, "retry_later"),
    (RefusedError, "address_refused"),
    (IgnoreRequest, "too_large"),  # Scrapy's, when a compressed answer becomes too large
    (DownloadFailedError, "connection"),
)

# For the person whose start URL failed: what it means and what to do.
ADVICE = {
    "dns": "its host name does not resolve: check the spelling and your network",
    "timeout": "it did not answer in time: try again later, or raise crawl.timeout_s",
    "refused": "nothing listens there: check host and port",
    "address_refused": "its host lies at a loopback, private, link-local or metadata address, which only a start URL "
    "of its own or --allow-private NETWORK (crawl.allow_private) opens",
    "too_large": "the page is larger than crawl.max_page_bytes",
    "cut_short": "the server closed the connection in the middle of the page: try again later",
    "robots": "robots.txt disallows it: ask the site's owner, or set crawl.obey_robots to false for your own site",
    "robots_unreachable": "its robots.txt cannot be read (no answer, or a server error), which forbids everything: "
    "try again later, or set crawl.obey_robots to false for your own site",
    "retry_later": "it asks to come again later (Retry-After) than after 120 seconds: try again then",
    "too_many_redirects": "it redirects more than 10 times: open it in a browser and start from where you land",
    "download": "the answer could not be read (broken compression or protocol): open it in a browser to see why",
    "http_401": "it asks for a login: give one with --auth (sent to the scheme, host and port of the start URL only)",
    "http_403": "it refuses the crawler (HTTP 403): ask the site's owner to let crawl.user_agent in, or give --auth",
    "http_429": "it was asked too often (HTTP 429): set crawl.delay_s, or lower crawl.concurrency_per_host",
    "connection": "the connection failed (TLS or network): open it in a browser to see why",
    "unreadable": "reading it failed: run again with --verbose to see why, and report it",
    "not_html": "it is no HTML page: start from a page, not from a file or a feed",
    "redirect_loop": "it redirects to itself without end: open it in a browser and start from where you land",
    "redirect": "it redirects, but to no page: open it in a browser and start from where you land",
    "bad_redirect": "it redirects to no usable address",
    "render_timeout": "its scripts did not come to an end in time: raise crawl.render_timeout_s, or do not render it",
    "render_crash": "its scripts brought the browser down: read it without --render",
    "render_too_large": "what its scripts build is larger than crawl.max_page_bytes",
    "render_reload_loop": "its scripts reload it without end: open it in a browser to see what they wait for",
    "render_failed": "the browser could not show it: run with --verbose to see why, or read it without --render",
}


# For the summary of a crawl: counts that want an explanation, mostly by the setting that changes them.
HINTS = {
    "nofollow": "meta robots or X-Robots-Tag; crawl.obey_robots",
    "query_trap": "more query strings at one path than crawl.max_queries_per_path",
    "path_trap": "the path repeats itself or is very long",
    "depth_trap": "an endless chain of links; crawl.max_depth sets a limit of your own",
    "robots_unreachable": "robots.txt cannot be read, which forbids everything; try again later",
    "sitemaps_failed": "no answer or a server error; as they may name more pages, none is taken for gone this time",
    "sitemap_images_not_on_pages": "no page that was read shows them: are they built by script, or is a page missing?",
    "address_refused": "at loopback, private, link-local or metadata addresses; --allow-private NETWORK lets them be "
    "read",
    "render_address_refused": "connections that scripts asked for, to addresses that are not public",
    "retry_later": "the site asks to come again later than after 120 seconds",
}


def code_of(error: BaseException | None) -> str:
    """The code of an exception that a download ended with."""
    if isinstance(error, RenderError):
        return error.code
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return "download"


def advice(code: str) -> str:
    """What a failed start URL means and what to do about it."""
    if code.startswith("http_") and code not in ADVICE:
        return f"it answers HTTP {code.removeprefix('http_')}: open it in a browser and check the address"
    return ADVICE.get(code, f"it could not be read ({code})")


def explained(counts: Mapping[str, int]) -> list[str]:
    """The lines of a crawl's summary: what failed, was left out or is worth a look, with a hint where there is one."""
    lines = []
    for name, number in sorted(counts.items()):
        group, _, reason = name.rpartition("/")
        if number and (group in {"failed", "skipped", "marked"} or name in HINTS):
            lines.append(f"{name}: {number}" + (f" ({HINTS[reason]})" if reason in HINTS else ""))
    return lines
