"""Decoding of what the web calls images: real files of each odd kind, and damaged ones."""

from __future__ import annotations

import hashlib
import io
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms

import alt_audit
from captioning.decoding.colours import is_plain
from captioning.decoding.process import decode
from captioning.thumbnails import perceptual_hash, shrink, thumbnail
from core.errors import ImageError
from core.identity.perceptual_hash import MAX_DISTANCE
from core.records import Stage
from tests.captioning.odd_images import (
    BLUE,
    RED,
    WHITE,
    colourful,
    encode,
    half_red,
    icon,
    png,
    transparent,
    with_chunk,
)

MAX_PIXELS = 1_000_000
PHOTO = Path(alt_audit.__file__).parent / "demo/site/img/photos/cat.jpg"


def near(pixel, expected, tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, expected, strict=True))


def failure(data: bytes, max_pixels: int = MAX_PIXELS) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data, max_pixels=max_pixels)
    assert caught.value.stage is Stage.DECODE
    assert caught.value.message
    return caught.value.code


FORMATS = {
    "jpeg": ("JPEG", {}),
    "progressive jpeg": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "interlaced gif": ("GIF", {"interlace": True}),
    "lossy webp": ("WEBP", {}),
    "lossless webp": ("WEBP", {"lossless": True}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "ico": ("ICO", {"sizes": [(16, 16), (60, 40)]}),
    "avif": ("AVIF", {}),
    "heic": ("HEIF", {}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_web_formats(name):
    kind, options = FORMATS[name]
    data = encode(half_red(), kind, **options)
    picture = decode(data, max_pixels=MAX_PIXELS)
    assert (picture.format, picture.width, picture.height, picture.image.size) == (kind, 60, 40, (60, 40))
    assert picture.image.mode == "RGB"
    assert picture.sha256 == hashlib.sha256(data).hexdigest()
    assert picture.warnings == ()
    assert near(picture.image.getpixel((8, 20)), RED)
    assert near(picture.image.getpixel((52, 20)), BLUE)


def test_mpo_of_a_phone_is_its_first_picture():
    data = encode(half_red(), "MPO", save_all=True, append_images=[Image.new("RGB", (60, 40), "green")])
    picture = decode(data, max_pixels=MAX_PIXELS)
    assert picture.format == "MPO"
    assert near(picture.image.getpixel((8, 20)), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF"])
def test_too_many_pixels(kind):
    data = encode(colourful(1001, 1000), kind)
    assert failure(data) == "too_many_pixels"
    assert decode(data, max_pixels=1_001_000).width == 1001


def test_size_is_checked_before_anything_is_decoded():
    bomb = png(60_000, 60_000, 8, 2, b"")
    assert failure(bomb) == "too_many_pixels"
    assert failure(bomb, max_pixels=10**12) == "out_of_memory"


def test_an_icon_may_not_hide_a_larger_picture():
    assert failure(icon(encode(colourful(1001, 1000), "PNG"))) == "too_many_pixels"


@pytest.mark.parametrize("kept", [0.98, 0.6, 0.3])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param("JPEG", {"quality": 95}, id="jpeg"),
        pytest.param("JPEG", {"quality": 95, "progressive": True}, id="progressive jpeg"),
        pytest.param("PNG", {}, id="png"),
        pytest.param("GIF", {}, id="gif"),
        pytest.param("BMP", {}, id="bmp"),
        pytest.param("TIFF", {}, id="tiff"),
        pytest.param("WEBP", {"quality": 95}, id="webp"),
    ],
)
def test_a_file_that_ends_early_gives_its_beginning(kind, options, kept):
    # Large enough to be read in several blocks.
    original = colourful(700, 500)
    data = encode(original, kind, **options)
    cut = data[: int(len(data) * kept)]
    picture = decode(cut, max_pixels=MAX_PIXELS)
    assert picture.warnings == ("truncated",)
    assert (picture.width, picture.height) == (700, 500)
    # BMP stores its rows from the bottom up.
    row = 480 if kind == "BMP" else 20
    whole = decode(data, max_pixels=MAX_PIXELS)
    assert near(picture.image.getpixel((350, row)), whole.image.getpixel((350, row)), tolerance=40)
    assert whole.warnings == ()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_what_is_missing_is_white(kind):
    data = encode(colourful(700, 500), kind, **({"interlace": False} if kind == "GIF" else {}))
    picture = decode(data[: int(len(data) * 0.4)], max_pixels=MAX_PIXELS)
    assert picture.image.getpixel((350, 20 if kind == "BMP" else 480)) == WHITE


def test_of_a_gif_that_is_damaged_what_comes_before_shows():
    data = bytearray(encode(colourful(300, 200), "GIF", interlace=False))
    data[len(data) // 2 : len(data) // 2 + 60] = b"\xff" * 60
    picture = decode(bytes(data), max_pixels=MAX_PIXELS)
    assert picture.warnings == ("damaged",)
    assert near(picture.image.getpixel((150, 5)), colourful(300, 200).getpixel((150, 5)), tolerance=40)


def test_truncation_is_found_from_many_threads():
    data = encode(colourful(300, 200), "PNG")
    files = [data, data[: len(data) // 2], encode(colourful(), "JPEG"), encode(colourful(), "JPEG")[:-200]] * 10
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda file: decode(file, max_pixels=MAX_PIXELS).warnings, files))
    assert found == [(), ("truncated",), (), ("truncated",)] * 10


def test_a_png_with_damage_inside_shows_what_comes_before_it():
    data = bytearray(encode(colourful(300, 200), "PNG"))
    data[len(data) // 2] ^= 0xFF
    picture = decode(bytes(data), max_pixels=MAX_PIXELS)
    assert picture.warnings == ("damaged",)
    assert picture.image.getpixel((150, 20)) == colourful(300, 200).getpixel((150, 20))


UPRIGHT = {  # orientation -> how a camera that was held so stores an upright picture
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation(kind, orientation):
    upright = half_red()
    upright.paste("white", (0, 0, 10, 10))  # a mark at the top left
    turn = UPRIGHT[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = decode(
        encode(upright.transpose(turn) if turn is not None else upright, kind, exif=exif), max_pixels=MAX_PIXELS
    )
    assert (picture.width, picture.height) == (60, 40)
    assert near(picture.image.getpixel((3, 3)), WHITE, tolerance=40)
    assert near(picture.image.getpixel((5, 35)), RED, tolerance=40)
    assert near(picture.image.getpixel((55, 35)), BLUE, tolerance=40)


def test_what_is_no_exif_turns_nothing():
    """Neither XMP, nor the texts in which old programs keep their EXIF."""
    data = encode(half_red(), "PNG")
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    turned = with_chunk(data, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
    assert decode(turned, max_pixels=MAX_PIXELS).width == 60


def test_exif_does_not_turn_a_heic():
    """It has boxes of its own for that, which the decoder obeys; cameras write both (ISO 23008-12)."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture = decode(encode(half_red(), "HEIF", exif=exif), max_pixels=MAX_PIXELS)
    assert (picture.width, picture.height) == (60, 40)


def test_damaged_exif_costs_a_warning_only():
    picture = decode(encode(half_red(), "PNG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00"), max_pixels=MAX_PIXELS)
    assert picture.warnings == ("exif",)
    assert near(picture.image.getpixel((8, 20)), RED)


def palette_with_one_transparent_colour() -> bytes:
    image = Image.new("P", (60, 40), 0)
    image.putpalette([0, 0, 0, *BLUE])
    image.paste(1, (30, 0, 60, 40))
    return encode(image, "PNG", transparency=0)


def gif_with_a_transparent_colour() -> bytes:
    image = Image.new("P", (60, 40), 0)
    image.putpalette([0, 0, 0, *BLUE])
    image.paste(1, (30, 0, 60, 40))
    return encode(image, "GIF", transparency=0)


def grey_png_with_a_transparent_grey() -> bytes:
    rows = (b"\x00" + bytes(30) + b"\x80" * 30) * 40
    return png(60, 40, 8, 0, rows, (b"tRNS", b"\x00\x00"))


@pytest.mark.parametrize(
    ("data", "opaque"),
    [
        pytest.param(encode(transparent("RGBA"), "PNG"), BLUE, id="RGBA png"),
        pytest.param(encode(transparent("RGBA"), "WEBP", lossless=True), BLUE, id="RGBA webp"),
        pytest.param(encode(transparent("LA"), "PNG"), (29, 29, 29), id="LA png"),
        pytest.param(encode(transparent("RGBA"), "TIFF"), BLUE, id="RGBA tiff"),
        pytest.param(palette_with_one_transparent_colour(), BLUE, id="P png, one colour"),
        pytest.param(encode(transparent("RGBA").quantize(4), "PNG"), BLUE, id="P png, alpha table"),
        pytest.param(gif_with_a_transparent_colour(), BLUE, id="P gif"),
        pytest.param(grey_png_with_a_transparent_grey(), (128, 128, 128), id="L png, one grey"),
        pytest.param(encode(transparent("RGBA"), "ICO", sizes=[(60, 40)]), BLUE, id="ico"),
    ],
)
def test_transparent_parts_are_white(data, opaque):
    picture = decode(data, max_pixels=MAX_PIXELS)
    assert picture.image.getpixel((10, 20)) == WHITE
    assert near(picture.image.getpixel((50, 20)), opaque)


def test_bilevel_png_with_transparency():
    rows = (b"\x00" + b"\x00" * 4 + b"\xff" * 4) * 40
    picture = decode(png(64, 40, 1, 0, rows, (b"tRNS", b"\x00\x00")), max_pixels=MAX_PIXELS)
    assert picture.image.getpixel((50, 20)) == WHITE


def test_16_bits_are_scaled():
    ramp = b"".join(b"\x00" + b"".join(struct.pack(">H", x * 256) for x in range(256)) for _ in range(4))
    image = decode(png(256, 4, 16, 0, ramp), max_pixels=MAX_PIXELS).image
    for x in (0, 1, 64, 128, 255):
        assert near(image.getpixel((x, 2)), (x, x, x), tolerance=1)


@pytest.mark.parametrize(("mode", "kind"), [("I;16", "<H"), ("I;16B", ">H"), ("I", "=i"), ("F", "=f")])
def test_deep_tiffs_are_scaled(mode, kind):
    levels = b"".join(struct.pack(kind, level) for level in (0, 32_768, 65_535))
    image = decode(encode(Image.frombytes(mode, (3, 1), levels), "TIFF"), max_pixels=MAX_PIXELS).image
    for x, level in enumerate((0, 128, 255)):
        assert near(image.getpixel((x, 0)), (level, level, level), tolerance=1)


def test_deep_tiff_of_one_level():
    image = decode(encode(Image.new("F", (3, 3), 0.5), "TIFF"), max_pixels=MAX_PIXELS).image
    assert image.getpixel((1, 1)) == (0, 0, 0)


def test_16_bit_colour():
    rows = (b"\x00" + struct.pack(">HHH", 65_535, 32_768, 0) * 5) * 5
    image = decode(png(5, 5, 16, 2, rows), max_pixels=MAX_PIXELS).image
    assert near(image.getpixel((2, 2)), (255, 128, 0), tolerance=1)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "YCbCr", "LAB"])
def test_other_modes_become_rgb(mode):
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(half_red(), *profiles, outputMode="LAB")
    else:
        image = half_red(mode)
    picture = decode(encode(image, "TIFF"), max_pixels=MAX_PIXELS)
    assert picture.image.mode == "RGB"
    assert picture.image.getpixel((8, 20)) != picture.image.getpixel((52, 20))


def test_bilevel():
    image = Image.new("1", (8, 8))
    image.paste(1, (4, 0, 8, 8))
    found = decode(encode(image, "TIFF"), max_pixels=MAX_PIXELS).image
    assert (found.getpixel((1, 1)), found.getpixel((6, 6))) == ((0, 0, 0), WHITE)


def test_cmyk_of_print_shops():
    """Adobe stores the inks of CMYK JPEGs inverted, and says so in a marker of its own, as Pillow does."""
    picture = decode(encode(half_red("CMYK"), "JPEG", quality=95), max_pixels=MAX_PIXELS)
    assert near(picture.image.getpixel((8, 20)), RED, tolerance=20)
    assert near(picture.image.getpixel((52, 20)), BLUE, tolerance=20)


def odd_press() -> bytes:
    """The colour profile of a press whose cyan is red: version 2 of the ICC format, with the smallest table."""

    def lab(lightness: float, a: int, b: int) -> bytes:
        return bytes([round(lightness * 2.55), a + 128, b + 128])

    inks = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    seen = {(0, 0, 0, 0): lab(100, 0, 0), (1, 0, 0, 0): lab(53, 80, 67)}
    straight = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9i", *(65_536 * (i % 4 == 0) for i in range(9)))
    table += straight * 4 + b"".join(seen.get(ink, lab(0, 0, 0)) for ink in inks) + straight * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63_190, 65_536, 54_061)
    tags = struct.pack(">I4sII4sII", 2, b"A2B0", 156, len(table), b"wtpt", 156 + len(table), len(white))
    body = tags + table + white
    header = struct.pack(">I4sI4s4s4s", 128 + len(body), b"none", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    return header + struct.pack(">3i", 63_190, 65_536, 54_061) + bytes(48) + body


def test_cmyk_is_seen_through_its_colour_profile():
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    plain = decode(encode(cyan, "JPEG", quality=95), max_pixels=MAX_PIXELS)
    assert near(plain.image.getpixel((8, 8)), (0, 255, 255), tolerance=20)
    profiled = decode(encode(cyan, "JPEG", quality=95, icc_profile=odd_press()), max_pixels=MAX_PIXELS)
    assert profiled.warnings == ()
    assert near(profiled.image.getpixel((8, 8)), RED, tolerance=20)


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(b"no profile at all", id="damaged"),
        pytest.param(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), id="for another space"),
    ],
)
def test_a_colour_profile_that_will_not_do_costs_a_warning_only(profile):
    data = encode(half_red("CMYK"), "JPEG", quality=95, icc_profile=profile)
    picture = decode(data, max_pixels=MAX_PIXELS)
    assert picture.warnings == ("colour_profile",)
    assert near(picture.image.getpixel((8, 20)), RED, tolerance=20)


def mirrored_gamut() -> bytes:
    """The profile of a screen whose red is what sRGB calls blue, and the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for index in range(struct.unpack_from(">I", profile, 128)[0]):
        place = 132 + 12 * index
        name = bytes(profile[place : place + 4])
        profile[place : place + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "RGBs".encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_of_other_screens_become_srgb(kind, mode):
    if (kind, mode) == ("JPEG", "RGBA"):
        mode = "RGB"
    picture = decode(encode(half_red(mode), kind, icc_profile=mirrored_gamut()), max_pixels=MAX_PIXELS)
    assert picture.warnings == ()
    assert near(picture.image.getpixel((8, 20)), BLUE)
    assert near(picture.image.getpixel((52, 20)), RED)


@pytest.mark.parametrize(
    ("chunks", "grey"),
    [
        pytest.param([], 99, id="none"),
        pytest.param([(b"gAMA", 45_455)], 99, id="of sRGB"),
        pytest.param([(b"gAMA", 100_000)], 166, id="linear"),
        pytest.param([(b"gAMA", 100_000), (b"sRGB", None)], 99, id="sRGB wins"),
        pytest.param([(b"gAMA", 0)], 99, id="nonsense"),
    ],
)
def test_gamma_of_a_png(chunks, grey):
    data = png(9, 9, 8, 0, (b"\0" + b"\x63" * 9) * 9)
    for name, value in chunks:
        data = with_chunk(data, name, b"\0" if value is None else struct.pack(">I", value))
    assert near(decode(data, max_pixels=MAX_PIXELS).image.getpixel((4, 4)), (grey,) * 3, tolerance=2)


def test_around_the_first_frame_of_a_gif_there_is_nothing():
    screen = b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0x80, 0, 0) + bytes(3) + b"\xff\x00\x00"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00;"
    image = decode(screen + frame, max_pixels=MAX_PIXELS).image
    assert (image.getpixel((0, 0)), image.getpixel((8, 8))) == (RED, WHITE)


def test_white_on_nothing_is_shown_on_black():
    """Logos for dark pages: on white there is nothing to be seen of them."""
    logo = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
    logo.paste("white", (0, 0, 30, 40))
    image = decode(encode(logo, "PNG"), max_pixels=MAX_PIXELS).image
    assert (image.getpixel((10, 20)), image.getpixel((50, 20))) == (WHITE, (0, 0, 0))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animations(kind):
    plain, busy, other = Image.new("RGB", (60, 40), "black"), half_red(), colourful(60, 40)

    def animate(*frames: Image.Image) -> Image.Image:
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        return decode(data, max_pixels=MAX_PIXELS).image

    assert near(animate(busy, other, other).getpixel((8, 20)), RED, tolerance=40)
    assert near(animate(plain, busy, other).getpixel((8, 20)), RED, tolerance=40)
    # It fades in: the frame with the most to see.
    assert near(animate(plain, Image.blend(plain, busy, 0.3), busy, other).getpixel((8, 20)), RED, tolerance=40)
    # Where all of it is one colour, so is the picture.
    assert near(animate(plain, plain).getpixel((8, 20)), (0, 0, 0), tolerance=40)


def cut_in_half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def garble(data: bytes) -> bytes:
    third = len(data) // 3
    return data[:third] + bytes(byte ^ 0x5A for byte in data[third : third + 40]) + data[third + 40 :]


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
@pytest.mark.parametrize(("break_", "warning"), [(cut_in_half, "truncated"), (garble, "damaged")])
def test_a_blank_frame_whose_successors_are_broken_says_so(kind, break_, warning):
    frames = [Image.new("RGB", (60, 40)), *[Image.effect_noise((60, 40), 90).convert("RGB")] * 2]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert decode(data, max_pixels=MAX_PIXELS).warnings == ()
    broken = decode(break_(data), max_pixels=MAX_PIXELS)
    assert (is_plain(broken.image), broken.warnings) == (True, (warning,))


def test_a_single_colour_is_a_picture_too():
    assert decode(encode(Image.new("RGB", (9, 9), RED), "PNG"), max_pixels=MAX_PIXELS).image.getpixel((4, 4)) == RED


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_large_picture_comes_at_about_the_size_that_is_asked_for(kind, options):
    original = Image.open(PHOTO).convert("RGB").resize((2000, 1500), Image.Resampling.BICUBIC)
    data = encode(original, kind, **options if kind == "JPEG" else {})
    picture = decode(data, max_pixels=3_000_000, side_px=300)
    assert (picture.width, picture.height) == (2000, 1500)
    assert 300 <= min(picture.image.size) < 600
    # It still is the same picture, to people and to hashes.
    whole = decode(data, max_pixels=3_000_000, side_px=1500).image
    assert whole.size == (2000, 1500)
    one, two = (int(perceptual_hash(shrink(image)) or "0", 16) for image in (picture.image, whole))
    assert (one ^ two).bit_count() <= MAX_DISTANCE // 2
    assert near(picture.image.resize((1, 1)).getpixel((0, 0)), whole.resize((1, 1)).getpixel((0, 0)), tolerance=3)


def test_the_full_size_is_that_of_the_upright_picture():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    data = encode(colourful(2000, 1000), "JPEG", exif=exif)
    picture = decode(data, max_pixels=3_000_000, side_px=250)
    assert (picture.width, picture.height, picture.image.size) == (1000, 2000, (250, 500))


def test_a_large_jpeg_that_ends_early():
    data = encode(colourful(2000, 1500), "JPEG", quality=95)
    picture = decode(data[: len(data) // 2], max_pixels=3_000_000, side_px=300)
    assert (picture.warnings, picture.width, picture.image.size) == (("truncated",), 2000, (500, 375))


@pytest.mark.parametrize("size", [(1, 90_000), (90_000, 1), (2, 50_000)])
def test_a_long_strip_is_shortened(size):
    image = decode(encode(Image.new("RGB", size, RED), "PNG"), max_pixels=MAX_PIXELS, side_px=384).image
    assert max(image.size) <= 16 * 384
    assert image.getpixel((0, 0)) == RED


@pytest.mark.parametrize("size", [(1000, 400), (400, 1000), (30, 20), (3000, 1)])
def test_thumbnail(size):
    image = colourful(*size)
    small = Image.open(io.BytesIO(thumbnail(shrink(image, 160))))
    assert small.format == "WEBP"
    assert max(small.size) == min(160, max(size))
    assert image.size == size


@pytest.mark.parametrize("mode", ["RGB", "noise"])
def test_a_picture_of_one_colour_has_no_perceptual_hash(mode):
    image = Image.new("RGB", (200, 100), (200, 60, 20))
    if mode == "noise":
        image = decode(encode(image, "JPEG", quality=5), max_pixels=MAX_PIXELS).image
    assert perceptual_hash(shrink(image)) is None


@pytest.mark.parametrize("size", [(1000, 400), (3, 2), (1, 3000), (3000, 1)])
def test_other_pictures_have_one_of_64_bits(size):
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    found = perceptual_hash(shrink(image))
    assert found is None or re.fullmatch("[0-9a-f]{16}", found)
    assert perceptual_hash(shrink(colourful(*size))) == perceptual_hash(shrink(colourful(*size)))
