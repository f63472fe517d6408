"""Downloading images: one total deadline, a byte cap, a few retries, and a code for every way it can fail."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import aiohttp
from w3lib.url import parse_data_uri

from core.addresses import AddressGuard, AddressRefusedError
from core.connector import guarded_connector
from core.errors import ImageError
from core.records import Stage
from core.urls import site_of

if TYPE_CHECKING:
    from captioning.options import CaptionOptions

MAX_REDIRECTS = 8
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_BACKOFF_S = (0.5, 2.0, 5.0)


class Fetcher:
    """Downloads within the limits of the options. Use it as an async context manager."""

    def __init__(self, options: CaptionOptions) -> None:
        self._options = options
        self._slots = asyncio.Semaphore(options.fetch_concurrency)
        # Our own, since the connector's limit would let the deadline run while a download waits its turn.
        self._host_slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

        self._sessions: dict[frozenset[str], aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Fetcher:
        return self

    def _session(self, networks: frozenset[str]) -> aiohttp.ClientSession:
        """The session for what may lie in these networks: no other image gets at a connection that is kept open."""
        if networks in self._sessions:
            return self._sessions[networks]
        session = self._sessions[networks] = aiohttp.ClientSession(
            connector=guarded_connector(AddressGuard(self._options.allow_private, opened=networks), limit=0),
            # The total alone bounds a server that drips a byte a second.
            timeout=aiohttp.ClientTimeout(total=self._options.timeout_s),
            headers={
                "User-Agent": self._options.user_agent,
                "Accept": "image/avif,image/webp,image/png,image/jpeg,image/*;q=0.8,*/*;q=0.5",
                "Accept-Encoding": "identity",  # pictures are compressed already
            },
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return session

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()

    async def fetch(self, url: str, networks: frozenset[str] = frozenset()) -> bytes:
        """The bytes at an http(s) or data: address. Raises ImageError(fetch, code) and nothing else.

        `networks` (CIDR notation) are open to this image beside the public ones, and `allow_private`.
        """
        if url.startswith("data:"):
            return _read_data_uri(url)
        host_slot = self._host_slot(url)
        error = ImageError(Stage.FETCH, "error", "no try was made")
        for attempt in range(self._options.retries + 1):
            if attempt:
                await asyncio.sleep(_BACKOFF_S[min(attempt, len(_BACKOFF_S)) - 1])
            async with host_slot, self._slots:
                try:
                    return await self._get(url, networks)
                except _RetryableError as retryable:
                    error = retryable
        raise ImageError(error.stage, error.code, error.message)

    def _host_slot(self, url: str) -> asyncio.Semaphore:
        try:
            host = site_of(url)
        except ValueError as error:
            raise _bad_url(error) from error
        return self._host_slots.setdefault(host, asyncio.Semaphore(self._options.fetch_per_host))

    async def _get(self, url: str, networks: frozenset[str]) -> bytes:
        try:
            async with self._session(networks).get(url, max_redirects=MAX_REDIRECTS) as response:
                if response.status != 200:
                    kind = _RetryableError if response.status in _RETRIED else ImageError
                    raise kind(Stage.FETCH, f"http_{response.status}", f"the server answered {response.status}")
                return await self._read(response)
        except TimeoutError as error:
            seconds = f"{self._options.timeout_s:g} s"
            raise _RetryableError(Stage.FETCH, "timeout", f"not complete after {seconds}") from error
        except aiohttp.TooManyRedirects as error:
            raise ImageError(Stage.FETCH, "redirects", f"more than {MAX_REDIRECTS} redirects") from error
        except AddressRefusedError as error:
            raise ImageError(Stage.FETCH, "private_address", str(error)) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise ImageError(Stage.FETCH, "dns", f"the host name does not resolve: {error.host}") from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise ImageError(Stage.FETCH, "tls", f"no safe connection: {error}") from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            raise _bad_url(error) from error
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError) as error:
            raise _RetryableError(Stage.FETCH, "cut_short", f"the connection broke off: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _RetryableError(Stage.FETCH, "connection", f"{type(error).__name__}: {error}") from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._options.max_image_bytes
        declared = response.content_length
        too_large = ImageError(Stage.FETCH, "too_large", f"more than {limit} bytes (caption.max_image_bytes)")
        if declared is not None and declared > limit:
            raise too_large
        data = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            data += chunk
            if len(data) > limit:
                raise too_large
        return bytes(data)


class _RetryableError(ImageError):
    """A failure that may pass."""


def _bad_url(error: Exception) -> ImageError:
    return ImageError(Stage.FETCH, "bad_url", f"not a usable address: {error}")


def _read_data_uri(url: str) -> bytes:
    try:
        return bytes(parse_data_uri(url).data)
    except ValueError as error:
        raise _bad_url(error) from error
