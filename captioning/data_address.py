"""What a data: address holds, read as browsers do (WHATWG Fetch, "data: URL processor"), not by RFC 2397."""

from __future__ import annotations

import re
from base64 import b64decode
from urllib.parse import unquote_to_bytes

_BASE64 = re.compile(r"; *base64\Z", re.I)
_BLANK = re.compile(rb"[\t\n\f\r ]+")
_ALPHABET = re.compile(rb"[A-Za-z0-9+/]*\Z")


def read_data_address(url: str) -> bytes:
    """The bytes of a data: address. Raises ValueError, which says what is wrong with it."""
    address, mark, _ = url.partition("#")
    head, comma, body = address.partition(",")
    if not comma:
        raise ValueError("a data: address without a comma")
    data = unquote_to_bytes(body.encode("utf-8", "replace"))
    if _BASE64.search(head.strip()):
        return _from_base64(data)
    if mark and b"<svg" in data and b"</svg" not in data:
        raise ValueError("its drawing is cut off at a #, which browsers take for the end: write %23")
    return data


def _from_base64(data: bytes) -> bytes:
    """As browsers forgive: white space anywhere, no padding or any."""
    data = _BLANK.sub(b"", data).rstrip(b"=")
    if len(data) % 4 == 1 or not _ALPHABET.match(data):
        raise ValueError("a data: address whose base64 is none")
    return b64decode(data + b"=" * (-len(data) % 4))
