"""Bitmaps, icons and PNGs of kinds that few programs write and every browser shows."""

from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image, ImageChops, ImageStat

from captioning.decoding.process import decode
from core.errors import ImageError
from tests.captioning.chromium import CHROMIUM, share_that_differs, shown_in
from tests.captioning.odd_images import BLUE, RED, WHITE, chunk, encode, half_red, icon, png

MAX_PIXELS = 1_000_000
WIDTH, HEIGHT = 12, 8  # red on the left, blue on the right; green in the row at the bottom
GREEN, BLACK = (0, 255, 0), (0, 0, 0)
COLOURS = [WHITE, RED, BLUE, GREEN]


def index(x: int, y: int) -> int:
    return 3 if y == HEIGHT - 1 else 1 if x < WIDTH // 2 else 2


def rows(bits: int, pixel=None) -> bytes:
    """The rows of a bitmap, the last one first, each of a multiple of four bytes."""
    out = b""
    for y in reversed(range(HEIGHT)):
        if pixel is not None:
            row = b"".join(pixel(COLOURS[index(x, y)]) for x in range(WIDTH))
        else:
            row = int("".join(f"{index(x, y):0{bits}b}" for x in range(WIDTH)).ljust(-(-WIDTH * bits // 8) * 8, "0"), 2)
            row = row.to_bytes(-(-WIDTH * bits // 8), "big")
        out += row + bytes(-len(row) % 4)
    return out


def palette(count: int, width: int = 4) -> bytes:
    return b"".join(bytes(colour[::-1]).ljust(width, b"\0") for colour in COLOURS).ljust(count * width, b"\0")


def bmp(bits: int, pixels: bytes, *, size: int = 40, kind: int = 0, colours: int = 0, between: bytes = b"") -> bytes:
    """A bitmap with a header of that size, of that kind of compression; `between` are fields and palette."""
    if size == 12:
        header = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        whole = struct.pack("<IiiHHIIiiII", size, WIDTH, HEIGHT, 1, bits, kind, len(pixels), 0, 0, colours, 0)
        header = (whole + (between if size > 40 and kind == 3 else b"")).ljust(size, b"\0")[:size]
        between = b"" if size > 40 and kind == 3 else between
    start = 14 + len(header) + len(between)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + between + pixels


def in_fields(bits: int, *fields: int):
    """A pixel whose colours lie in these fields of bits."""

    def pixel(colour: tuple[int, ...]) -> bytes:
        value = 0
        for part, field in zip((*colour, 255), fields, strict=False):
            value |= field if part == 255 else 0
        return value.to_bytes(bits // 8, "little")

    return pixel


def of_fields(bits: int, *fields: int, size: int = 40) -> bytes:
    pixels = rows(bits, in_fields(bits, *fields))
    return bmp(bits, pixels, kind=3, size=size, between=struct.pack(f"<{len(fields)}I", *fields))


def runs(bits: int) -> bytes:
    """The picture in run lengths."""
    out = b""
    for y in reversed(range(HEIGHT)):
        for x in (0, WIDTH // 2):
            colour = index(x, y)
            value = bytes(COLOURS[colour][::-1]) if bits == 24 else bytes([colour * 17 if bits == 4 else colour])
            out += bytes([WIDTH // 2]) + value
        out += b"\0\0"
    return out + b"\0\1"


BITMAPS = {
    "a palette of 300": bmp(8, rows(8), colours=300, between=palette(300)),
    "a palette of 2**31 - 1": bmp(8, rows(8), colours=2**31 - 1, between=palette(256)),
    "a palette of 17 for 4 bits": bmp(4, rows(4), colours=17, between=palette(17)),
    "a palette of 5 for 2 bits": bmp(2, rows(2), colours=5, between=palette(5)),
    "2 bits": bmp(2, rows(2), between=palette(4)),
    "2 bits with a V5 header": bmp(2, rows(2), size=124, between=palette(4)),
    "fields of 4 bits": of_fields(16, 0xF00, 0xF0, 0xF),
    "fields of 4 bits with alpha": of_fields(16, 0xF00, 0xF0, 0xF, 0xF000, size=124),
    "blue before red": of_fields(16, 0x1F, 0x7E0, 0xF800),
    "6, 5 and 5 bits": of_fields(16, 0xFC00, 0x3E0, 0x1F, size=108),
    "10 bits each": of_fields(32, 0x3FF00000, 0xFFC00, 0x3FF),
    "5 bits each of 32": of_fields(32, 0x7C00, 0x3E0, 0x1F, size=56),
    "fields with alpha behind a short header": bmp(
        32, rows(32, in_fields(32, 0xFF0000, 0xFF00, 0xFF, 0xFF000000)), kind=6,
        between=struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    ),
    "run lengths of 24 bits (OS/2)": bmp(24, runs(24), size=64, kind=4),
    "run lengths of 8 bits (OS/2)": bmp(8, runs(8), size=64, kind=1, colours=4, between=palette(4)),
    "run lengths of 4 bits": bmp(4, runs(4), kind=2, colours=4, between=palette(4)),
    "a header of 16 bytes": bmp(8, rows(8), size=16, between=palette(256)),
    "a header of 42 bytes": bmp(8, rows(8), size=42, colours=4, between=palette(4)),
    "a header of 12 bytes": bmp(4, rows(4), size=12, between=palette(16, 3)),
}  # fmt: skip

MASK = b"".join(
    bytes([0x0F if y == 0 else 0, 0xFF, 0, 0]) for y in range(16)
)  # its right half, and some of the last row


def icon_of(bits: int, pixels: bytes, mask: bytes, colours: bytes = b"") -> bytes:
    """An icon of 16 x 16 whose directory says 32 bits, whatever it holds."""
    return icon(
        struct.pack("<IiiHHIIiiII", 40, 16, 32, 1, bits, 0, 0, 0, 0, len(colours) // 4, 0) + colours + pixels + mask
    )


def quads(*alpha: int) -> bytes:
    return b"".join(bytes((*RED[::-1], value)) for value in alpha) * (256 // len(alpha))


ICONS = {  # what is seen at (3, 3) and (12, 3)
    "alpha 0 and a mask": (icon_of(32, quads(0), MASK), RED, WHITE),
    "alpha 0 and no mask": (icon_of(32, quads(0), b""), RED, RED),
    "alpha 0 and a mask that takes nothing": (icon_of(32, quads(0), bytes(64)), RED, RED),
    "an alpha of its own": (icon_of(32, quads(*[255] * 8, *[0] * 8), bytes(64)), RED, WHITE),
    "8 bits that say they are 32": (icon_of(8, b"\1" * 256, MASK, palette(4)), RED, WHITE),
    "4 bits": (icon_of(4, b"\x11" * 128, MASK, palette(4)), RED, WHITE),
    "24 bits": (icon_of(24, bytes(RED[::-1]) * 256, MASK), RED, WHITE),
    "1 bit": (icon_of(1, b"\xff\xff\0\0" * 16, MASK, palette(2)), RED, WHITE),
}


def frames(default: Image.Image, *further: tuple[Image.Image, int, int]) -> bytes:
    """An APNG whose default image is no part of it; each further picture is shown for ten minutes."""
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *default.size, 8, 2, 0, 0, 0))
    out += chunk(b"acTL", struct.pack(">II", len(further), 0)) + chunk(b"IDAT", packed(default))
    for number, (image, x, y) in enumerate(further):
        out += chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2 * number, *image.size, x, y, 600, 1, 0, 0))
        out += chunk(b"fdAT", struct.pack(">I", 2 * number + 1) + packed(image))
    return out + chunk(b"IEND", b"")


def packed(image: Image.Image) -> bytes:
    pixels, width = image.tobytes(), 3 * image.width
    return zlib.compress(b"".join(b"\0" + pixels[place : place + width] for place in range(0, len(pixels), width)))


def shades(bits: int, left: int, right: int) -> bytes:
    """Rows of a PNG of 16 x 16 grey pixels."""
    text = f"{left:0{bits}b}" * 8 + f"{right:0{bits}b}" * 8
    return (b"\0" + int(text, 2).to_bytes(2 * bits, "big")) * 16


def hidden(*parts: int) -> tuple[bytes, bytes]:
    return b"tRNS", struct.pack(f">{len(parts)}H", *parts)


OTHER = half_red().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
SMALL = Image.new("RGB", (20, 30), RED)
DEEP = (b"\0" + b"\x12\x34\xff\xff\0\0" * 8 + b"\0\0\0\0\xff\xff" * 8) * 16
PNGS = {  # what is seen on the left and on the right
    "a default image that is hidden": (frames(OTHER, (half_red(), 0, 0)), RED, BLUE),
    "two frames behind it": (frames(OTHER, (half_red(), 0, 0), (OTHER, 0, 0)), RED, BLUE),
    "a first frame that is smaller": (frames(OTHER, (SMALL, 5, 5), (OTHER, 0, 0)), RED, WHITE),
    "no frames at all": (frames(half_red()), RED, BLUE),
    "16-bit grey, the dark hidden": (png(16, 16, 16, 0, shades(16, 0x1234, 0xC0C0), hidden(0x1234)), WHITE, (192,) * 3),
    "16-bit grey, nearly the dark hidden": (
        png(16, 16, 16, 0, shades(16, 0x1234, 0xC0C0), hidden(0x1235)), (18,) * 3, (192,) * 3
    ),
    "16-bit grey, the bright hidden": (
        png(16, 16, 16, 0, shades(16, 0x1234, 0xC0C0), hidden(0xC0C0)), (18,) * 3, WHITE
    ),
    "4-bit grey, hidden": (png(16, 16, 4, 0, shades(4, 3, 12), hidden(3)), WHITE, (204,) * 3),
    "2-bit grey, hidden": (png(16, 16, 2, 0, shades(2, 1, 2), hidden(2)), (85,) * 3, WHITE),
    "8-bit grey, hidden": (png(16, 16, 8, 0, shades(8, 40, 200), hidden(40)), WHITE, (200,) * 3),
    "16-bit colours, one hidden": (png(16, 16, 16, 2, DEEP, hidden(0x1234, 0xFFFF, 0)), WHITE, BLUE),
}  # fmt: skip


def coded(primaries: int, transfer: int) -> bytes:
    """A PNG of many colours whose samples are of that coding."""
    shades_ = range(0, 256, 32)
    grid = [bytes((red, green, blue)) for blue in shades_ for green in shades_ for red in shades_]
    lines = b"".join(b"\0" + b"".join(grid[place : place + 32]) for place in range(0, len(grid), 32))
    return png(32, 16, 8, 2, lines, (b"cICP", bytes((primaries, transfer, 0, 1))))


def coded_avif(primaries: int, transfer: int) -> bytes:
    photo = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 90)])
    data = encode(photo.resize((64, 64)), "AVIF", quality=100, subsampling="4:4:4")
    assert data.count(b"colrnclx") == 1
    place = data.index(b"colrnclx") + 8
    return data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :]


CODED = {
    "PQ": coded(9, 16),
    "PQ of P3": coded(12, 16),
    "HLG": coded(9, 18),
    "P3": coded(12, 13),
    "BT.2020": coded(9, 14),
    "BT.709": coded(1, 1),
    "sRGB": coded(1, 13),
}
CODED_AVIF = {"PQ": coded_avif(9, 16), "HLG": coded_avif(9, 18), "P3": coded_avif(12, 13), "sRGB": coded_avif(1, 13)}


def test_the_white_of_paper_in_a_picture_in_pq():
    """203 nits (ITU-R BT.2408) come out at half of a screen's light, 1,000 as white; taken as sRGB, both are grey."""
    lines = (b"\0" + b"\x94\x94\x94" * 8 + b"\xc0\xc0\xc0" * 8) * 16
    image = seen(png(16, 16, 8, 2, lines, (b"cICP", bytes((9, 16, 0, 1)))))
    assert is_near(image.getpixel((4, 8)), (188,) * 3, 5)
    assert is_near(image.getpixel((12, 8)), (255,) * 3, 7)


def test_a_transparent_picture_in_pq():
    lines = (b"\0" + b"\x94\x94\x94\xff" * 8 + b"\0\0\0\0" * 8) * 16
    image = seen(png(16, 16, 8, 6, lines, (b"cICP", bytes((9, 16, 0, 1)))))
    assert is_near(image.getpixel((4, 8)), (188,) * 3, 5)
    assert image.getpixel((12, 8)) == WHITE


def seen(data: bytes) -> Image.Image:
    picture = decode(data, max_pixels=MAX_PIXELS)
    assert picture.warnings == ()
    assert (picture.width, picture.height) == picture.image.size
    return picture.image


def is_near(pixel: object, colour: tuple[int, ...], most: int = 2) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= most for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("name", BITMAPS)
def test_a_rare_bitmap(name):
    image = seen(BITMAPS[name])
    assert image.size == (WIDTH, HEIGHT)
    for place, colour in {(1, 1): RED, (WIDTH - 2, 1): BLUE, (1, HEIGHT - 1): GREEN}.items():
        assert is_near(image.getpixel(place), colour)


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_and_its_mask(name):
    data, left, right = ICONS[name]
    image = seen(data)
    assert (image.getpixel((3, 3)), image.getpixel((12, 3))) == (left, right)


@pytest.mark.parametrize("name", PNGS)
def test_a_rare_png(name):
    data, left, right = PNGS[name]
    image = seen(data)
    y = image.height // 2
    assert is_near(image.getpixel((image.width // 4, y)), left)
    assert is_near(image.getpixel((image.width * 3 // 4, y)), right)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.slow
def test_chromium_shows_the_same(tmp_path):
    files = {(name, "bmp"): data for name, data in BITMAPS.items()}
    files |= {(name, "ico"): case[0] for name, case in ICONS.items()}
    files |= {(name, "png"): case[0] for name, case in PNGS.items()}
    far = {}
    with shown_in(tmp_path) as shown:
        for (name, suffix), data in files.items():
            picture = shown(data, suffix)
            assert picture is not None, name
            if share := share_that_differs(picture, seen(data)):
                far[name] = share
        for suffix, coded_files in (("png", CODED), ("avif", CODED_AVIF)):
            for name, data in coded_files.items():
                picture = shown(data, suffix)
                assert picture is not None, name
                off = max(ImageStat.Stat(ImageChops.difference(picture, seen(data))).mean)
                if off > 4:
                    far[name, suffix] = off
    assert not far


def orientation(kind: int, value: bytes, order: str = "<") -> bytes:
    """EXIF data that says so of the orientation alone; `kind` 3 is a SHORT, 4 a LONG, 1 a BYTE."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(f"{order}IHHHI", 8, 1, 0x0112, kind, 1) + value.ljust(4, b"\0")
    return b"Exif\0\0" + start + entry + bytes(4)


TURNS = {  # what is on the left: red, or blue where the picture is turned upside down
    "a SHORT": (orientation(3, b"\3\0"), BLUE),
    "a SHORT, the other way round": (orientation(3, b"\0\3", ">"), BLUE),
    "a LONG": (orientation(4, b"\3\0\0\0"), RED),
    "a LONG, the other way round": (orientation(4, b"\0\0\0\3", ">"), RED),
    "a BYTE": (orientation(1, b"\3"), RED),
}


@pytest.mark.parametrize("name", TURNS)
def test_an_orientation_is_a_short(name):
    exif, left = TURNS[name]
    picture = decode(encode(half_red(), "JPEG", quality=95, exif=exif), max_pixels=MAX_PIXELS)
    assert is_near(picture.image.getpixel((10, 20)), left, 12)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
def test_chromium_obeys_the_same_orientations(tmp_path):
    with shown_in(tmp_path) as shown:
        for name, (exif, left) in TURNS.items():
            picture = shown(encode(half_red(), "JPEG", quality=95, exif=exif), "jpg")
            assert picture is not None
            assert is_near(picture.getpixel((10, 20)), left, 12), name


def test_run_lengths_that_jump_leave_black_behind():
    jumps = b"\4\1" + b"\0\2\2\3" + b"\6\2" + b"\0\1"  # four red pixels; two to the right, three up; six blue ones
    image = seen(bmp(8, jumps, kind=1, colours=4, between=palette(4)))
    assert [image.getpixel(place) for place in ((1, 7), (7, 4), (1, 1))] == [RED, BLUE, BLACK]


def claiming(data: bytes, width: int, height: int) -> bytes:
    return data.replace(struct.pack("<ii", WIDTH, HEIGHT), struct.pack("<ii", width, height), 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bmp(8, rows(8), kind=9, between=palette(256)), "corrupt"),
        (bmp(24, b"", size=64, kind=3), "corrupt"),  # Huffman's code, which browsers do not show either
        (bmp(0, encode(half_red(), "JPEG"), kind=4), "corrupt"),
        (bmp(2, b"", between=palette(4)), "truncated"),
        (of_fields(16, 0xF00, 0xF0, 0xF)[:66], "truncated"),
        (claiming(bmp(24, b"\xff\0\0\0", size=64, kind=4), 60_000, HEIGHT), "truncated"),
        (claiming(bmp(2, b""), 60_000, 60_000), "too_many_pixels"),
        (claiming(bmp(8, b"\0\2", kind=1), 9999, -9999), "too_many_pixels"),
        (icon_of(32, b"", b"")[:50], "truncated"),
        (icon_of(16, b"\xff\x7f" * 9, b"").replace(b"\x10\0\0\0\x20\0\0\0", b"\0\0\0\0\0\0\0\0"), "corrupt"),
    ],
)  # fmt: skip
def test_what_is_no_bitmap_fails(data, code):
    with pytest.raises(ImageError) as caught:
        decode(data, max_pixels=MAX_PIXELS)
    assert caught.value.code == code
