"""What is kept of a picture beside its caption: a small copy of it, and a hash by which it is like others."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import imagehash

from captioning.decoding.colours import is_plain
from store.captions import AssetFacts

if TYPE_CHECKING:
    from PIL import Image

    from captioning.decoding.picture import DecodedPicture


def asset_facts(picture: DecodedPicture, byte_size: int) -> AssetFacts:
    """What the store keeps of a picture whose file has so many bytes."""
    small = shrink(picture.image)
    return AssetFacts(
        sha256=picture.sha256,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        byte_size=byte_size,
        warnings=picture.warnings,
        phash=perceptual_hash(small),
        thumbnail=thumbnail(small),
    )


def shrink(image: Image.Image, side_px: int = 160) -> Image.Image:
    """A copy no side of which is longer than `side_px`."""
    small = image.copy()
    small.thumbnail((side_px, side_px))
    return small


def thumbnail(small: Image.Image) -> bytes:
    """A shrunk picture as a WebP, for reports."""
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=75)
    return buffer.getvalue()


def perceptual_hash(small: Image.Image) -> str | None:
    """The pHash of a shrunk picture: 64 bits in hexadecimal, alike for pictures that look alike.

    None for a picture of one shade, whose hash would be made of compression noise: all such would look alike.
    `core.identity.perceptual_hash` says how it was chosen and what distance means.
    """
    return None if is_plain(small.convert("L")) else str(imagehash.phash(small))
