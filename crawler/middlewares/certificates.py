"""Says of a page that was not read because of its server's certificate what is wrong with that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.exceptions import DownloadFailedError, IgnoreRequest, NotConfigured

from core.net.certificates import certificate_fault

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from core.net.address_guard import AddressGuard

_SIGNS = ("certificate verify failed", "VerificationError")  # in the text of what OpenSSL and service-identity raise


class UntrustedError(IgnoreRequest):
    """The server's certificate cannot be verified, so nothing was sent to it; the message says why."""


class CertificateMiddleware:
    """Tells a bad certificate from other failures of connections. Trying again would not help, so it comes before."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._faults: dict[str, str | None] = {}  # by host and port

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CertificateMiddleware:
        if not crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
            raise NotConfigured
        spider: Any = crawler.spider
        return cls(spider.crawl_state.guard)

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Raise UntrustedError for a failed connection to a server whose certificate is not to be trusted."""
        parts = urlsplit(request.url)
        if parts.scheme != "https" or not isinstance(exception, DownloadFailedError):
            return
        if parts.netloc not in self._faults:
            fault = None
            if not request.meta.get("proxy"):
                fault = await certificate_fault(parts.hostname or "", parts.port or 443, self._guard)
            if fault is None and any(sign in str(exception) for sign in _SIGNS):
                fault = "it is signed by nobody who is known here, or is not for this host"
            self._faults[parts.netloc] = fault
        if (fault := self._faults[parts.netloc]) is not None:
            raise UntrustedError(
                f"The certificate of {parts.netloc} could not be verified ({fault}), so nothing was asked of it. "
                "Have it renewed, as browsers refuse it, too; or read it all the same with --insecure (crawl.insecure)"
            ) from exception
