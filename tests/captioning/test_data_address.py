"""data: addresses as pages write them. What is right is what Chromium shows (WHATWG Fetch, section 6)."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest

from captioning.caption_options import CaptionOptions
from captioning.data_address import read_data_address
from captioning.fetch import Fetcher
from core.errors import ImageError
from crawler.page.parse import parse_page
from tests.captioning.images import jpeg

DRAWING = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle r='4' fill='rgb(9,9,99)'/></svg>"
PICTURE = b64encode(jpeg(1)).decode()


@pytest.mark.parametrize(
    ("address", "held"),
    [
        (f"data:image/svg+xml;utf8,{DRAWING}", DRAWING.encode()),
        (f"data:image/svg+xml;charset=utf8,{DRAWING}", DRAWING.encode()),
        (f"data:image/svg+xml;charset='utf-8';a b,{DRAWING}", DRAWING.encode()),
        (f"data:image/svg+xml,{DRAWING}", DRAWING.encode()),
        (f"data:image/svg+xml,{DRAWING.replace('4', '50%')}", DRAWING.replace("4", "50%").encode()),
        (f"data:,{DRAWING.replace('<', '%3C').replace('>', '%3E')}", DRAWING.encode()),
        (
            "data:image/svg+xml;utf8,<svg><title>K\u00e4se \u2615</title></svg>",
            "<svg><title>K\u00e4se \u2615</title></svg>".encode(),
        ),
        ("data:image/svg+xml;utf8,<svg>a,b;c</svg>", b"<svg>a,b;c</svg>"),
        ("data:image/svg+xml;utf8,<svg></svg>#part", b"<svg></svg>"),
        (f"data:image/jpeg;BASE64,{PICTURE}", jpeg(1)),
        (f"data:image/jpeg; base64,{PICTURE}", jpeg(1)),
        (f"data:image/jpeg;charset=utf-8;bAsE64 ,{PICTURE}", jpeg(1)),
        (f"data: image/jpeg ;base64, {PICTURE} ", jpeg(1)),
        (f"data:base64;base64,{PICTURE.rstrip('=')}", jpeg(1)),
        (f"data:;base64,{PICTURE[:9]}\n {PICTURE[9:99]}%0D%0A{PICTURE[99:]}", jpeg(1)),
        (f"data:image/jpeg;base64,{PICTURE.replace('+', '%2B').replace('/', '%2f').replace('=', '%3D')}", jpeg(1)),
        ("data:image/gif;base64;charset=utf-8,R0lGODlh", b"R0lGODlh"),  # base64 has to be the last word
        ("data:,", b""),
    ],
)
def test_what_it_holds(address, held):
    assert read_data_address(address) == held


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("data:image/png;base64", "comma"),
        ("data:", "comma"),
        ("data:image/svg+xml#a,b", "comma"),
        ("data:image/png;base64,abcde", "base64"),
        ("data:image/png;base64,ab*d", "base64"),
        ("data:image/svg+xml;utf8,<svg fill='#fff'></svg>", "%23"),
    ],
)
def test_what_holds_nothing(address, why):
    async def one() -> None:
        async with Fetcher(CaptionOptions()) as fetcher, fetcher.fetch(address):
            pass

    with pytest.raises(ImageError, match=why) as raised:
        asyncio.run(one())
    assert raised.value.code == "bad_url"


def test_from_the_page(tmp_path):
    written = f"data:image/svg+xml;utf8,{DRAWING}", f" DATA:image/jpeg; base64,{PICTURE}"
    html = "<title>A</title>" + "".join(f'<img src="{address}">' for address in written)
    drawing, picture = parse_page("http://shop.test/", html.encode(), "text/html").occurrences
    assert read_data_address(drawing.fetch_url) == DRAWING.encode()
    assert read_data_address(picture.fetch_url) == jpeg(1)
