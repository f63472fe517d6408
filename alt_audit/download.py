"""Fetching the single page that `alt-audit check` is given: without Scrapy, but with the same guard."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import AltAuditError
from core.identity.urls import absolute
from core.net.address_guard import AddressGuard, AddressRefusedError

if TYPE_CHECKING:
    from crawler.options import CrawlOptions


def download(url: str, options: CrawlOptions) -> tuple[str, bytes, str | None]:
    """The address after redirects, body and Content-Type of the page at an http(s) URL.

    Raises AltAuditError when it cannot be read, or lies where `options` and the URL itself do not allow to connect.
    """
    address = absolute(url, url)
    if address is None:
        raise AltAuditError(f"{url} is no web address")
    guard = AddressGuard(options.allow_private, [address])
    opener = urllib.request.build_opener(_GuardedHTTP(guard), _GuardedHTTPS(guard))
    request = urllib.request.Request(address, headers={"User-Agent": options.user_agent})  # noqa: S310 - http(s) alone
    give_up_at = time.monotonic() + options.timeout_s
    try:
        with opener.open(request, timeout=options.timeout_s) as response:
            body = bytearray()
            while part := response.read1(65_536):
                body += part
                if len(body) > options.max_page_bytes:
                    raise AltAuditError(f"{url} is larger than crawl.max_page_bytes ({options.max_page_bytes})")
                if time.monotonic() > give_up_at:
                    raise AltAuditError(f"{url} takes longer than crawl.timeout_s ({options.timeout_s:g} s)")
            if response.length:  # bytes promised and not sent
                raise AltAuditError(f"{url} was cut short by its server: try again")
            return response.url, bytes(body), response.headers.get("Content-Type")
    except urllib.error.HTTPError as error:
        error.close()
        raise AltAuditError(f"{url} answers HTTP {error.code}: check the address") from None
    except AddressRefusedError as error:
        raise AltAuditError(f"{url} leads where no connection is made: {error}") from None
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise AltAuditError(f"{url} cannot be read: {reason}") from None


class _GuardedHTTP(urllib.request.HTTPHandler):
    """Makes connections that are guarded. A proxy is the operator's choice, and what it connects to its own."""

    def __init__(self, guard: AddressGuard) -> None:
        super().__init__()
        self._guard = guard

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_connection(HTTPConnection, req, self._guard), req)


class _GuardedHTTPS(urllib.request.HTTPSHandler):
    """The same for TLS."""

    def __init__(self, guard: AddressGuard) -> None:
        super().__init__()
        self._guard = guard

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_connection(HTTPSConnection, req, self._guard), req)


def _connection(kind: type[HTTPConnection], request: urllib.request.Request, guard: AddressGuard) -> Any:
    """What makes the connection for a request."""
    if request.has_proxy() or request._tunnel_host:  # type: ignore[attr-defined]  # https through a proxy
        guard.check_literal(urlsplit(request.full_url).hostname or "")
        return kind

    def make(*args: Any, **kwargs: Any) -> HTTPConnection:
        connection = kind(*args, **kwargs)
        connection._create_connection = partial(_connect, guard)  # type: ignore[attr-defined]
        return connection

    return make


def _connect(guard: AddressGuard, address: tuple[str, int], timeout: Any, source: Any) -> socket.socket:
    """socket.create_connection, to addresses that the guard permits. Raises AddressRefusedError, OSError."""
    host, port = address
    found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    failure: OSError | None = None
    for numeric in guard.permitted(host, list(map(str, dict.fromkeys(found)))):
        try:
            return socket.create_connection((numeric, port), timeout, source)
        except OSError as error:
            failure = error
    assert failure is not None
    raise failure
