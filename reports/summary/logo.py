"""A logo from a local file, as it may stand in a page that is sent by mail."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 500_000
_STARTS = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


def logo_url(path: Path) -> str:
    """The picture as a data: address. Raises ValueError where it cannot be one."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise ValueError(f"{path} has more than {MAX_BYTES:,} bytes: a logo of some hundred pixels is enough")
    kind = next((kind for start, kind in _STARTS if data.startswith(start)), None)
    if kind is None and b"<svg" in data[:4000]:
        kind = "image/svg+xml"  # shown as an image, it runs nothing
    if kind is None:
        raise ValueError(f"{path} is no picture that browsers show: take PNG, JPEG, GIF, WebP or SVG")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
