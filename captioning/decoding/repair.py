"""Files that browsers show and Pillow refuses, made into files that it reads."""

from __future__ import annotations

import re
import struct

from captioning.decoding.sniff import CURSOR

_ICON = b"\0\0\1\0"
_SIGNATURE_BYTES = 8  # of a PNG
_SHOWN_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_CLAP = re.compile(rb"\x00\x00\x00\x28clap(.{32})", re.S)
_EXIF_ITEM = re.compile(rb"(infe[\x02\x03].{3}(?:.{2}){2,3}?)Exif", re.S)
_AVIF_HEAD_BYTES = 65_536  # where an AVIF says what is in it
_MAX_PADDED_BYTES = 64 * 2**20  # far more than a WebP of 16,383 x 16,383 photographed pixels has


def as_pillow_expects(data: bytes, kind: str) -> bytes:
    """A mouse pointer as the icon that it is but for its number; an AVIF named for its content alone, without EXIF.

    Of the brands in an AVIF file one has to be avif or avis, not the first (AV1 Image File Format, section 6). What
    lies beside its pixels as EXIF says nothing of how they lie, and hides none of them where it is damaged.
    """
    if data.startswith(CURSOR):
        return _ICON + data[4:]
    if kind == "AVIF":
        brand = data[8:12] if data[8:12] in {b"avif", b"avis"} else b"avif"
        head = _EXIF_ITEM.sub(rb"\1none", data[12:_AVIF_HEAD_BYTES])
        return data[:8] + brand + head + data[_AVIF_HEAD_BYTES:]
    return data


def avif_aperture(data: bytes, size: tuple[int, int]) -> tuple[int, int] | None:
    """To what size the picture in an AVIF is cut (its clean aperture); browsers cut on the right and below alone."""
    found = _CLAP.search(data[:_AVIF_HEAD_BYTES])
    if not found:
        return None
    terms = struct.unpack(">8i", found[1])
    if any(divisor < 1 for divisor in terms[1::2]):
        return None
    width, height, across, down = (term / divisor for term, divisor in zip(terms[::2], terms[1::2], strict=True))
    is_at_corner = size[0] - width + 2 * across == 0 and size[1] - height + 2 * down == 0
    is_within = 1 <= width <= size[0] and 1 <= height <= size[1]
    return (round(width), round(height)) if is_at_corner and is_within else None


def png_transparency(data: bytes, colour: object) -> object:
    """The colour of a PNG that is transparent, in eight bits, in which Pillow has the pixels by then but not this."""
    bits = data[24]
    if isinstance(colour, int) and bits < 8:
        return colour * 255 // (2**bits - 1)
    if isinstance(colour, tuple) and bits == 16:
        return tuple(part >> 8 for part in colour)
    return colour


def png_of_pixels_alone(data: bytes) -> bytes:
    """A PNG without its metadata and its animation: what is damaged there, or unpacks to megabytes, hides no picture.

    Where the lengths of the chunks end to make sense, the rest is kept as it is.
    """
    kept, place = [data[:_SIGNATURE_BYTES]], _SIGNATURE_BYTES
    while place + 8 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        name = data[place + 4 : place + 8]
        if end > len(data) or not name.isalpha():
            break
        if name in _SHOWN_CHUNKS:
            kept.append(data[place:end])
        place = end
    return b"".join([*kept, data[place:]])


def webp_is_cut(data: bytes) -> bool:
    """libwebp says only that it failed; the RIFF header says how long the file should have been."""
    return data[8:12] == b"WEBP" and _riff_bytes(data) > len(data)


def padded_webp(data: bytes) -> bytes:
    """A WebP that ends early with zeros in place of what is missing, which libwebp reads as a smear."""
    return data.ljust(min(_riff_bytes(data), _MAX_PADDED_BYTES), b"\0")


def _riff_bytes(data: bytes) -> int:
    return int.from_bytes(data[4:8], "little") + 8
