"""What kind of file some bytes are: decided by their first bytes alone, as browsers do (the MIME Sniffing standard).

Only what browsers show goes further. Most of Pillow's forty decoders, and the programs that some of them start, never
see bytes from the web.
"""

from __future__ import annotations

import codecs
import re
import zlib

from captioning.decoding.picture import undecodable

SVG = "SVG"
_SIGNATURES = {  # Pillow's names; BMP and what is in a RIFF or ISO box have more to look at
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"\x00\x00\x01\x00": "ICO",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"II+\x00": "TIFF",
    b"MM\x00+": "TIFF",
    b"\xff\x0a": "JXL",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n": "JXL",
}
_OTHERS = {  # named, so that the message says more than bytes do
    b"%PDF": "a PDF document",
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "PostScript",
    b"8BPS": "a Photoshop document",
    b"SIMPLE  =": "a FITS file",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"\x1aE\xdf\xa3": "a video (WebM)",
    b"PK\x03\x04": "a ZIP archive",
    b"wOF": "a font",
    b"\x1f\x8b": "a compressed file that holds no SVG",
    b"#define ": "an X bitmap",
    b"/* XPM */": "an X pixmap",
}
CURSOR = b"\0\0\2\0"  # a mouse pointer is an icon but for this number, and shown like one
_BMP_HEADER_BYTES = {12, *range(16, 65, 4), 42, 46, 108, 124}  # of its headers through the years, OS/2 among them
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_PROLOGUE_BYTES = 65_536  # Illustrator puts a long list of entities before the root of a drawing
_SVG_ROOT = re.compile(r"<(?:[\w.-]+:)?svg[\s/>]", re.I)


def kind_of(data: bytes) -> str:
    """Pillow's name for the format of a file, or 'SVG'.

    Raises ImageError with the codes `empty`, `html` (a page or JSON in place of an image) and `unsupported_format`.
    """
    if not data:
        raise undecodable("empty", "the server sent no bytes")
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            return name
    if data[:4] == CURSOR and data[4:6] != b"\0\0":  # with none in it, it is a picture of Targa
        return "ICO"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_BYTES:
        return "BMP"
    if data[4:8] == b"ftyp":
        return _kind_of_iso_file(data)
    return _kind_of_text(data)


def unzip(data: bytes, max_bytes: int) -> bytes:
    """The content of a gzip file (svgz), or the bytes as they are; no more than `max_bytes` of it."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return zlib.decompressobj(wbits=31).decompress(data, max_bytes)
    except zlib.error:
        return b""


def _kind_of_iso_file(data: bytes) -> str:
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[place : place + 4] for place in range(16, length - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    raise undecodable("unsupported_format", f"a video or another kind of media file ({data[8:12]!r})")


def _kind_of_text(data: bytes) -> str:
    head = unzip(data[:_PROLOGUE_BYTES], _PROLOGUE_BYTES)
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    start = head.decode("utf-16" if utf16 else "latin-1", "replace").removeprefix("ï»¿").lstrip()  # the UTF-8 mark
    if start[:1] in {"{", "["}:
        raise undecodable("html", "the server sent JSON instead of an image")
    if start.startswith("<"):
        if not re.match(r"<(?:!doctype\s+html|html)", start, re.I) and _SVG_ROOT.search(start):
            return SVG
        raise undecodable("html", "the server sent a page of markup instead of an image")
    for signature, name in _OTHERS.items():
        if data.startswith(signature):
            raise undecodable("unsupported_format", f"{name}: not one of the formats that are read")
    raise undecodable("unsupported_format", f"not a web image: starts with {data[:12]!r}")
