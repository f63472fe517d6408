"""What a captioner and the analysers say of single pictures, without a store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioning.decoding.colours import reduced
from captioning.decoding.process import decode
from captioning.fetch import Fetcher
from captioning.worker.analysing import Analysing
from captioning.worker.instead import in_words
from core.errors import ImageError
from core.net.address_guard import AddressGuard
from core.records import Stage
from inference.batching import Batcher
from inference.protocol import can_gaze

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from captioning.analysers.base import Analyser
    from captioning.caption_options import CaptionOptions
    from captioning.decoding.picture import DecodedPicture
    from inference.protocol import Caption, Captioner, Gaze, Phrase

_SCHEMES = ("http", "https", "data")


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of one picture; `failure` where there is none."""

    source: str
    picture: DecodedPicture | None = None
    caption: Caption | None = None
    analyses: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the name of the analyser
    words: tuple[Gaze, ...] = ()  # of the caption, or of what is withheld; only where an explanation was asked for
    failure: ImageError | None = None

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """What the caption names, with boxes; only where an explanation was asked for."""
        return () if self.caption is None else self.caption.phrases


def explaining(captioner: Captioner) -> Captioner:
    """The captioner as it is asked for an explanation: for boxes, where it can ground what it names."""
    from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner

    grounded = captioner.grounded() if isinstance(captioner, HuggingFaceCaptioner) else None
    return grounded or captioner


def describe(
    sources: Sequence[str],
    captioner: Captioner,
    analysers: Sequence[Analyser],
    options: CaptionOptions,
    *,
    explain: bool = False,
) -> Iterator[Description]:
    """Each picture in turn: the path of a file, or an http(s) or data: address. One that fails keeps no other back.

    Addresses open what start URLs open: loopback, and what is written in numbers. With `explain`, captioners that
    can say where they looked. Raises CaptionerError and DeviceError.
    """
    analysing = Analysing(analysers, lambda _: ())
    batcher = Batcher(captioner, 1)
    for source in sources:
        try:
            data, led_to = _read(source, options)
            try:
                picture = decode(
                    data, max_pixels=options.max_pixels, side_px=max(captioner.info.side_px, analysing.side_px)
                )
            except ImageError as error:
                raise in_words(error, data, led_to) from error
            features = _prepared(captioner, reduced(picture.image, captioner.info.side_px))
            [caption] = batcher.caption([features])
            if isinstance(caption, ImageError):
                raise caption
        except ImageError as error:
            yield Description(source, failure=error)
            continue
        analyses = {one.analyser: one.data for one in analysing.look(picture)}
        said = caption.text or caption.withheld
        words = captioner.gaze(features, said) if explain and said and can_gaze(captioner) else ()
        yield Description(source, picture, caption, analyses, words)


def _prepared(captioner: Captioner, image: Image.Image) -> Any:
    try:
        return captioner.prepare(image)
    except Exception as error:  # what the decoder let through, a model's own preprocessing may still refuse
        raise ImageError(Stage.DECODE, "prepare", f"{type(error).__name__}: {error}") from error


def _read(source: str, options: CaptionOptions) -> tuple[bytes, str | None]:
    """The bytes of a picture, and where redirects led to them."""
    if source.partition(":")[0].lower() in _SCHEMES:
        return asyncio.run(_fetch(source, options))
    try:
        return Path(source).read_bytes(), None
    except (OSError, ValueError) as error:
        gist = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(Stage.FETCH, "error", f"the file cannot be read: {gist}") from error


async def _fetch(url: str, options: CaptionOptions) -> tuple[bytes, str | None]:
    try:
        opened = frozenset(AddressGuard((), [url]).opened)
    except ValueError as error:
        raise ImageError(Stage.FETCH, "bad_url", str(error)) from error
    async with Fetcher(options) as fetcher, fetcher.fetch(url, networks=opened) as fetched:
        return fetched.data or b"", fetched.led_to
