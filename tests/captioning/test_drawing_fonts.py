"""Fonts that drawings bring with them, and how texts name theirs."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

import pytest
from PIL import ImageFont

from captioning.decoding.drawing import fonts
from captioning.decoding.process import decode
from tests.captioning.chromium import CHROMIUM
from tests.captioning.test_drawings import MAX_PIXELS, drawing, drawn, far_from_chromium

FOLDER = Path("captioning/decoding/drawing/fonts")
MONO = (FOLDER / "LiberationMono-Regular.ttf").read_bytes()
WIDE = (FOLDER / "DejaVuSans.ttf").read_bytes()
TEXT = '<text x="5" y="60" font-size="40" {}>Will.il</text>'


def woff(data: bytes) -> bytes:
    """A font packed as WOFF 1.0 says."""
    count = int.from_bytes(data[4:6], "big")
    entries, content = b"", b""
    for number in range(count):
        tag, checksum, place, length = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        table = data[place : place + length]
        packed = zlib.compress(table)
        packed = packed if len(packed) < length else table
        entries += struct.pack(">4sIIII", tag, 44 + 20 * count + len(content), len(packed), length, checksum)
        content += packed + bytes(-len(packed) % 4)
    size = 44 + len(entries) + len(content)
    header = struct.pack(">4s4sIHHIHHIIIII", b"wOFF", data[:4], size, count, 0, len(data), 1, 0, 0, 0, 0, 0, 0)
    return header + entries + content


def address(data: bytes, kind: str = "font/ttf") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def face(src: str, family: str = "Own", more: str = "") -> str:
    return f"<style>@font-face{{font-family:{family};src:{src};{more}}}</style>"


CASES = {
    "TrueType": drawing(face(f"url({address(MONO)})") + TEXT.format('font-family="Own"')),
    "in quotation marks": drawing(
        face(f"url('{address(MONO)}') format('truetype')", "'My own'") + TEXT.format("style=\"font-family:'My own'\"")
    ),
    "WOFF": drawing(face(f"url({address(woff(MONO), 'font/woff')})") + TEXT.format('font-family="own, Arial"')),
    "the second of two": drawing(
        face(f"local(Own), url({address(b'wOF2junk')}), url({address(WIDE)})") + TEXT.format('font-family="Own"')
    ),
    "a name that a font here has, too": drawing(
        face(f"url({address(MONO)})", "Arial") + TEXT.format('font-family="Arial"')
    ),
    "in a sheet": drawing(
        face(f"url({address(MONO)})") + "<style>text{font:40px/1.2 Own, serif}</style>" + TEXT.format("")
    ),
    "by a property": drawing(
        face(f"url({address(MONO)})") + "<style>svg{--f:'Own'}text{font-family:var(--f)}</style>" + TEXT.format("")
    ),
    "two of them": drawing(
        face(f"url({address(MONO)})", "One") + face(f"url({address(WIDE)})", "Two")
        + '<text y="40" font-size="30" font-family="One">Will.il</text>'
        + '<text y="90" font-size="30" font-family="Two">Will.il</text>'
    ),
    "one that nobody names": drawing(face(f"url({address(MONO)})") + TEXT.format('font-family="Arial"')),
    "capitals": drawing(
        '<g style="text-transform:uppercase"><text y="50" font-size="30">so <tspan>it</tspan></text></g>'
    ),
    "small letters": drawing(
        "<style>text{text-transform:lowercase}</style>" + '<text y="50" font-size="30">SO IT</text>'
    ),
    "great letters to begin with": drawing(
        '<text y="50" font-size="30" style="text-transform:capitalize">so it</text>'
    ),
    "no capitals by an attribute": drawing('<text y="50" font-size="30" text-transform="uppercase">so it</text>'),
    "spaces that are kept": drawing('<text y="50" font-size="30" style="white-space:pre">A   B</text>'),
    "the short way": drawing('<text x="5" y="60" style="font:40px / 2 Courier New, serif">Will.il</text>'),
}  # fmt: skip


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.slow
def test_chromium_shows_the_same(tmp_path):
    assert far_from_chromium(tmp_path, CASES, most=4) == {}


@pytest.mark.parametrize("name", ["TrueType", "WOFF", "in a sheet", "by a property", "in quotation marks"])
def test_a_font_of_its_own_is_used(name):
    """Letters of one width reach further than those of Liberation Sans or Serif would."""
    assert reach(CASES[name]) == pytest.approx(width("LiberationMono-Regular"), abs=6)
    assert width("LiberationMono-Regular") - width("LiberationSans-Regular") > 30


def reach(data: bytes) -> int:
    box = drawn(data).point(lambda value: 255 - value).getbbox()
    assert box is not None
    return box[2] - 5


def width(name: str) -> float:
    return ImageFont.truetype(FOLDER / f"{name}.ttf", 40).getlength("Will.il")


def test_a_text_inside_a_drawing_inside():
    inside = base64.b64encode(drawing(TEXT.format('font-family="Arial"'))).decode()
    outside = drawing(f'<image width="200" height="100" href="data:image/svg+xml;base64,{inside}"/>')
    assert reach(outside) == pytest.approx(width("LiberationSans-Regular"), abs=6)


def test_a_font_of_its_own_inside_a_drawing_inside():
    inside = base64.b64encode(CASES["TrueType"]).decode()
    outside = drawing(f'<image width="200" height="100" href="data:image/svg+xml;base64,{inside}"/>')
    assert reach(outside) == pytest.approx(width("LiberationMono-Regular"), abs=6)


@pytest.mark.parametrize(
    "data",
    [b"wOF2" + bytes(90), b"", b"OTTO", woff(MONO)[:900], MONO[:-9000], b"wOFF\0\1\0\0" + b"\xff" * 90,
     woff(b"\0\1\0\0\0\1" + bytes(6) + struct.pack(">4sIII", b"glyf", 0, 28, 9_000_000) + bytes(9_000_000))],
    ids=["WOFF 2", "nothing", "a start", "cut WOFF", "cut TrueType", "nonsense", "a bomb"],
)  # fmt: skip
def test_one_that_cannot_be_read_is_said(data):
    picture = decode(
        drawing(face(f"url({address(data)})") + TEXT.format('font-family="Own"')), max_pixels=MAX_PIXELS, side_px=200
    )
    assert picture.warnings == ("other_font",)
    assert reach_of(picture.image) == pytest.approx(width("LiberationSans-Regular"), abs=6)


def reach_of(image) -> float:
    box = image.point(lambda value: 255 - value).getbbox()
    return (box[2] - 10) / 2


def test_one_in_another_file_is_not_missed():
    """No browser loads it for an <img>."""
    assert drawn(drawing(face("url(https://fonts.test/own.woff2)") + TEXT.format('font-family="Own"')))


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("font-family: Menlo, serif", "font-family:'Liberation Mono'"),
        ("font:12px Arial", "font:12px 'Liberation Sans'"),
        ("font: italic bold 1.5em/2 Georgia , Arial;fill:red", "font:italic bold 1.5em 'Liberation Serif';fill:red"),
        ("font:9pt / 1.5 Verdana", "font:9pt 'DejaVu Sans'"),
        ("font:9pt/ 1.5 Verdana", "font:9pt 'DejaVu Sans'"),
        ("font:inherit", "font:inherit"),
        ("font-size:9px;x-font:9px a", "font-size:9px;x-font:9px a"),
    ],
)
def test_families_are_those_that_are_here(style, expected):
    assert fonts.with_families(style) == expected
