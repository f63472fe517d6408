"""Fetching the single page that `alt-audit check` is given: without Scrapy, but with the same guard."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.errors import AltAuditError
from core.identity.urls import absolute
from core.net.address_guard import AddressGuard, AddressRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from core.net.sessions import Sessions
    from crawler.crawl_options import CrawlOptions

MAX_REDIRECTS = 10


def download(url: str, options: CrawlOptions, *, named: bool = True) -> tuple[str, bytes, str | None]:
    """The address after redirects, body and Content-Type of the page at an http(s) URL.

    Raises AltAuditError when it cannot be read, or lies where `options` and, if the operator `named` it, the URL itself
    do not allow to connect.
    Must not be called from a running event loop.
    """
    address = absolute(url, url)
    if address is None:
        raise AltAuditError(f"{url} is no web address")
    return asyncio.run(_download(url, address, options, [address] if named else []))


async def _download(
    url: str, address: str, options: CrawlOptions, named: Sequence[str]
) -> tuple[str, bytes, str | None]:
    import aiohttp  # takes a fifth of a second, which a file on this machine does not need

    from core.net.sessions import Sessions

    guard = AddressGuard(options.allow_private, named)
    sessions = Sessions(
        guard,
        timeout_s=options.timeout_s,
        verify_certificates=not options.insecure,
        headers={"User-Agent": options.user_agent},
    )
    try:
        async with sessions, asyncio.timeout(options.timeout_s):
            return await _follow(url, address, sessions, options.max_page_bytes)
    except TimeoutError:
        raise AltAuditError(f"{url} takes longer than crawl.timeout_s ({options.timeout_s:g} s)") from None
    except AddressRefusedError as error:
        raise AltAuditError(f"{url} leads where no connection is made: {error}") from None
    except aiohttp.ClientConnectorCertificateError as error:
        reason = getattr(error.certificate_error, "verify_message", error.certificate_error)
        raise AltAuditError(
            f"{url} cannot be read: its certificate could not be verified ({reason}); --insecure reads it all the same"
        ) from None
    except aiohttp.ClientPayloadError:
        raise AltAuditError(f"{url} was cut short by its server: try again") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise AltAuditError(f"{url} cannot be read: {error}") from None


async def _follow(url: str, address: str, sessions: Sessions, max_bytes: int) -> tuple[str, bytes, str | None]:
    """Go from redirect to redirect, as long as they lead to web addresses."""
    from core.net.sessions import as_asked, redirect_target

    for _ in range(MAX_REDIRECTS + 1):
        session = sessions.session_for(address)
        async with session.get(as_asked(address), allow_redirects=False) as response:
            try:
                target = redirect_target(address, response)
            except ValueError as error:
                raise AltAuditError(f"{url} cannot be read: it {error}") from None
            if target is None:
                body = await _body(url, response, max_bytes)
                return address, body, response.headers.get("Content-Type")
        address = target
    raise AltAuditError(f"{url} redirects more than {MAX_REDIRECTS} times: check the address")


async def _body(url: str, response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if not response.ok:
        raise AltAuditError(f"{url} answers HTTP {response.status}: check the address")
    body = bytearray()
    async for part in response.content.iter_chunked(65_536):
        body += part
        if len(body) > max_bytes:
            raise AltAuditError(f"{url} is larger than crawl.max_page_bytes ({max_bytes})")
    return bytes(body)
