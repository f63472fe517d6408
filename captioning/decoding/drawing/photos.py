"""Pictures inside a drawing: resvg goes by the type that they declare, browsers by their bytes."""

from __future__ import annotations

import base64
import binascii
import io
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from PIL import Image

from captioning.decoding.raster import Raster
from captioning.decoding.sniff import SVG, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

_DRAWN = {"PNG": "png", "GIF": "gif", "WEBP": "webp"}
_DATA = re.compile(r"\s*data:([^,]*),(.*)", re.I | re.S)
_MAX_PIXELS = 16_000_000  # of one inside; 64 MiB
_SIDE_PX = 2000


def as_drawn(href: str, prepare: Callable[[bytes], bytes | None]) -> str | None:
    """A `data:` address as resvg draws it; None where no browser would show anything for it.

    `prepare` makes a drawing inside fit for resvg, or a PNG of it.
    """
    found = _DATA.fullmatch(href)
    if not found:
        return None
    data = _bytes(found[1], found[2])
    try:
        kind = kind_of(data)
        if kind == SVG:
            prepared = prepare(data)
            if prepared is None:
                return None
            return _address("png" if prepared.startswith(b"\x89PNG") else "svg+xml", prepared)
        if kind in _DRAWN:
            return _address(_DRAWN[kind], data)
        if kind == "JPEG" and _is_plain_jpeg(data):
            return _address("jpeg", data)
        return _address("png", _as_png(data, kind))
    except (MemoryError, Image.DecompressionBombError):
        raise
    except Exception:  # damaged in any way: browsers show the drawing without it
        return None


def bytes_of(address: str) -> bytes:
    """What a `data:` address holds; nothing where it is none."""
    found = _DATA.fullmatch(address)
    return _bytes(found[1], found[2]) if found else b""


def _bytes(header: str, content: str) -> bytes:
    plain = unquote_to_bytes(content)
    if header.lower().rstrip().endswith("base64"):
        stripped = re.sub(rb"[^A-Za-z0-9+/]", b"", plain)
        try:
            return base64.b64decode(stripped + b"=" * (-len(stripped) % 4))
        except binascii.Error:  # a sign too many
            return base64.b64decode(stripped[: len(stripped) // 4 * 4])
    return plain


def _address(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _is_plain_jpeg(data: bytes) -> bool:
    """Whether resvg draws a JPEG as browsers do: neither turned by its EXIF data nor for printing."""
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        return picture.mode in {"RGB", "L"} and picture.getexif().get(0x0112, 1) == 1


def _as_png(data: bytes, kind: str) -> bytes:
    out = io.BytesIO()
    Raster(data, kind, _MAX_PIXELS, _SIDE_PX).decode()[0].save(out, "PNG", compress_level=1)
    return out.getvalue()
