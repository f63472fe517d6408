"""Chunked bodies (RFC 9112, 7.1) as browsers take them, whatever stands behind a size or as a trailer. Pure."""

from __future__ import annotations

import re

MAX_LINE_BYTES = 16_384  # Chromium's limit for the line of a chunk
_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;|\Z)")


class Chunks:
    """Turns the bytes of one such body, in whatever pieces they come, into ones that a strict parser takes.

    Chunks lose their extensions, and trailers are left out. What is no chunk is passed on as it is, for the parser to
    refuse.
    """

    def __init__(self) -> None:
        self._line = bytearray()  # of a line that has no end yet
        self._left = 0  # bytes that the chunk still has
        self._state = "size"

    def clean(self, data: bytes) -> bytes:
        """The next bytes."""
        out, at = bytearray(), 0
        while at < len(data):
            if self._state == "as it is":
                out += data[at:]
                break
            if self._state == "data":
                part = data[at : at + self._left]
                out += part
                at += len(part)
                self._left -= len(part)
                if not self._left:
                    self._state = "end"
                continue
            end = data.find(b"\n", at)
            self._line += data[at : end + 1] if end >= 0 else data[at:]
            at = end + 1 if end >= 0 else len(data)
            if end >= 0 or len(self._line) > MAX_LINE_BYTES:
                out += self._take(bytes(self._line))
                self._line.clear()
        return bytes(out)

    def _take(self, line: bytes) -> bytes:
        """What becomes of a whole line."""
        text = line.rstrip(b"\r\n")
        if self._state == "trailer":
            if text:
                return b""
            self._state = "as it is"
            return b"\r\n"
        if self._state == "end" and not text:
            self._state = "size"
            return b"\r\n"
        size = _SIZE.match(text) if self._state == "size" and line.endswith(b"\n") else None
        if size is None:
            self._state = "as it is"
            return line
        self._left = int(size[1], 16)
        self._state = "data" if self._left else "trailer"
        return size[1] + b"\r\n"
