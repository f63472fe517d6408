"""Chromium draws the drawings that the rasteriser does not draw as they are meant; an option.

A drawing is shown as an image of a page that has nothing else: so the browser runs none of its scripts and fetches
nothing that it names (SVG Integration, secure animated mode), and the page itself is offline.
"""

from __future__ import annotations

import base64
import contextlib
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioning.decoding.sniff import unzip
from core.chromium import launch_options

if TYPE_CHECKING:
    from pathlib import Path

NOT_AS_MEANT = frozenset({"not_drawn", "no_font", "other_font"})  # warnings of the rasteriser
TIMEOUT_MS = 10_000
_MAX_BYTES = 20 * 2**20
_PAGE = (
    "<!doctype html><style>html, body {{ margin: 0; background: transparent }} img {{ display: block }}</style>"
    '<img {size} src="data:image/svg+xml;base64,{data}">'
)

log = logging.getLogger(__name__)


def browser_for(chromium: Path | None) -> DrawingBrowser:
    """A browser that draws, `chromium` or one that is found. Raises UsageError, which says what to install."""
    return DrawingBrowser(launch_options(chromium, setting="caption.chromium", wanted_by="caption.browser_draws"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a browser shows of a drawing."""

    png: bytes  # transparent where nothing is drawn
    width: int  # of the drawing itself, in CSS pixels
    height: int


class DrawingBrowser:
    """One Chromium in a thread of its own, started when it is first needed, and anew after it has hung or died."""

    def __init__(self, options: dict[str, Any]) -> None:
        """`options` are those of Playwright's `launch`."""
        self._options = options
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="browser")  # Playwright's objects belong to one thread
        self._playwright: Any = None
        self._browser: Any = None

    def draw(self, data: bytes, side_px: int) -> Drawn | None:
        """An SVG file as PNG, with its shorter side `side_px` long and the other no longer than twice that.

        None where the browser does not draw it within some seconds; the log says why. Safe to call from many threads:
        it draws one at a time.
        """
        return self._thread.submit(self._draw, data, side_px).result()

    def close(self) -> None:
        """End the browser."""
        self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _draw(self, data: bytes, side_px: int) -> Drawn | None:
        try:
            page = self._start().new_page(java_script_enabled=False, offline=True)
            page.set_default_timeout(TIMEOUT_MS)
            encoded = base64.b64encode(unzip(data, _MAX_BYTES)).decode("ascii")
            page.set_content(_PAGE.format(size="", data=encoded))
            own = page.locator("img").bounding_box()
            if not own["width"] or not own["height"]:
                raise ValueError("it has no size")
            scale = min(side_px / min(own["width"], own["height"]), 2 * side_px / max(own["width"], own["height"]))
            width, height = (max(round(own[name] * scale), 1) for name in ("width", "height"))
            page.set_viewport_size({"width": width, "height": height})
            page.set_content(_PAGE.format(size=f'width="{width}" height="{height}"', data=encoded))
            png = page.screenshot(type="png", omit_background=True)
            page.context.close()
            return Drawn(png, round(own["width"]), round(own["height"]))
        except Exception as error:  # it hangs, has crashed, or was killed: the next drawing gets a new one
            log.warning("Chromium did not draw a drawing: %s", str(error).partition("\n")[0])
            self._end()
            return None

    def _start(self) -> Any:
        from playwright.sync_api import sync_playwright

        if self._playwright is None:
            self._playwright = sync_playwright().start()
        if self._browser is None:
            self._browser = self._playwright.chromium.launch(**self._options)
        return self._browser

    def _end(self) -> None:
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        with contextlib.suppress(Exception):  # it may be dead already
            if browser is not None:
                browser.close()
        with contextlib.suppress(Exception):
            if playwright is not None:
                playwright.stop()
