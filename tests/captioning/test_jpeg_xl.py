"""JPEG XL pictures, as Chromium shows them; and what is said where nothing is installed that reads them."""

from __future__ import annotations

import base64
import struct
import subprocess
import sys

import pytest
from PIL import Image, ImageCms

from captioning.decoding.process import decode
from core.errors import ImageError
from tests.captioning.chromium import CHROMIUM, share_that_differs, shown_in
from tests.captioning.odd_images import BLUE, RED, WHITE, colourful, encode, half_red, svg

MAX_PIXELS = 50_000_000
BLACK, GREY = (0, 0, 0), (200, 200, 200)
# Of kinds that no encoder in this project writes: 60 x 40, what is named on the left and on the right.
WRITTEN = {
    "16 bits a colour": (
        "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAA3anhsY/8KCfEDULQICAQBAIQASxiLFQDcM36MwUNeIASAQoSo"
        "Bv//Qpz+/3HvBw3/f0Uy",
        RED,
        BLUE,
    ),
    "floating point": (
        "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAA3anhsY/8KCckBFC0CCAQBAIQASzhomMKD9xUUBFi+/0/g30IB"
        "ug0AAMD////vk3QBAAD8",
        RED,
        BLUE,
    ),
    "grey": ("/woJQVDcCAgEAQBYAEsYixUA1B8/xqC/AAgAXGWDMZDMewA=", BLACK, GREY),
    "grey of 16 bits": (
        "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAAtanhsY/8KCfEDFC0CCAQBAFwASxiLFQDcP36MwcNfAAQAoHzB"
        "GMhIrTQ=",
        BLACK,
        GREY,
    ),
    "16 bits with alpha": (
        "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAA/anhsY/8KCfEj+AGgaBEIEBAAnABLKDQWvqagIADu+R9j8JAX"
        "EAGAC6UqIJ7S/7//PxDR/7//3xSCxjE=",
        WHITE,
        BLUE,
    ),
    "grey with alpha": (
        "/woJwaK4EQgQEACUAEsoJMa1FBQEQD0xxolx4lzgAIABIEggVQB5S/EYOOy2Wq1iPws=",
        WHITE,
        GREY,
    ),
}
ANIMATIONS = {  # what a frame shows that a still picture of it may be: not the last one
    "three frames": (
        "/woJBU0AICYIBAEAdABLGIsVANQZP8agvEAIAIUEKQ3+hTT926s8/iZKAAgEAQB4AEsYixUA1PkfY1BeIASAQIqpgEAC//54v21/AzRYgwgE"
        "BQBAAEsYixWAVf9/AADFDQDSlgQ="
    ),
    "out of white": ("/woJBU0AICYIBAEARABLGIsVgF3+/wAAkhsAMAf5AwgEBQB0AEsYixUA1Bk/xqC8QAgAhQQpDf6FNP3bqzz+JkoA"),
}
ON_END = Image.Transpose.ROTATE_90


def files() -> dict[str, tuple[bytes, tuple[int, ...], tuple[int, ...]]]:
    """Pictures of all kinds, with what is seen on the left and on the right of them."""
    jxl = pytest.importorskip("pylibjxl", reason="the extra jxl is not installed")
    numpy = pytest.importorskip("numpy")
    plain, clear = numpy.asarray(half_red()), numpy.asarray(half_red("RGBA")).copy()
    clear[:, :30, 3] = 0
    swapped = swapped_profile()
    found = {
        "lossless": (jxl.encode(plain, lossless=True), RED, BLUE),
        "lossy": (jxl.encode(plain, distance=1.0), RED, BLUE),
        "with alpha": (jxl.encode(clear, lossless=True), WHITE, BLUE),
        "with a profile": (jxl.encode(plain, lossless=True, icc=swapped), BLUE, RED),
        "lossy with a profile": (jxl.encode(plain, distance=0.5, icc=swapped), BLUE, RED),
        # The orientation is that of the picture itself; programs keep what the camera said beside it.
        "EXIF alone": (jxl.encode(plain, lossless=True, exif=oriented(3).tobytes()[6:]), RED, BLUE),
        "a JPEG": (jxl.jpeg_to_jxl(encode(half_red(), "JPEG", quality=95)), RED, BLUE),
        "a JPEG on its head": (
            jxl.jpeg_to_jxl(encode(half_red(), "JPEG", quality=95, exif=oriented(3))), BLUE, RED,
        ),
        "a JPEG on its side": (
            jxl.jpeg_to_jxl(encode(half_red().transpose(ON_END), "JPEG", quality=95, exif=oriented(6))), RED, BLUE,
        ),
        "a JPEG in a mirror": (
            jxl.jpeg_to_jxl(encode(half_red(), "JPEG", quality=95, exif=oriented(2))), BLUE, RED,
        ),
    }  # fmt: skip
    return found | {name: (base64.b64decode(file), left, right) for name, (file, left, right) in WRITTEN.items()}


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def swapped_profile() -> bytes:
    """A profile in which red is blue and blue red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {bytes(profile[place : place + 4]): place + 4 for place in range(132, 132 + 12 * profile[131], 12)}
    red, blue = (slice(places[name], places[name] + 8) for name in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]
    return bytes(profile).replace(b"sRGB", b"swap").replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


def is_near(pixel: object, colour: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 16 for one, other in zip(pixel, colour, strict=True))


def test_what_is_seen():
    for name, (data, left, right) in files().items():
        picture = decode(data, max_pixels=MAX_PIXELS)
        assert (picture.format, picture.width, picture.height, picture.warnings) == ("JXL", 60, 40, ()), name
        assert is_near(picture.image.getpixel((10, 20)), left), name
        assert is_near(picture.image.getpixel((50, 20)), right), name


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
def test_chromium_shows_the_same(tmp_path):
    with shown_in(tmp_path) as shown:
        cases = files()
        if shown(cases["lossless"][0], "jxl") is None:
            pytest.skip("this Chromium shows no JPEG XL")
        for name, (data, *_) in cases.items():
            picture = shown(data, "jxl")
            assert picture is not None, name
            assert share_that_differs(picture, decode(data, max_pixels=MAX_PIXELS).image) == 0, name


@pytest.mark.parametrize("name", ANIMATIONS)
def test_an_animation_gives_the_first_frame_that_is_not_blank(name):
    pytest.importorskip("pylibjxl", reason="the extra jxl is not installed")
    image = decode(base64.b64decode(ANIMATIONS[name]), max_pixels=MAX_PIXELS).image
    assert (image.getpixel((10, 20)), image.getpixel((50, 20))) == (RED, BLUE)


def test_a_large_one():
    """More than is decoded beside others; and one of which the header alone says that it is too large."""
    jxl = pytest.importorskip("pylibjxl", reason="the extra jxl is not installed")
    numpy = pytest.importorskip("numpy")
    data = jxl.encode(numpy.asarray(colourful(4000, 2500)), effort=1, distance=1.0)
    picture = decode(data, max_pixels=MAX_PIXELS, side_px=400)
    assert (picture.width, picture.height) == (4000, 2500)
    assert 400 <= min(picture.image.size) < 800
    for width, height in ((2**30, 2**30), (60_000, 60_000), (2**18, 200)):
        with pytest.raises(ImageError, match=rf"decode/too_many_pixels: {width} x {height} pixels"):
            decode(header(width, height) + data[12:], max_pixels=MAX_PIXELS)


def header(width: int, height: int) -> bytes:
    """The start of a bare picture of that size; the bits of JPEG XL run from the lowest to the highest."""
    bits = "0" + "".join(
        "11"[::-1] + f"{side - 1:030b}"[::-1] + ratio for side, ratio in ((height, "000"), (width, ""))
    )
    bits = (bits + "1").ljust(80, "0")  # all else as it mostly is
    return b"\xff\x0a" + bytes(int(bits[place : place + 8][::-1], 2) for place in range(0, 80, 8))


@pytest.mark.parametrize("damage", ["cut", "cut short", "noise", "a box without end", "header alone"])
def test_what_is_damaged_is_said(damage):
    jxl = pytest.importorskip("pylibjxl", reason="the extra jxl is not installed")
    numpy = pytest.importorskip("numpy")
    data = jxl.encode(numpy.asarray(colourful()), distance=1.0)
    damaged = {
        "cut": data[: len(data) * 9 // 10],
        "cut short": data[:60],
        "noise": data[:20] + bytes(byte ^ 0x5A for byte in data[20:]),
        "a box without end": b"\0\0\0\x0cJXL \r\n\x87\n" + struct.pack(">I4s", 2**31, b"jxlc") + data[:50],
        "header alone": data[:2],
    }[damage]
    with pytest.raises(ImageError, match=r"decode/corrupt: .*JPEG XL picture is damaged or cut off"):
        decode(damaged, max_pixels=MAX_PIXELS)
    assert decode(data, max_pixels=MAX_PIXELS).format == "JXL"


def test_one_inside_a_drawing():
    file = base64.b64encode(files()["lossless"][0]).decode()
    drawing = svg(f'<image width="100" height="100" preserveAspectRatio="none" href="data:image/jxl;base64,{file}"/>')
    image = decode(drawing, max_pixels=MAX_PIXELS, side_px=100).image
    assert (image.getpixel((20, 50)), image.getpixel((80, 50))) == (RED, BLUE)


def test_without_the_library_the_failure_names_it():
    program = (
        "import sys\nsys.modules['pylibjxl'] = None\n"
        "from captioning.decoding.raster import Raster\nfrom captioning.decoding.sniff import kind_of\n"
        "from core.errors import ImageError\n"
        "for data in (bytes([255, 10]) + bytes(50), b'\\0\\0\\0\\x0cJXL \\r\\n\\x87\\n' + bytes(50)):\n"
        "    try: Raster(data, kind_of(data), 9, 9)\n"
        "    except ImageError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == 2
    assert all("decode/unsupported_format" in line and "pip install 'alt-audit[jxl]'" in line for line in lines)
