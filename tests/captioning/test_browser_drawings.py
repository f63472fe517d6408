"""What the rasteriser cannot draw Chromium may: an option, with the real browser."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from captioning.caption_options import CaptionOptions
from captioning.decoding.browser import DrawingBrowser, browser_for
from captioning.worker.analysing import Analysing
from captioning.worker.metrics import Metrics
from captioning.worker.preparing import Preparer
from captioning.worker.results import Summary
from core.errors import ImageError, UsageError
from tests.captioning.chromium import CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

# HTML with a shadow and a gradient as border-image: beyond the rasteriser.
NOT_DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" {more}><style>{css}</style>'
    '<rect width="60" height="40" fill="red" style="clip-path: shape(from 0 0, line to 60px 0, line to 60px 40px)"/>'
    "{inside}</svg>"
)


class Taker:
    """A captioner as far as pictures are prepared for one."""

    class info:
        side_px = 64

    @staticmethod
    def prepare(image):
        return image


@pytest.fixture(scope="module")
def browser():
    browser = browser_for(None)
    yield browser
    browser.close()


@pytest.fixture
def prepared(browser):
    """A function from bytes to (asset, picture), with the browser or without."""
    preparers = []

    def prepare(data: bytes, *, with_browser: DrawingBrowser | None = browser):
        nothing = Analysing((), lambda _: ())
        preparer = Preparer(Taker, Metrics(Summary()), nothing, threads=1, max_pixels=10**7, browser=with_browser)
        preparers.append(preparer)
        asset, _, [picture] = preparer._prepare(data, (None,))
        return asset, picture

    yield prepare
    for preparer in preparers:
        preparer._browser = None  # it serves the next test, too
        preparer.close()


def drawing(more: str = "", css: str = "", inside: str = "") -> bytes:
    return NOT_DRAWN.format(more=more, css=css, inside=inside).encode()


def is_red(pixel) -> bool:
    return pixel[0] > 200 > 100 > max(pixel[1:])


def test_what_is_warned_of_is_drawn_by_the_browser(prepared):
    asset, plain = prepared(drawing(), with_browser=None)
    assert "not_drawn" in asset.warnings
    asset, image = prepared(drawing())
    assert asset.warnings == ()
    assert (asset.format, asset.width, asset.height) == ("SVG", 60, 40)
    assert min(image.size) == 64
    assert is_red(image.getpixel((image.width - 3, 3)))
    assert image.getpixel((3, image.height - 3)) == (255, 255, 255)  # cut, and white where transparent
    assert plain.size == image.size


def test_what_the_rasteriser_draws_the_browser_never_sees(prepared):
    class NoBrowser:
        def draw(self, *_):
            raise AssertionError("it was asked")

    plain = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>'
    )
    asset, _ = prepared(plain, with_browser=NoBrowser())
    assert asset.warnings == ()


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, lambda data: data.decode().encode("utf-16")])
def test_in_every_packing(prepared, pack):
    asset, image = prepared(pack(drawing()))
    assert asset.warnings == ()
    assert is_red(image.getpixel((image.width - 3, 3)))


def test_it_fetches_nothing_and_runs_nothing(prepared):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    hostile = drawing(
        more=f"onload=\"fetch('{url}/load')\"",
        css=f'@import url("{url}/sheet.css"); @font-face {{ font-family: x; src: url("{url}/font.woff2") }}',
        inside=f'<image href="{url}/picture.png" width="9" height="9"/><script>fetch("{url}/script")</script>'
        f'<script href="{url}/script.js"/><foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml"'
        f' src="{url}/frame"/></foreignObject><use href="{url}/other.svg#a"/>',
    )
    asset, _ = prepared(hostile)
    server.shutdown()
    server.server_close()
    assert "not_drawn" not in asset.warnings  # so the browser was given it
    assert asked == []


@pytest.mark.slow
def test_a_browser_that_dies_costs_the_drawing_nothing_and_comes_back(prepared, browser):
    prepared(drawing())
    browser._thread.submit(browser._browser.close).result()
    asset, _ = prepared(drawing())
    assert asset.warnings in {(), ("not_drawn",)}
    asset, _ = prepared(drawing())
    assert asset.warnings == ()


def test_many_threads_share_it(prepared):
    found = []
    threads = [threading.Thread(target=lambda: found.append(prepared(drawing())[0].warnings)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [()] * 6


def test_what_is_damaged_stays_so(prepared):
    with pytest.raises(ImageError, match=r"corrupt|html|truncated"):
        prepared(b"<svg xmlns='http://www.w3.org/2000/svg' <<<")


@pytest.mark.slow
def test_a_browser_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"caption\.chromium: .*none is no program"):
        browser_for(tmp_path / "none")
    assert CaptionOptions().browser_draws is False
