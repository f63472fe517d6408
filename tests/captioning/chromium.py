"""What Chromium makes of a picture, for tests that compare."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageChops

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
PAGE = '<!doctype html><style>body{margin:0}img{display:block;image-rendering:pixelated}</style><img src="%s">'


@contextmanager
def shown_in(folder: Path) -> Iterator[Callable[[bytes, str], Image.Image | None]]:
    """A function from a file and the end of its name to what an <img> shows of it; None where it shows nothing."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 800, "height": 600})

        def shown(data: bytes, suffix: str) -> Image.Image | None:
            (folder / f"picture.{suffix}").write_bytes(data)
            (folder / "page.html").write_text(PAGE % f"picture.{suffix}")
            page.goto((folder / "page.html").as_uri())
            if not page.evaluate("document.images[0].naturalWidth"):
                return None
            page.locator("img").screenshot(path=folder / "shot.png")
            return Image.open(folder / "shot.png").convert("RGB")

        yield shown
        browser.close()


def share_that_differs(one: Image.Image, other: Image.Image) -> float:
    """How many of a hundred pixels differ by more than hinting and rounding make them."""
    difference = ImageChops.difference(one, other).convert("L")
    return 100 * sum(difference.histogram()[49:]) / (one.width * one.height)
