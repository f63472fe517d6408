"""Content codings as browsers undo them: several, one over the other, and with something behind the end of one.

HTTP clients undo one alone, and refuse what has a line break behind it.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from aiohttp.compression_utils import BrotliDecompressor, ZSTDDecompressor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GZIP_BITS = 31
_GZIP_START = b"\x1f\x8b\x08"


def decoded(data: bytes, codings: Sequence[str], limit: int) -> bytes:
    """The bytes below these codings, in the order in which a server has applied them.

    Where they become more than `limit`, it ends with a byte more than that. As browsers do, it returns as it is what
    holds a coding that is not known. Raises ValueError where the data is not so coded.
    """
    names = [coding.strip().lower() for coding in codings]
    if any(name not in _UNPACK for name in names):
        return data
    for name in reversed(names if data else ()):
        try:
            data = _UNPACK[name](data, limit + 1)
        except Exception as error:  # each library has errors of its own
            raise ValueError(f"{name}: {error}") from error
        if len(data) > limit:
            break
    return data


def _gzip(data: bytes, most: int) -> bytes:
    found = bytearray()
    while data.startswith(_GZIP_START) and len(found) < most:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # whose checksum nobody looks at
        found += unpacker.decompress(data[_gzip_head(data) :], most - len(found))
        data = unpacker.unused_data[8:]
    if not found:
        raise ValueError("no such data")
    return bytes(found)


def _gzip_head(data: bytes) -> int:
    """The length of the head of a member (RFC 1952, 2.3)."""
    flags, at = data[3], 10
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (8, 16):  # a name, a comment
        if flags & flag:
            at = data.index(b"\0", at) + 1
    return at + 2 if flags & 2 else at


def _deflate(data: bytes, most: int) -> bytes:
    """What is called deflate is zlib's format by the standard, and the bare one by habit."""
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, most)


def _brotli(data: bytes, most: int) -> bytes:
    unpacker = BrotliDecompressor()
    found = bytearray(unpacker.decompress_sync(data, most))
    while len(found) < most and (more := unpacker.decompress_sync(b"", most)):
        found += more
    return bytes(found)


def _zstd(data: bytes, most: int) -> bytes:
    return ZSTDDecompressor().decompress_sync(data, most)


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
