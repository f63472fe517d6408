"""Who may speak to the review: the browser of whoever started it, and no page that is open beside it.

It listens on loopback, but every page that the browser shows can send requests there, and so can every user of the
machine. So a request needs the secret that the printed address holds (then a cookie that no other site's page sends),
one of our host names, since a name of strangers may lead to loopback, and one that writes a token of the form as well.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ["127.0.0.1", "localhost"]
MAX_BODY_BYTES = 1 << 20
_OPEN = {"/favicon.ico"}
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Lets through what comes from the browser that was given the printed address; every answer gets our headers."""

    def __init__(self, app: ASGIApp, secret: str, port: int) -> None:
        self._app = app
        self._secret = secret
        self._cookie = f"alt-audit-review-{port}"  # a browser sends cookies to every port of a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        request = Request(scope, receive)
        refusal = self._refusal(request)
        if isinstance(refusal, PlainTextResponse):
            await refusal(scope, receive, with_headers)
        elif "secret" in request.query_params:
            welcome = RedirectResponse("/", 303)
            welcome.set_cookie(self._cookie, self._secret, httponly=True, samesite="strict")
            await welcome(scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)

    def _refusal(self, request: Request) -> PlainTextResponse | None:
        if request.url.path in _OPEN:
            return None
        given = request.query_params.get("secret", request.cookies.get(self._cookie, ""))
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            return PlainTextResponse("Open the whole address that 'alt-audit review' has printed.\n", 403)
        length = request.headers.get("content-length", "0")
        if "transfer-encoding" in request.headers or not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return PlainTextResponse("That is more than a form of this review can hold.\n", 413)
        return None


def new_secret() -> str:
    """What the printed address holds."""
    return secrets.token_urlsafe(24)


def form_token(secret: str) -> str:
    """What forms hold, so that a page that can send the cookie still cannot write."""
    return hmac.new(secret.encode(), b"form", sha256).hexdigest()
