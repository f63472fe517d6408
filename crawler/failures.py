"""Why a page could not be read: from Scrapy's exceptions to short, stable codes."""

from __future__ import annotations

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
    (IgnoreRequest, "robots"),
    (DownloadFailedError, "connection"),
)

# For the person whose start URL failed: what it means and what to do.
ADVICE = {
    "dns": "its host name does not resolve: check the spelling and your network",
    "timeout": "it did not answer in time: try again later, or raise crawl.timeout_s",
    "refused": "nothing listens there: check host and port",
    "too_large": "the page is larger than crawl.max_page_bytes",
    "cut_short": "the server closed the connection in the middle of the page: try again later",
    "robots": "robots.txt disallows it: ask the site's owner, or set crawl.obey_robots to false for your own site",
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
    if code.startswith("http_"):
        return f"it answers HTTP {code.removeprefix('http_')}: open it in a browser and check the address"
    return ADVICE.get(code, f"it could not be read ({code})")
