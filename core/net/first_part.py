"""The first part of a body in several parts, as a webcam sends its pictures (multipart/x-mixed-replace). Pure."""

from __future__ import annotations

import re

MAX_HEAD_BYTES = 8_192
MAX_MARK_BYTES = 256


class FirstPart:
    """Reads a body until its first part is whole, and no further: there may be no end of parts."""

    def __init__(self, boundary: str) -> None:
        name = boundary.encode("latin-1", "replace")
        self._mark = re.compile(rb"\r?\n-{2,8}" + re.escape(name))  # some servers count the dashes wrong
        self._data = bytearray()
        self._start: int | None = None  # of the part, behind its head

    def feed(self, data: bytes) -> bytes | None:
        """The part, once it is whole. Raises ValueError where what comes is no such body."""
        seen = max(0, len(self._data) - MAX_MARK_BYTES)
        self._data += data
        if self._start is None:
            self._start, seen = self._behind_head(), 0
        if self._start is None:
            return None
        end = self._mark.search(self._data, max(self._start, seen))
        return bytes(self._data[self._start : end.start()]) if end is not None else None

    def rest(self) -> bytes:
        """What came of a part that had no end."""
        return b"" if self._start is None else bytes(self._data[self._start :])

    def _behind_head(self) -> int | None:
        mark = self._mark.search(b"\n" + self._data[:MAX_HEAD_BYTES])
        at = mark.end() - 1 if mark is not None else 0
        ends = [end + len(line) for line in (b"\r\n\r\n", b"\n\n") if (end := self._data.find(line, at)) >= 0]
        if mark is not None and ends:
            return min(ends)
        if len(self._data) > MAX_HEAD_BYTES:
            raise ValueError("it is said to come in parts, and there is none")
        return None
