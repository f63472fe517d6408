"""What a page's scripts ask of their own origin, asked for here where it needs credentials.

The browser never holds them. It would send headers that it was given once along through redirects to other hosts, and
cookies to every port of a host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from core.identity.urls import absolute
from core.net.address_guard import AddressRefusedError
from core.net.credentials import origin
from core.net.sessions import Sessions, as_asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import Request

    from core.net.address_guard import AddressGuard
    from core.net.credentials import Credentials

MAX_REDIRECTS = 10  # within the origin, one after another
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# They are the connection's own, or of a body that we unpack.
_NOT_SENT = frozenset({"host", "connection", "content-length", "accept-encoding", "cookie"})


class SignedRequestError(Exception):
    """There is no answer to hand on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; repeated headers stand apart."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class SignedRequests:
    """Carries out requests of scripts with the credentials of their origin; `verify`: certificates are checked."""

    def __init__(
        self, credentials: Credentials, guard: AddressGuard, *, timeout_s: float, max_bytes: int, verify: bool
    ) -> None:
        self.credentials = credentials
        self.verify = verify
        self._sessions = Sessions(guard, timeout_s=timeout_s, verify_certificates=verify)
        self._max_bytes = max_bytes

    def concerns(self, url: str, page_url: str) -> bool:
        """Whether a request of a page's script is one for us: to the page's own origin, which has credentials."""
        return bool(self.credentials.headers_for(url)) and origin(url) == origin(page_url)

    async def answer(self, request: Request, cookies: str) -> Answer:
        """The answer to a request; `cookies` are the browser's own.

        Redirects within the origin are followed. One that leads elsewhere is the answer, for the browser to follow,
        which has no credentials. Raises SignedRequestError.
        """
        method, url, body = request.method, request.url, request.post_data_buffer
        kept = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_SENT}
        try:
            for _ in range(MAX_REDIRECTS + 1):
                answer = await self._ask(method, url, kept, body, cookies)
                target = _target(url, answer) if answer.status in _REDIRECTS else None
                if target is None or not self.concerns(target, request.url):
                    return answer
                if answer.status == 303 or (answer.status in {301, 302} and method == "POST"):  # Fetch, 4.4
                    method, body = "GET", None
                    kept.pop("content-type", None)
                url = target
        except (aiohttp.ClientError, AddressRefusedError, TimeoutError, OSError, ValueError) as error:
            raise SignedRequestError(str(error)) from error
        raise SignedRequestError("too many redirects")

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, cookies: str) -> Answer:
        own: dict[str, Any] = {**headers, **self.credentials.headers_for(url)}
        if sent := self.credentials.cookies_for(url, cookies):
            own["Cookie"] = sent
        async with self._sessions.session_for(url).request(
            method, as_asked(url), headers=own, data=body, allow_redirects=False
        ) as response:
            data = bytearray()
            async for chunk in response.content.iter_chunked(65_536):
                data += chunk
                if len(data) > self._max_bytes:
                    raise SignedRequestError(f"more than {self._max_bytes} bytes")
            return Answer(response.status, tuple(response.headers.items()), bytes(data))

    async def close(self) -> None:
        """Close the connections."""
        await self._sessions.close()


def _target(url: str, answer: Answer) -> str | None:
    """Where a redirect leads; None when that is no http(s) address."""
    location = next((value for name, value in answer.headers if name.lower() == "location"), "")
    target = absolute(url, location) if location else None
    return target if target is not None and urlsplit(target).scheme in {"http", "https"} else None
