"""Drawings: what is drawn, how large it is, and that none reads what is not its own."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from captioning.decoding.process import decode
from core.errors import ImageError
from tests.captioning.images import serve_images
from tests.captioning.odd_images import RED, WHITE, encode, half_red, svg

MAX_PIXELS = 1_000_000


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ('width="100" height="50"', (100, 50)),
        ('width="100px" height="50px" viewBox="0 0 10 5"', (100, 50)),
        ('width="1in" height="72pt"', (96, 96)),
        ('width="6rem" height="calc(2em + 10px)"', (96, 42)),
        ('width="calc(50% + 9px)" viewBox="0 0 24 12"', (24, 12)),
        ('viewBox="0 0 24 12"', (24, 12)),
        ('viewBox="-5,-5,24,12"', (24, 12)),
        ('width="48" viewBox="0 0 24 12"', (48, 24)),
        ('height="24" viewBox="0 0 24 12"', (48, 24)),
        ('width="100%" height="100%" viewBox="0 0 24 12"', (24, 12)),
        ("", (300, 150)),
        ('viewBox="0 0 1e9 5e8"', (32_767, 16_384)),
    ],
)
def test_size_is_that_in_a_browser(size, expected):
    inner = '<rect width="100%" height="100%"/>'
    picture = decode(svg(inner, size), max_pixels=MAX_PIXELS, side_px=400)
    assert (picture.format, picture.width, picture.height) == ("SVG", *expected)
    # An icon is drawn at the size that a captioner needs, not at its own.
    assert 400 <= max(picture.image.size) <= 800
    assert abs(picture.image.width / picture.image.height - expected[0] / expected[1]) < 0.02


@pytest.mark.parametrize(
    ("size", "drawn"),
    [
        ('viewBox="0 0 9 9"', (100, 100)),
        ('viewBox="0 0 900 600"', (150, 100)),
        ('viewBox="0 0 9 90"', (20, 200)),
        ('viewBox="0 0 100 1"', (200, 2)),
    ],
)
def test_how_large_it_is_drawn(size, drawn):
    inner = '<rect width="100%" height="100%"/>'
    assert decode(svg(inner, size), max_pixels=MAX_PIXELS, side_px=100).image.size == drawn


def test_what_is_drawn():
    image = decode(svg(), max_pixels=MAX_PIXELS, side_px=100).image
    assert (image.getpixel((25, 25)), image.getpixel((75, 75))) == (RED, WHITE)


def test_a_white_logo_is_drawn_on_black():
    image = decode(svg('<rect width="50" height="50" fill="#fff"/>'), max_pixels=MAX_PIXELS, side_px=100).image
    assert (image.getpixel((25, 25)), image.getpixel((75, 75))) == (WHITE, (0, 0, 0))


def test_a_picture_inside_and_an_entity():
    inside = base64.b64encode(encode(half_red(), "PNG")).decode()
    drawing = svg(f'<image width="&w;" height="100" preserveAspectRatio="none" href="data:image/png;base64,{inside}"/>')
    image = decode(b'<!DOCTYPE svg [<!ENTITY w "100">]>' + drawing, max_pixels=MAX_PIXELS, side_px=100).image
    assert image.getpixel((20, 50)) == RED


@pytest.mark.parametrize(
    "drawing",
    [
        '<image href="{}" width="100" height="100"/>',
        '<image xlink:href=" {}" width="100" height="100"/>',
        '<image href="{relative}" width="100" height="100"/>',
        '<filter id="f"><feImage href="{}"/></filter><rect width="100" height="100" filter="url(#f)"/>',
        '<image href="data:image/svg+xml;base64,{nested}" width="100" height="100"/>',
        '<style>@import url({}); rect {{ fill: url({}#a) }}</style><use href="{}#a"/>',
        '<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="{}"/></foreignObject>',
        '<script href="{}"/>',
    ],
)
def test_nothing_else_is_read(drawing, tmp_path, monkeypatch):
    """Neither a file nor an address, however a drawing refers to it."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (100, 100), RED).save("red.png")
    with serve_images() as server:
        server.files["/red.png"] = encode(Image.new("RGB", (100, 100), RED), "PNG")
        path = str(tmp_path / "red.png")
        for target in (path, f"file://{path}", f"{server.url}/red.png"):
            nested = svg(f'<image href="{target}" width="100" height="100"/>')
            inner = drawing.replace("{nested}", base64.b64encode(nested).decode())
            inner = inner.replace("{relative}", "red.png").replace("{}", target)
            with pytest.raises(ImageError, match=r"decode/(blank|corrupt)"):
                decode(svg(inner), max_pixels=MAX_PIXELS)
        assert not server.requests


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "{}">]>',
        '<!DOCTYPE svg [<!ENTITY % x SYSTEM "{}"> %x;]>',
        '<!DOCTYPE svg SYSTEM "{}">',
        '<?xml-stylesheet href="{}"?>',
    ],
)
def test_no_entity_is_fetched(doctype, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text('<rect xmlns="http://www.w3.org/2000/svg" width="100" height="100"/>')
    with serve_images() as server:
        server.files["/secret"] = secret.read_bytes()
        for target in (str(secret), f"file://{secret}", f"{server.url}/secret"):
            with pytest.raises(ImageError, match=r"decode/(blank|corrupt)"):
                decode(doctype.replace("{}", target).encode() + svg("<g>&x;</g>"), max_pixels=MAX_PIXELS)
        assert not server.requests
