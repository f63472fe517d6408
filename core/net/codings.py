"""Content codings laid one over the other, which HTTP clients leave as they are."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_GZIP_BITS = 31


def decoded(data: bytes, codings: Sequence[str], limit: int) -> bytes:
    """The bytes below these codings, in the order in which a server has applied them.

    Where they become more than `limit`, it ends with a byte more than that. As browsers do, it returns as it is what
    holds a coding that is not known. Raises ValueError where the data is not so coded.
    """
    names = [coding.strip().lower() for coding in codings]
    if any(name not in {"gzip", "x-gzip", "deflate"} for name in names):
        return data
    for name in reversed(names):
        data = _inflated(data, limit) if name == "deflate" else _unpacked(data, _GZIP_BITS, limit)
        if len(data) > limit:
            break
    return data


def _inflated(data: bytes, limit: int) -> bytes:
    """What is called deflate is zlib's format by the standard, and the bare one by habit."""
    try:
        return _unpacked(data, zlib.MAX_WBITS, limit)
    except ValueError:
        return _unpacked(data, -zlib.MAX_WBITS, limit)


def _unpacked(data: bytes, bits: int, limit: int) -> bytes:
    unpacker = zlib.decompressobj(bits)
    try:
        return unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
