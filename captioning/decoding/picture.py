"""What decoding gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ImageError
from core.records import Stage

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """One image file, decoded."""

    image: Image.Image  # mode RGB, upright, transparent parts white; may be smaller than width x height
    format: str  # Pillow's name: 'JPEG', 'PNG', 'WEBP', ...; 'SVG'
    width: int  # pixels, of the upright picture as it is in the file; CSS pixels of a drawing
    height: int
    sha256: str  # hex, of the file's bytes
    warnings: tuple[str, ...]  # 'truncated', 'not_drawn' and their like: docs/failures.md explains them


def undecodable(code: str, message: str) -> ImageError:
    """The failure of one image at the decode stage."""
    return ImageError(Stage.DECODE, code, message)


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise ImageError(too_many_pixels) for a picture that is too large to be decoded."""
    if width * height > max_pixels:
        detail = f"{width} x {height} pixels; the limit is {max_pixels} (caption.max_pixels)"
        raise undecodable("too_many_pixels", detail)
