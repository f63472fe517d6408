"""Image files of every odd kind that the web holds, made here: what each is called, its bytes, how it must come out.

An outcome is a code of the decode stage, or the format of the picture with its warnings behind it ('PNG truncated').
Where a decoder may fairly do one thing or another, all of them are named.
"""

from __future__ import annotations

import base64
import gzip
import io
import random
import struct
import zlib
from importlib.util import find_spec

import pillow_heif
from PIL import ExifTags, Image, ImageCms

pillow_heif.register_heif_opener()

WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'

Odd = tuple[bytes, set[str]]


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def colourful(width: int = 120, height: int = 80) -> Image.Image:
    radial, linear = Image.radial_gradient("L"), Image.linear_gradient("L")
    return Image.merge("RGB", (radial, linear, linear.rotate(90))).resize((width, height))


def noisy(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(width).randbytes(width * height * 3))


def half_red(mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right: 60 x 40."""
    image = Image.new("RGB", (60, 40), BLUE)
    image.paste(RED, (0, 0, 30, 40))
    return image.convert(mode)


def transparent(mode: str) -> Image.Image:
    """Transparent on the left, where black hides, opaque on the right."""
    alpha = Image.new("L", (60, 40), 0)
    alpha.paste(255, (30, 0, 60, 40))
    image = Image.new("RGB", (60, 40), "black")
    image.paste(BLUE, (30, 0, 60, 40))
    image.putalpha(alpha)
    return image.convert(mode)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, bits: int, colour_type: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file as the standard describes it, for kinds that Pillow cannot write."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
    between = b"".join(chunk(name, data) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + header + between + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def with_chunk(data: bytes, name: bytes, content: bytes) -> bytes:
    """A PNG file with one more chunk behind its header."""
    return data[:33] + chunk(name, content) + data[33:]


def icon(inside: bytes, side: int = 16, kind: int = 1) -> bytes:
    """An ICO (of kind 2: a mouse pointer) whose directory says that what is inside is `side` pixels wide and high."""
    return struct.pack("<HHHBBBBHHII", 0, kind, 1, side, side, 0, 0, 1, 32, len(inside), 22) + inside


def bitmap(width: int, height: int, run_lengths: bytes) -> bytes:
    """A BMP of 256 greys that is compressed by run length."""
    greys = bytes(level for grey in range(256) for level in (grey, grey, grey, 0))
    sizes = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(run_lengths), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(run_lengths), 0, 0, 1078) + sizes + greys + run_lengths


def tiff(*tags: tuple[int, int, int, int], data: bytes = b"") -> bytes:
    """A TIFF with these (tag, type, count, value) and `data` at byte 8."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    return b"II*\x00" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def svg(inner: str = '<rect width="50" height="50" fill="red"/>', size: str = 'width="100" height="100"') -> bytes:
    return f"<svg {SVG} {size}>{inner}</svg>".encode()


def flat_gif(width: int, height: int, frames: int) -> bytes:
    """An animation whose frames are one pixel each, in 15 bytes."""
    header = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return header + frame * frames + b";"


def scans(data: bytes, count: int) -> bytes:
    """A progressive JPEG with its last scan told again and again: each makes the decoder go through all of it."""
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


LARGE = noisy(300, 200)
SAVED = {
    "jpeg": ("JPEG", {"quality": 90}),
    "progressive jpeg": ("JPEG", {"progressive": True}),
    "jpeg 4:4:4": ("JPEG", {"subsampling": 0}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "interlaced gif": ("GIF", {"interlace": True}),
    "webp": ("WEBP", {}),
    "lossless webp": ("WEBP", {"lossless": True}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {}),
    "tiff lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "tiff jpeg": ("TIFF", {"compression": "jpeg"}),
    "tiff deflate": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    "avif": ("AVIF", {}),
    "heic": ("HEIF", {}),
}
# Grey, 60 x 40: black on the left.
JPEG_XL = "/woJQVDcCAgEAQBYAEsYixUA1B8/xqC/AAgAXGWDMZDMewA="
SIZES = {"1 x 1": (1, 1), "1 x 1000": (1, 1000), "1000 x 1": (1000, 1), "3 x 200": (3, 200)}


def whole() -> dict[str, Odd]:
    found: dict[str, Odd] = {}
    for name, (kind, options) in SAVED.items():
        found[name] = encode(colourful(), kind, **options), {kind}
        for size, (width, height) in SIZES.items():
            # x265 knows nothing below 16 pixels.
            allowed = {kind} if kind != "HEIF" else {kind, "corrupt"}
            try:
                found[f"{name} of {size}"] = encode(colourful(width, height), kind, **options), allowed
            except (ValueError, RuntimeError, OSError):
                assert kind == "HEIF"
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        image = transparent(mode) if mode in {"LA", "RGBA"} else half_red("L" if mode == "I;16" else mode).convert(mode)
        found[f"png {mode}"] = encode(image, "PNG"), {"PNG"}
    for mode in ("1", "L", "P", "RGBA", "CMYK", "YCbCr", "I;16", "F", "I"):
        image = half_red("L").convert(mode) if mode in {"I;16", "F", "I"} else half_red("RGB").convert(mode)
        found[f"tiff {mode}"] = encode(image, "TIFF"), {"TIFF"}
    for mode in ("L", "CMYK"):
        found[f"jpeg {mode}"] = encode(half_red(mode), "JPEG"), {"JPEG"}
    for mode in ("1", "L", "P", "RGBA"):
        found[f"bmp {mode}"] = encode(half_red(mode), "BMP"), {"BMP"}
    frames = [half_red(), colourful(60, 40), half_red()]
    for kind in ("GIF", "PNG", "WEBP", "AVIF", "TIFF"):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
        found[f"{kind} of three frames"] = data, {kind}
    found["mpo"] = encode(half_red(), "MPO", save_all=True, append_images=[colourful()]), {"MPO"}
    found["ico"] = encode(colourful(64, 64), "ICO", sizes=[(16, 16), (64, 64)]), {"ICO"}
    found["ico of bitmaps"] = encode(colourful(64, 64), "ICO", bitmap_format="bmp", sizes=[(32, 32)]), {"ICO"}
    found["mouse pointer"] = icon(encode(colourful(32, 32), "PNG"), 32, kind=2), {"ICO"}
    named = encode(colourful(), "AVIF")
    found["avif of another major brand"] = named[:8] + b"MA1B" + named[12:], {"AVIF"}
    found["a name of another format"] = encode(colourful(), "PNG"), {"PNG"}
    found["rows behind the end"] = encode(colourful(), "JPEG") + b"<?php echo 1 ?>" * 50, {"JPEG"}
    found["adam7 png"] = interlaced_png(), {"PNG"}
    kind = {"JXL" if find_spec("pylibjxl") else "unsupported_format"}
    found["jpeg xl"] = base64.b64decode(JPEG_XL), kind
    return found


def interlaced_png() -> bytes:
    """1 x 1 in seven passes, of which six are empty."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")


def cut() -> dict[str, Odd]:
    found: dict[str, Odd] = {}
    for name, (kind, options) in SAVED.items():
        data = encode(LARGE, kind, **options)
        for kept in (0.02, 0.3, 0.9):
            allowed = {f"{kind} truncated", f"{kind} damaged", "truncated", "corrupt"}
            if kind in {"GIF", "HEIF", "AVIF", "TIFF"} or kept == 0.02:
                allowed.add(kind)  # cut behind all that is needed
            elif kind == "WEBP":
                allowed = {"WEBP truncated"}
            found[f"{name} cut at {kept}"] = data[: int(len(data) * kept)], allowed
    inside = encode(LARGE, "PNG")
    found["bmp of runs that end early"] = bitmap(9, 9, b"\x09\xff\0\0\x09\x80\0\1"), {"BMP truncated"}
    found["bmp of no runs"] = bitmap(9, 9, b"\0\1"), {"truncated"}
    found["ico of a png that is cut"] = icon(inside[: len(inside) // 2]), {"ICO damaged"}
    found["jpeg without its end marker"] = encode(LARGE, "JPEG")[:-2], {"JPEG truncated"}
    found["png without its end"] = encode(LARGE, "PNG")[:-12], {"PNG", "PNG truncated"}
    return found


def damaged() -> dict[str, Odd]:
    picture = encode(colourful(), "PNG")
    inside = bytearray(encode(LARGE, "PNG"))
    inside[len(inside) // 2] ^= 0xFF
    bad_sum = bytearray(picture)
    bad_sum[-1] ^= 0xFF
    bad_gamma = bytearray(with_chunk(picture, b"gAMA", struct.pack(">I", 45_455)))
    bad_gamma[33 + 8] ^= 0xFF
    unordered = with_chunk(picture, b"acTL", struct.pack(">II", 2, 0))
    unordered = unordered[:-12] + chunk(b"fdAT", bytes(9)) + unordered[-12:]
    runs = bytearray(encode(LARGE, "GIF"))
    runs[len(runs) // 2 : len(runs) // 2 + 40] = b"\xff" * 40
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 99
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    zeros = encode(colourful(), "JPEG")
    return {
        "png damaged inside": (bytes(inside), {"PNG damaged"}),
        "png with a wrong sum at its end": (bytes(bad_sum), {"PNG", "PNG damaged"}),
        "png with a wrong sum in its metadata": (bytes(bad_gamma), {"PNG damaged"}),
        "png with a profile of no bytes": (with_chunk(picture, b"iCCP", b""), {"PNG damaged"}),
        "png of an animation out of order": (unordered, {"PNG", "PNG damaged"}),
        "png for telephones": (
            picture[:8] + chunk(b"CgBI", bytes(4)) + picture[8:].replace(b"\x78\x9c", b"", 1),
            {"corrupt"},
        ),
        "gif damaged inside": (bytes(runs), {"GIF", "GIF damaged", "GIF truncated"}),
        "png with two headers": (with_chunk(picture, b"IHDR", picture[16:29]), {"PNG", "PNG damaged", "corrupt"}),
        "png with an unknown chunk": (with_chunk(picture, b"abCd", bytes(100)), {"PNG"}),
        "png with an unknown critical chunk": (with_chunk(picture, b"ABCD", b"x"), {"PNG", "PNG damaged", "corrupt"}),
        "png of colour type 7": (png(5, 5, 8, 7, bytes(100)), {"corrupt"}),
        "png of no width": (png(0, 5, 8, 2, b""), {"corrupt"}),
        "jpeg damaged inside": (
            zeros[:400] + b"\xff\x00\x12" * 30 + zeros[490:],
            {"JPEG", "JPEG truncated", "corrupt"},
        ),
        "jpeg of zeros behind its header": (
            zeros[:300] + bytes(len(zeros)),
            {"JPEG", "JPEG truncated", "truncated", "corrupt"},
        ),
        "orientation 99": (encode(colourful(), "JPEG", exif=exif), {"JPEG"}),
        "exif of rubbish": (encode(colourful(), "JPEG", exif=b"Exif\0\0" + b"\xff" * 60), {"JPEG", "JPEG exif"}),
        "exif that is cut": (encode(colourful(), "PNG", exif=b"Exif\0\0II*\0\x08\0\0"), {"PNG exif"}),
        "profile of rubbish": (encode(colourful(), "JPEG", icc_profile=b"x" * 300), {"JPEG colour_profile"}),
        "profile of another space": (encode(colourful(), "PNG", icc_profile=wide), {"PNG colour_profile"}),
        "gif of no frames": (b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b";", {"corrupt", "truncated"}),
        "gif frame outside the screen": (
            b"GIF89a"
            + struct.pack("<HHBBB", 2, 2, 0x80, 0, 0)
            + bytes(6)
            + b","
            + struct.pack("<HHHHB", 0, 0, 9, 9, 0)
            + b"\x02\x02\x44\x01\x00;",
            {"GIF", "GIF truncated", "corrupt", "truncated"},
        ),
        "bmp of negative height": (bytes(bottom_up()), {"BMP"}),
        "bmp that lies about its palette": (encode(half_red("P"), "BMP")[:60], {"corrupt", "truncated"}),
        "tiff of loops": (b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00", {"corrupt"}),
        "tiff of nothing": (tiff(), {"corrupt"}),
        "ico of a page": (icon(b"<!doctype html>" * 10), {"corrupt", "truncated"}),
        "ico of nothing": (struct.pack("<HHH", 0, 1, 0), {"corrupt"}),
        "avif box of no length": (b"\x00\x00\x00\x1cftypavif" + bytes(200), {"corrupt"}),
        "heic box of no length": (b"\x00\x00\x00\x1cftypheic" + bytes(200), {"corrupt"}),
        "webp of nothing": (b"RIFF\x04\x00\x00\x00WEBP", {"corrupt", "truncated"}),
        "webp that lies about its length": (b"RIFF\xff\xff\xff\x7fWEBP" + bytes(100), {"corrupt", "truncated"}),
        "png signature alone": (picture[:8], {"corrupt"}),
        "jpeg signature alone": (b"\xff\xd8\xff", {"corrupt", "truncated"}),
        "jpeg of markers": (b"\xff\xd8" + b"\xff\xe0\x00\x02" * 5000, {"corrupt", "truncated"}),
    }


def bottom_up() -> bytearray:
    data = bytearray(encode(half_red(), "BMP"))
    data[22:26] = struct.pack("<i", -40)
    return data


def no_images() -> dict[str, Odd]:
    refused = {"unsupported_format"}
    without_jxl = {"corrupt" if find_spec("pylibjxl") else "unsupported_format"}
    return {
        "no bytes": (b"", {"empty"}),
        "a page": (b"<!DOCTYPE html><title>404</title>", {"html"}),
        "a page behind a mark": (b"\xef\xbb\xbf \r\n<HTML><body>x", {"html"}),
        "a page with a drawing": (b"<!doctype html><svg></svg>", {"html"}),
        "a fragment with a drawing": (b'<div><svg width="5" height="5"><path d="M0 0h9"/></svg></div>', {"html"}),
        "a comment and a page": (b"<!-- x --><html><svg></svg></html>", {"html"}),
        "an error in XML": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", {"html"}),
        "a feed": (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', {"html"}),
        "json": (b'{"error": "not found"}', {"html"}),
        "a list in json": (b"[]", {"html"}),
        "zipped page": (gzip.compress(b"<!doctype html><p>x"), {"html"}),
        "zipped text": (gzip.compress(b"x" * 100), refused),
        "zip header alone": (b"\x1f\x8b", refused),
        "plain text": (b"Not Found", refused),
        "one byte": (b"\x00", refused),
        "zeros": (bytes(5000), refused),
        "noise": (random.Random(1).randbytes(5000), refused),
        "BMW": (b"BMW is not a bitmap, whatever it begins with", refused),
        "pdf": (b"%PDF-1.7\n", refused),
        "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", refused),
        "eps with a preview": (b"\xc5\xd0\xd3\xc6" + bytes(100), refused),
        "photoshop": (b"8BPS\x00\x01" + bytes(100), refused),
        "fits": (b"SIMPLE  =                    T".ljust(2880), refused),
        "xbm": (b"#define x_width 8\n#define x_height 1\nstatic char x_bits[] = {0x01};", refused),
        "xpm": (b'/* XPM */\nstatic char *x[] = {"1 1 1 1", "a c #000000", "a"};', refused),
        "ppm": (encode(half_red(), "PPM"), refused),
        "tga": (encode(half_red(), "TGA"), refused),
        "pcx": (encode(half_red(), "PCX"), refused),
        "sgi": (encode(half_red(), "SGI"), refused),
        "dds": (encode(half_red(), "DDS"), refused),
        "jpeg 2000": (encode(half_red(), "JPEG2000"), refused),
        "jpeg 2000 stream": (b"\xff\x4f\xff\x51" + bytes(100), refused),
        "jpeg xl of zeros": (b"\xff\x0a" + bytes(100), without_jxl),
        "jpeg xl in a box": (b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a", without_jxl),
        "no mouse pointer": (b"\x00\x00\x02\x00\x00\x00" + bytes(100), refused),
        "mp4": (b"\x00\x00\x00\x18ftypmp42" + bytes(100), refused),
        "webm": (b"\x1aE\xdf\xa3" + bytes(100), refused),
        "wave sound": (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100), refused),
        "mp3": (b"ID3\x03" + bytes(100), refused),
        "zip": (b"PK\x03\x04" + bytes(100), refused),
        "font": (b"wOF2" + bytes(100), refused),
        "program": (b"\x7fELF" + bytes(100), refused),
        "script": (b"#!/bin/sh\necho", refused),
    }


def drawings() -> dict[str, Odd]:
    pixel = base64.b64encode(encode(half_red(), "PNG")).decode()
    laughs = "".join(f'<!ENTITY l{i} "' + f"&l{i - 1};" * 10 + '">' for i in range(1, 10))
    uses = "".join(f'<g id="a{i}">' + f'<use href="#a{i - 1}"/>' * 10 + "</g>" for i in range(1, 12))
    return {
        "drawing": (svg(), {"SVG"}),
        "drawing behind a prologue": (b"<?xml version='1.0'?>\n<!-- Inkscape -->\n" + svg(), {"SVG"}),
        "drawing behind its type": (
            b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
            + svg(),
            {"SVG"},
        ),
        "drawing, zipped": (gzip.compress(svg()), {"SVG"}),
        "drawing in UTF-16": (svg().decode().encode("utf-16"), {"SVG"}),
        "drawing of no namespace": (b'<svg width="9" height="9"><rect width="5" height="5"/></svg>', {"SVG"}),
        "drawing with a prefix": (
            b'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="9" height="9"><s:rect width="5" height="5"/></s:svg>',
            {"SVG"},
        ),
        "undeclared prefixes": (
            b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><x:y/><g id="a" x:l="1"/>'
            b'<use xlink:href="#a"/><rect width="5" height="5"/></svg>',
            {"SVG damaged"},
        ),
        "drawing of no size": (svg(size=""), {"SVG"}),
        "drawing of a box": (svg(size='viewBox="0 0 100 50"'), {"SVG"}),
        "drawing of per cent": (svg(size='width="100%" height="100%" viewBox="0 0 40 20"'), {"SVG"}),
        "drawing of size 0": (svg(size='width="0" height="0"'), {"SVG"}),
        "drawing of size -5": (svg(size='width="-5" height="-5"'), {"SVG"}),
        "drawing of no number": (svg(size='width="NaN" height="inf" viewBox="a b c d"'), {"SVG"}),
        "drawing of 1.2.3": (svg(size='width="1.2.3" viewBox="0 0 1.2.3 4"'), {"SVG"}),
        "drawing of a huge size": (svg(size='width="99999999" height="9999999999"'), {"SVG", "blank"}),
        "drawing of 1e999": (svg(size='width="1e999" height="5" viewBox="0 0 1e999 1"'), {"SVG", "blank", "corrupt"}),
        "drawing of a huge box": (svg('<rect width="9e8" height="9e8"/>', 'viewBox="0 0 1e9 1e9"'), {"SVG"}),
        "strip": (svg('<rect width="1" height="1e7"/>', 'viewBox="0 0 1 1e7"'), {"SVG", "blank"}),
        "drawing with an entity": (
            b'<!DOCTYPE svg [<!ENTITY w "50">]>' + svg('<rect width="&w;" height="9"/>'),
            {"SVG"},
        ),
        "drawing with a picture": (
            svg(f'<image width="60" height="40" xlink:href="data:image/png;base64,{pixel}"/>'),
            {"SVG"},
        ),
        "drawing that is cut": (svg('<rect width="50" height="50"/><g><rect width="5')[:-6], {"SVG truncated"}),
        "drawing with an open tag": (svg('<rect width="50" height="50"/><g>'), {"SVG damaged"}),
        "empty drawing": (svg(""), {"blank"}),
        "sprites": (svg('<symbol id="a"><rect width="5" height="5"/></symbol>'), {"blank"}),
        "drawing beyond all bounds": (svg('<rect x="-1e10" width="3e10" height="3e10"/>'), {"SVG", "blank", "corrupt"}),
        "script": (svg("<script>alert(1)</script>"), {"blank"}),
        "svg of text alone": (b"<svg", {"corrupt", "html"}),
        "entities that multiply": (
            f'<!DOCTYPE svg [<!ENTITY l0 "lol">{laughs}]>'.encode() + svg('<text y="50">&l9;</text>'),
            {"blank", "corrupt", "SVG damaged"},
        ),
        "uses that multiply": (svg('<g id="a0"><rect width="1" height="1"/></g>' + uses), {"corrupt"}),
        "a use of itself": (svg('<g id="a"><use href="#a"/></g>'), {"blank"}),
        "deep drawing": (svg("<g>" * 240 + '<rect width="50" height="50"/>' + "</g>" * 240), {"SVG"}),
        "deeper drawing": (svg("<g>" * 100_000 + "</g>" * 100_000), {"corrupt"}),
        "zipped bomb": (gzip.compress(b"<svg>" + bytes(60_000_000)), {"blank", "corrupt"}),
    }


def odd_images() -> dict[str, Odd]:
    return whole() | cut() | damaged() | no_images() | drawings()


def damaged_copies(count: int) -> dict[str, bytes]:
    """Whole files with bytes changed, taken out, told twice or cut off; the same for every call."""
    rng = random.Random(count)
    files = {name: data for name, (data, _) in (whole() | drawings()).items() if 100 < len(data) < 20_000}
    return {f"copy {number}": _damaged(rng, rng.choice(list(files.values()))) for number in range(count)}


def _damaged(rng: random.Random, file: bytes) -> bytes:
    data = bytearray(file)
    first, last = sorted(rng.sample(range(len(data)), 2))
    match rng.choice(["change", "change", "header", "cut", "take out", "twice"]):
        case "change":
            for _ in range(rng.choice([1, 3, 30])):
                data[rng.randrange(len(data))] = rng.randrange(256)
        case "header":
            place = rng.randrange(60)
            data[place : place + 4] = rng.choice([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff"])
        case "cut":
            del data[last:]
        case "take out":
            del data[first : min(last, first + 300)]
        case "twice":
            data[last:last] = data[first:last]
    return bytes(data)


def bombs() -> dict[str, Odd]:
    """Small files that want gigabytes or hours. Limits for them: 50 megapixels, seconds."""
    huge = "too_many_pixels"
    flat = encode(Image.new("1", (30_000, 30_000)), "PNG")
    bits = (256, 3, 1, 10), (257, 3, 1, 10), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)
    progressive = encode(colourful(6000, 6000), "JPEG", progressive=True, quality=20)
    text = zlib.compress(bytes(100_000_000), 9)
    picture = encode(colourful(), "PNG")
    canvas = b"VP8X" + struct.pack("<II", 10, 0x02) + struct.pack("<I", 16382)[:3] * 2
    blank = b"\x00" + bytes(8000)
    return {
        "png of 30,000 x 30,000": (flat, {huge}),
        "png that claims 60,000 x 60,000": (png(60_000, 60_000, 8, 2, b""), {huge}),
        "png of 2**31 x 1": (png(2**31 - 1, 1, 8, 2, b""), {huge}),
        "png of 50 megapixels": (encode(Image.new("RGBA", (7000, 7000), "red"), "PNG", compress_level=9), {"PNG"}),
        "bomb in an ico": (icon(flat), {huge}),
        "bitmap bomb in an ico": (
            icon(struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 32, 0, 0, 0, 0, 0, 0)),
            {huge},
        ),
        "text that unpacks to 100 MB": (with_chunk(picture, b"zTXt", b"k\0\0" + text), {"PNG damaged"}),
        "200 texts that unpack to 1 MB": (
            picture[:33] + chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1_000_000))) * 200 + picture[33:],
            {"PNG damaged", "corrupt"},
        ),
        "international text of 100 MB": (with_chunk(picture, b"iTXt", b"k\0\1\0\0\0" + text), {"PNG damaged"}),
        "profile that unpacks to 100 MB": (with_chunk(picture, b"iCCP", b"k\0\0" + text), {"PNG damaged"}),
        "gif of 200,000 frames": (flat_gif(1, 1, 200_000), {"GIF"}),
        "gif of 65,535 x 65,535": (flat_gif(65_535, 65_535, 1), {huge}),
        "gif of large frames": (flat_gif(7000, 7000, 500), {"GIF"}),
        "apng that claims 2**31 frames": (
            with_chunk(encode(Image.new("L", (9, 9)), "PNG"), b"acTL", struct.pack(">II", 2**31 - 1, 0)),
            {"PNG truncated"},
        ),
        "webp canvas of 16,383 x 16,383": (b"RIFF" + struct.pack("<I", 22) + b"WEBP" + canvas, {huge, "corrupt"}),
        "tiff tile of 60,000 x 60,000": (
            tiff(*bits, (322, 3, 1, 60_000), (323, 3, 1, 60_000), (324, 4, 1, 8), (325, 4, 1, 100), data=bytes(100)),
            {"corrupt", "out_of_memory", "truncated", "TIFF truncated", huge},
        ),
        "tiff of 60,000 x 60,000": (
            tiff(*bits[2:], (256, 3, 1, 60_000), (257, 3, 1, 60_000), (273, 4, 1, 8), (279, 4, 1, 9), data=bytes(9)),
            {huge},
        ),
        "tiff of 60,000 samples": (tiff(*(b for b in bits if b[0] != 277), (277, 3, 1, 60_000)), {"corrupt"}),
        "bmp of 60,000 x 60,000": (
            b"BM"
            + struct.pack("<IHHI", 100, 0, 0, 54)
            + struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
            {huge},
        ),
        "jpeg that claims 65,500 x 65,500": (jpeg_claiming(65_500, 65_500), {huge}),
        "jpeg of 2,000 scans": (scans(progressive, 2000), {"timeout", "JPEG", "corrupt"}),
        "drawing with a picture of 30,000 x 30,000": (
            svg(f'<image width="9" height="9" href="data:image/png;base64,{base64.b64encode(flat).decode()}"/>'),
            {"crashed", "blank", "corrupt"},
        ),
        "drawing with a filter without end": (
            svg(
                '<filter id="f"><feTurbulence baseFrequency="0.9" numOctaves="100000"/></filter>'
                '<rect width="99" height="99" filter="url(#f)"/>'
            ),
            {"timeout"},
        ),
        "drawing of a million shapes": (
            svg('<rect width="9" height="9"/>' * 600_000),
            {"SVG", "timeout", "crashed", "out_of_memory"},
        ),
        "profile of nothing": (
            png(8000, 10, 8, 0, blank * 10, (b"iCCP", b"k\0\0" + zlib.compress(b""))),
            {"PNG", "PNG colour_profile"},
        ),
    }


def jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(encode(colourful(), "JPEG"))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)
