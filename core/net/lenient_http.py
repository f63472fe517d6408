"""Heads of HTTP answers as browsers take them, for aiohttp, whose parser takes none that breaks the rules.

Before the parser sees it, a head is written anew as Chromium reads it (net/http/http_util.cc): a line that is no header
is left out, as a warning of PHP is, a length said twice is said once. What Chromium refuses, too, is left as it is, for
the parser to refuse.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    import asyncio

MAX_HEAD_BYTES = 262_144  # Chromium's limit
MAX_HEADERS = MAX_HEAD_BYTES // 4  # there is no other one
_MAX_SLOP = 4  # bytes before the status line that Chromium passes over
_END = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP(?:/(\d+)(?:\.(\d+))?(?!\d))?(?:[ \t]+(?:(\d{3})(?!\d))?(.*))?\Z", re.I | re.S)
_INTERIM = re.compile(rb"HTTP/1\.1 1(?!01)")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BLANKS = b" \t\r"
_ALIASES = {b"x-gzip": b"gzip"}  # RFC 9110, 8.4.1.3


def readable(head: bytes) -> bytes:
    """A head, its empty line included, as a strict parser takes it; as it is where it has no status line."""
    first, *lines = head.rstrip(b"\r\n").split(b"\n")
    status = _STATUS_LINE.match(first.rstrip(_BLANKS))
    if status is None:
        return head
    major, minor, code, reason = status.groups()
    if code is None and major is None:  # a text that begins so
        return head
    version = b"1.0" if major is None or (int(major), int(minor or 0)) <= (1, 0) else b"1.1"
    headers = _headers(lines)
    chunked = b"chunked" in _words(headers, b"transfer-encoding") and version != b"1.0"
    lengths = {value for name, value in headers if name.lower() == b"content-length"}
    codings = [_ALIASES.get(coding, coding) for coding in _words(headers, b"content-encoding")]
    replaced = {b"content-encoding"} if codings else set()
    if chunked:
        replaced |= {b"transfer-encoding", b"content-length"}
    elif len(lengths) == 1:
        replaced.add(b"content-length")
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    if codings:
        kept.append((b"Content-Encoding", b", ".join(codings)))
    if chunked:
        kept.append((b"Transfer-Encoding", b"chunked"))
    elif len(lengths) == 1:
        kept.append((b"Content-Length", lengths.pop()))
    start = b" ".join((b"HTTP/" + version, code or b"200", (reason or b"").strip(_BLANKS))).rstrip()
    return b"\r\n".join([start, *(name + b": " + value for name, value in kept), b"", b""])


def _headers(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    whole: list[list[bytes]] = []
    for line in lines:
        if line[:1] not in {b" ", b"\t"}:
            whole.append([line])
        elif whole:  # it goes on with the line before
            whole[-1].append(line.strip(_BLANKS))
    found = []
    for parts in whole:
        name, colon, value = b" ".join(parts).partition(b":")
        name = name.rstrip(_BLANKS)
        if colon and _TOKEN.fullmatch(name):
            found.append((name, value.strip(_BLANKS).replace(b"\r", b" ")))
    return found


def _words(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    values = b",".join(value for key, value in headers if key.lower() == name).lower().split(b",")
    return [word for value in values if (word := value.strip(_BLANKS))]


class _Handler(ResponseHandler):
    """Keeps what comes until a head is whole, and hands it on readable."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._head: bytearray | None = None  # None: what comes is no head

    def set_response_params(self, **params: Any) -> None:
        """Expect an answer. aiohttp calls this for each request, and hands on here what came before it."""
        self._head = bytearray()
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the transport."""
        if self._head is None:
            super().data_received(data)
            return
        seen = max(0, len(self._head) - 2)
        self._head += data
        start = self._head[: _MAX_SLOP + 4].lower().find(b"http")
        if start > 0:
            del self._head[:start]
            seen = 0
        while (end := _END.search(self._head, seen)) is not None:
            head, rest = readable(bytes(self._head[: end.end()])), self._head[end.end() :]
            interim = _INTERIM.match(head) is not None
            self._head = rest if interim else None
            super().data_received(head if interim else head + rest)
            if self._head is None:
                return
            seen = 0
        if len(self._head) > MAX_HEAD_BYTES:
            self._refuse(f"more than {MAX_HEAD_BYTES} bytes of headers")
        elif start < 0 and len(self._head) > _MAX_SLOP + 4:
            self._hand_on()  # as the parser will say, it is no HTTP at all

    def connection_lost(self, exc: BaseException | None) -> None:
        """Have the parser say what a head that broke off is."""
        self._hand_on()
        super().connection_lost(exc)

    def _hand_on(self) -> None:
        head, self._head = self._head, None
        if head:
            super().data_received(bytes(head))

    def _refuse(self, message: str) -> None:
        self._head = None
        if self.transport is not None:
            self.transport.close()
        self.set_exception(HttpProcessingError(message=message))


class LenientConnector(aiohttp.TCPConnector):
    """A connector whose answers are read as browsers read them; `options` are aiohttp's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(_Handler, loop=self._loop)  # type: ignore[assignment]
