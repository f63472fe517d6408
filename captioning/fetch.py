"""Downloading images: one total deadline, a byte cap, a few retries, and a code for every way it can fail."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import aiohttp

from captioning.data_address import read_data_address
from core.errors import ImageError
from core.identity.urls import site_of, without_login
from core.net import referrer
from core.net.address_guard import AddressGuard, AddressRefusedError
from core.net.chain_cookies import ChainCookies
from core.net.codings import decoded
from core.net.credentials import Credentials
from core.net.first_part import FirstPart
from core.net.retry_after import BUSY, retry_after_s
from core.net.sessions import Sessions, as_asked, redirect_target
from core.net.validators import NO_VALIDATORS, Validators, read_validators
from core.records import Stage
from core.referrer_policy import policy_named

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from captioning.caption_options import CaptionOptions

MAX_REDIRECTS = 20  # as browsers follow
MAX_PAUSE_S = 120.0  # images of a host that asks to wait longer are given up
MAX_IN_VAIN = 3  # pictures for which a host that refuses them is asked without a Referer, too
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_SUCCESSES = frozenset({200, 203})  # 203: the same, as a proxy on the way has changed it. Others may be no picture.
_PART = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.I)
_BOUNDARY = re.compile(r"boundary\s?=\s?\"?-{0,8}([^\";\s-][^\";]{0,199})", re.I)
_BACKOFF_S = (0.5, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent."""

    data: bytes | None  # None: what is there is the version that was asked about
    version: Validators
    seconds: float = 0.0  # of the try that succeeded; waiting for a turn is not counted
    led_to: str | None = None  # the address that redirects have led to


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be fetched, as `Fetcher.fetch` was told."""

    url: str
    known: Validators
    networks: frozenset[str]
    pages: Sequence[str]
    policies: Mapping[str, str]
    with_credentials: bool


class Fetcher:
    """Downloads within the limits of the options. Use it as an async context manager."""

    def __init__(self, options: CaptionOptions) -> None:
        self._options = options
        self.credentials = Credentials(options.auth, options.auth_origin)
        self._no_credentials = Credentials(None, ())
        self._slots = asyncio.Semaphore(options.fetch_concurrency)
        self._in_vain: Counter[str] = Counter()  # by host: pictures asked for without a Referer, none with success
        self._paused_until: dict[str, float] = {}  # by host, on the monotonic clock
        # Our own, since the connector's limit would let the deadline run while a download waits its turn.
        self._host_slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

        self._sessions: dict[frozenset[str], Sessions] = {}  # by the networks that are open

    async def __aenter__(self) -> Fetcher:
        return self

    def _session(self, networks: frozenset[str], url: str) -> aiohttp.ClientSession:
        """The session for what may lie in these networks: no other image gets at a connection that is kept open."""
        if networks not in self._sessions:
            self._sessions[networks] = Sessions(
                AddressGuard(self._options.allow_private, opened=networks),
                timeout_s=self._options.timeout_s,
                verify_certificates=not self._options.insecure,
                decompress=False,  # it is done below, as browsers do it
                headers={
                    "User-Agent": self._options.user_agent,
                    "Accept": "image/avif,image/webp,image/png,image/jpeg,image/*;q=0.8,*/*;q=0.5",
                    "Accept-Encoding": "identity",  # pictures are compressed already
                },
            )
        return self._sessions[networks].session_for(url)

    async def __aexit__(self, *_: object) -> None:
        for sessions in self._sessions.values():
            await sessions.close()

    @asynccontextmanager
    async def fetch(
        self,
        url: str,
        known: Validators = NO_VALIDATORS,
        networks: frozenset[str] = frozenset(),
        *,
        pages: Sequence[str] = (),
        policies: Mapping[str, str] = MappingProxyType({}),
        with_credentials: bool = False,
    ) -> AsyncIterator[Fetched]:
        """What is at an http(s) or data: address; no bytes when that is still the version that is `known`.

        `networks` (CIDR notation) are open to this image beside the public ones, and `allow_private`. One of the
        `pages` that show it is named as the Referer, by the `policies` of those that have one, and it may be sent the
        credentials of the options, where it lies at one of their origins.

        Within the with block the bytes count as a download under way, so that no more of them are in memory than
        `fetch_concurrency` allows. Raises ImageError(fetch, code) and nothing else.
        """
        if url.startswith("data:"):
            yield Fetched(_read_data_address(url), NO_VALIDATORS)
            return
        fetched = await self._fetch(_Wanted(url, known, networks, pages, policies, with_credentials))  # with a slot
        try:
            yield fetched
        finally:
            self._slots.release()

    async def _fetch(self, wanted: _Wanted) -> Fetched:
        """Try, and try again. The slot in which it worked stays taken."""
        try:
            host = site_of(wanted.url)
        except ValueError as error:
            raise _bad_url(error) from error
        host_slots = self._host_slots.setdefault(host, asyncio.Semaphore(self._options.fetch_per_host))
        failure = ImageError(Stage.FETCH, "error", "no try was made")
        for attempt in range(self._options.retries + 1):
            if attempt:
                await asyncio.sleep(_BACKOFF_S[min(attempt, len(_BACKOFF_S)) - 1])
            async with host_slots:
                await self._pause(host)
                await self._slots.acquire()
                started = time.monotonic()
                try:
                    fetched = await self._get(wanted, host)
                    return replace(fetched, seconds=time.monotonic() - started)
                except _RetryableError as retryable:
                    failure = retryable
                    self._slots.release()
                except BaseException:
                    self._slots.release()
                    raise
        raise ImageError(failure.stage, failure.code, failure.message)

    async def _pause(self, host: str) -> None:
        """Wait as long as the host asks for. Raises ImageError when that would take too long."""
        while (left_s := self._paused_until.get(host, 0.0) - time.monotonic()) > 0:
            if left_s > MAX_PAUSE_S:
                raise ImageError(Stage.FETCH, "retry_later", f"{host} asks to come again in {left_s:.0f} s")
            await asyncio.sleep(left_s)

    def _hear(self, host: str, response: aiohttp.ClientResponse) -> None:
        """Keep the pause that a busy host asks for; for the whole host, since it is the host that is busy."""
        asked_s = retry_after_s(response.headers.get("Retry-After"))
        if response.status in BUSY and asked_s is not None:
            self._paused_until[host] = max(self._paused_until.get(host, 0.0), time.monotonic() + asked_s)

    async def _get(self, wanted: _Wanted, host: str) -> Fetched:
        try:
            async with asyncio.timeout(self._options.timeout_s):
                return await self._follow_politely(wanted, host)
        except TimeoutError as error:
            seconds = f"{self._options.timeout_s:g} s"
            raise _RetryableError(Stage.FETCH, "timeout", f"not complete after {seconds}") from error
        except AddressRefusedError as error:
            raise ImageError(Stage.FETCH, "private_address", str(error)) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise ImageError(Stage.FETCH, "dns", f"the host name does not resolve: {error.host}") from error
        except aiohttp.ClientProxyConnectionError as error:  # its own text names the host behind the proxy
            raise _RetryableError(Stage.FETCH, "proxy", f"no connection to the proxy: {error.os_error}") from error
        except aiohttp.ClientHttpProxyError as error:
            detail = f"the proxy answers {error.status} {error.message}"
            raise _RetryableError(Stage.FETCH, "proxy", detail) from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise ImageError(Stage.FETCH, "tls", f"no safe connection: {error}") from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            raise _bad_url(error) from error
        except aiohttp.ClientResponseError as error:
            what = " ".join(error.message.split())
            raise _RetryableError(Stage.FETCH, "bad_response", f"not an HTTP answer: {what}") from error
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError) as error:
            raise _RetryableError(Stage.FETCH, "cut_short", f"the connection broke off: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _RetryableError(Stage.FETCH, "connection", f"{type(error).__name__}: {error}") from error

    async def _follow_politely(self, wanted: _Wanted, host: str) -> Fetched:
        """Name the page, and where that is refused, ask once without: the store may not know the page's policy, which
        may be to name none."""
        try:
            return await self._follow(wanted, host)
        except ImageError as error:
            if error.code != "http_403" or not wanted.pages or self._in_vain[host] >= MAX_IN_VAIN:
                raise
            self._in_vain[host] += 1
            fetched = await self._follow(replace(wanted, pages=()), host)
            self._in_vain[host] = 0
            return fetched

    async def _follow(self, wanted: _Wanted, host: str) -> Fetched:
        """Go from redirect to redirect, each by its own proxy, to what is there."""
        url, conditions = without_login(wanted.url), wanted.known.conditions()
        credentials = self.credentials if wanted.with_credentials else self._no_credentials
        page = referrer.page_named(wanted.pages, url)
        policy = wanted.policies.get(page or "")
        cookies = ChainCookies()
        for _ in range(MAX_REDIRECTS + 1):
            session = self._session(wanted.networks, url)
            headers = conditions | credentials.headers_for(url)
            if named := referrer.referer(page, url, policy):
                # Where none is, page stays: browsers ask for http pictures of an https page by https at once.
                headers["Referer"] = page = named
            if sent := credentials.cookies_for(url, cookies.header_for(url)):
                headers["Cookie"] = sent
            async with session.get(as_asked(url), allow_redirects=False, headers=headers) as response:
                target = redirect_target(url, response)
                if target is not None:
                    cookies.keep(url, response)
                    policy = policy_named(response.headers.get("Referrer-Policy")) or policy
                    url = target
                    continue
                if response.status == 304 and conditions:
                    return Fetched(None, wanted.known)
                if not 200 <= response.status < 400 or response.status == 304 or not _is_whole(response):
                    self._hear(host, response)
                    raise _unusual(response)
                data = await self._read(response)
                if response.status not in _SUCCESSES and (not data or response.content_type == "text/html"):
                    raise _unusual(response)
                version = read_validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
                return Fetched(data, version, led_to=url if url != wanted.url else None)
        raise ImageError(Stage.FETCH, "redirects", f"more than {MAX_REDIRECTS} redirects")

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._options.max_image_bytes
        declared = response.content_length
        too_large = ImageError(Stage.FETCH, "too_large", f"more than {limit} bytes (caption.max_image_bytes)")
        if declared is not None and declared > limit:
            raise too_large
        data, parts = bytearray(), _parts_of(response)
        async for chunk in response.content.iter_chunked(65_536):
            if parts is not None and (first := _fed(parts, chunk)) is not None:
                return first
            data += chunk
            if len(data) > limit:
                raise too_large
        if parts is not None:
            return parts.rest()
        codings = response.headers.get("Content-Encoding")
        if not codings:
            return bytes(data)
        try:
            unpacked = await asyncio.to_thread(decoded, bytes(data), codings.split(","), limit)
        except ValueError as error:
            raise ImageError(Stage.FETCH, "bad_response", f"not packed as its head says: {error}") from error
        if len(unpacked) > limit:
            raise too_large
        return unpacked


class _RetryableError(ImageError):
    """A failure that may pass."""


def _parts_of(response: aiohttp.ClientResponse) -> FirstPart | None:
    """How the first picture of a webcam's is read, and nothing behind it; None for what is one picture."""
    if response.content_type != "multipart/x-mixed-replace":
        return None
    boundary = _BOUNDARY.search(response.headers["Content-Type"])
    return FirstPart(boundary[1]) if boundary is not None else None


def _fed(parts: FirstPart, chunk: bytes) -> bytes | None:
    try:
        return parts.feed(chunk)
    except ValueError as error:
        raise ImageError(Stage.FETCH, "bad_response", str(error)) from error


def _is_whole(response: aiohttp.ClientResponse) -> bool:
    """Whether an answer holds all of the picture: 206 does, unasked, where it says that the part is the whole."""
    if response.status != 206:
        return True
    part = _PART.match(response.headers.get("Content-Range", ""))
    if part is None:
        return response.content_type != "multipart/byteranges"
    first, last, total = part.groups()
    return int(first) == 0 and (total == "*" or int(last) + 1 >= int(total))


def _unusual(response: aiohttp.ClientResponse) -> ImageError:
    kind = _RetryableError if response.status in _RETRIED else ImageError
    return kind(Stage.FETCH, f"http_{response.status}", f"the server answered {response.status}")


def _bad_url(error: Exception) -> ImageError:
    return ImageError(Stage.FETCH, "bad_url", f"not a usable address: {error}")


def _read_data_address(url: str) -> bytes:
    try:
        return read_data_address(url)
    except ValueError as error:
        raise _bad_url(error) from error
