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

from core.net.chunks import Chunks

if TYPE_CHECKING:
    import asyncio

MAX_HEAD_BYTES = 262_144  # Chromium's limit
MAX_HEADERS = MAX_HEAD_BYTES // 4  # there is no other one
_MAX_SLOP = 4  # bytes before the status line that Chromium passes over
_END = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP(?:/(\d{1,9})(?:\.(\d{1,9}))?(?!\d))?[ \t]+(\d{3})(?!\d)(.*)", re.I | re.S)
_INTERIM = re.compile(rb"HTTP/1\.1 1(?!01)")
_LENGTH = re.compile(rb"\r\nContent-Length: (\d{1,18})\r\n\r\n\Z")  # `readable` writes it last
_CHUNKED = re.compile(rb"\r\nTransfer-Encoding: chunked\r\n\r\n\Z")  # so it does this
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
    version = b"1.0" if major is None or (int(major), int(minor or 0)) <= (1, 0) else b"1.1"
    headers = _headers(lines)
    lengths = set(_words(headers, b"content-length"))
    codings = [_ALIASES.get(coding, coding) for coding in _words(headers, b"content-encoding")]
    replaced = {b"content-encoding", b"transfer-encoding", b"content-length"}
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    if codings:
        kept.append((b"Content-Encoding", b", ".join(codings)))
    if b"chunked" in _words(headers, b"transfer-encoding") and version != b"1.0":
        kept.append((b"Transfer-Encoding", b"chunked"))
    elif len(lengths) > 1:
        kept += [(b"Content-Length", length) for length in lengths]  # nobody knows which; the parser will say so
    elif lengths and (length := lengths.pop()).isdigit():
        kept.append((b"Content-Length", length))
    start = b" ".join((b"HTTP/" + version, code, reason.strip(_BLANKS))).rstrip()
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


def _body_bytes(head: bytes) -> int | None:
    """How long the body behind a readable head is; None where only its end tells."""
    if head[9:12] in {b"204", b"304"}:
        return 0
    length = _LENGTH.search(head)
    return int(length[1]) if length is not None else None


class _Handler(ResponseHandler):
    """Keeps what comes until a head is whole, and hands it on readable."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._head: bytearray | None = None  # None: what comes is no head
        self._left: int | None = None  # bytes of the body that are to come; None: not known
        self._chunks: Chunks | None = None  # of a body that comes in such

    def set_response_params(self, **params: Any) -> None:
        """Expect an answer. aiohttp calls this for each request, and hands on here what came before it."""
        self._head, self._left, self._chunks = bytearray(), None, None
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the transport."""
        if self._head is None:
            super().data_received(self._within(data))
            return
        seen = max(0, len(self._head) - 2)
        self._head += data
        start = self._head[: _MAX_SLOP + 4].lower().find(b"http")
        if start > 0:
            del self._head[:start]
            seen = 0
        while (end := _END.search(self._head, seen)) is not None:
            head, rest = readable(bytes(self._head[: end.end()])), self._head[end.end() :]
            if _INTERIM.match(head) is None:
                self._head, self._left = None, _body_bytes(head)
                self._chunks = Chunks() if _CHUNKED.search(head) else None
                super().data_received(head + self._within(rest))
                return
            self._head, seen = rest, 0
            super().data_received(head)
        if len(self._head) > MAX_HEAD_BYTES:
            self._refuse(f"more than {MAX_HEAD_BYTES} bytes of headers")
        elif start < 0 and len(self._head) > _MAX_SLOP + 4:
            self._hand_on()  # as the parser will say, it is no HTTP at all

    def _within(self, data: bytes | bytearray) -> bytes:
        """The part of it that belongs to the body: what comes behind its length is no answer to anything."""
        if self._chunks is not None:
            return self._chunks.clean(bytes(data))
        if self._left is None:
            return bytes(data)
        kept = bytes(data[: self._left])
        if len(data) > len(kept):
            self.force_close()
            if (
                not self._left and self.transport is not None
            ):  # the answer was whole; the connection may wait for others
                self.transport.close()
        self._left -= len(kept)
        return kept

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
