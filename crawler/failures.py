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

from core.failures import explain, hint, summary_line
from crawler.middlewares.address_guard import RefusedError
from crawler.middlewares.certificates import UntrustedError
from crawler.middlewares.retry import RetryLaterError
from crawler.middlewares.robots import DisallowedError, RobotsUnreachableError
from crawler.middlewares.traps import VariantError

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
    (VariantError, "variant_trap"),
    (RetryLaterError, "retry_later"),
    (RefusedError, "address_refused"),
    (UntrustedError, "certificate"),
    (IgnoreRequest, "too_large"),  # Scrapy's, when a compressed answer becomes too large
    (DownloadFailedError, "connection"),
)


def code_of(error: BaseException | None) -> str:
    """The code of an exception that a download ended with."""
    if isinstance(error, RenderError):
        return error.code
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return "download"


def advice(code: str) -> str:
    """What a failed start URL means and what to do about it, in sentences."""
    reason = explain(code)
    # A row that stands for many codes does not say which it was.
    named = f" ({code.replace('http_', 'HTTP ')})" if reason.code != code else ""
    return f"{reason.happened.removesuffix('.')}{named}. {reason.action}"


def explained(counts: Mapping[str, int]) -> list[str]:
    """The lines of a crawl's summary: what failed, was left out or is worth a look, with a hint where there is one."""
    lines = []
    for name, number in sorted(counts.items()):
        about = hint(name)
        if number and (about or name.partition("/")[0] in {"failed", "skipped", "marked"}):
            lines.append(summary_line(name, number, about))
    return lines
