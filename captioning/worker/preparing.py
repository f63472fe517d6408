"""From a file's bytes to what the store keeps of the picture and what the model takes of it."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from captioning.decoding.browser import NOT_AS_MEANT
from captioning.decoding.colours import reduced
from captioning.decoding.picture import DecodedPicture
from captioning.decoding.process import decode
from captioning.decoding.sniff import SVG
from captioning.thumbnails import asset_facts
from captioning.worker.instead import in_words
from core.errors import ImageError
from core.records import Stage
from inference.protocol import prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captioning.decoding.browser import DrawingBrowser, Drawn
    from captioning.worker.analysing import Analysing
    from captioning.worker.metrics import Metrics
    from core.place import Place
    from inference.protocol import Captioner
    from store.analyses import NewAnalysis
    from store.captions import AssetFacts


class Preparer:
    """Prepares pictures in threads, each of which waits for a decoding process of its own."""

    def __init__(
        self,
        captioner: Captioner,
        metrics: Metrics,
        analysing: Analysing,
        *,
        threads: int,
        max_pixels: int,
        browser: DrawingBrowser | None = None,
    ) -> None:
        """With a `browser`, that draws what the rasteriser of drawings cannot draw as it is meant."""
        self._analysing = analysing
        self._browser = browser
        self._captioner = captioner
        self._metrics = metrics
        self._max_pixels = max_pixels
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="prepare")

    async def prepare(
        self, data: bytes, led_to: str | None = None, places: Sequence[Place | None] = (None,)
    ) -> tuple[AssetFacts, tuple[NewAnalysis, ...], list[Any]]:
        """The asset, its analyses, and the captioner's features of it in each place.

        `led_to` is where redirects led to its bytes.

        Raises ImageError(decode, ...).
        """
        try:
            return await asyncio.wrap_future(self._pool.submit(self._prepare, data, places))
        except ImageError as error:
            raise in_words(error, data, led_to) from error

    def close(self) -> None:
        """Wait for what is under way; what waits is dropped."""
        self._pool.shutdown(cancel_futures=True)
        if self._browser is not None:
            self._browser.close()

    def _decode(self, data: bytes, side_px: int) -> DecodedPicture:
        try:
            picture = decode(data, max_pixels=self._max_pixels, side_px=side_px)
        except ImageError as error:
            if self._browser is None or error.code not in NOT_AS_MEANT:
                raise
            drawn = self._browser.draw(data, side_px)
            if drawn is None:
                raise
            return self._drawn(data, drawn, side_px, ())
        if self._browser is None or picture.format != SVG or NOT_AS_MEANT.isdisjoint(picture.warnings):
            return picture
        drawn = self._browser.draw(data, side_px)
        return picture if drawn is None else self._drawn(data, drawn, side_px, picture.warnings)

    def _drawn(self, data: bytes, drawn: Drawn, side_px: int, warnings: Sequence[str]) -> DecodedPicture:
        """The picture of a drawing by the browser. Raises ImageError where that shows nothing, either."""
        return DecodedPicture(
            image=decode(drawn.png, max_pixels=self._max_pixels, side_px=side_px).image,
            format=SVG,
            width=drawn.width,
            height=drawn.height,
            sha256=hashlib.sha256(data).hexdigest(),
            warnings=tuple(warning for warning in warnings if warning not in NOT_AS_MEANT),
        )

    def _prepare(
        self, data: bytes, places: Sequence[Place | None]
    ) -> tuple[AssetFacts, tuple[NewAnalysis, ...], list[Any]]:
        side_px = self._captioner.info.side_px
        with self._metrics.timed("decode"):
            picture = self._decode(data, max(side_px, self._analysing.side_px))
        with self._metrics.timed("prepare"):
            asset = asset_facts(picture, len(data))
            try:
                # No larger than without analysers: a model's costs and answers are its own.
                image = reduced(picture.image, side_px)
                features = [prepared(self._captioner, image, place) for place in places]
            except Exception as error:
                # What the decoder let through, a model's own preprocessing may still refuse (a strip of 1 x N).
                raise ImageError(Stage.DECODE, "prepare", f"{type(error).__name__}: {error}") from error
        with self._metrics.timed("analyse"):
            analyses = self._analysing.look(picture)
        return asset, analyses, features
