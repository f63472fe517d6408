"""From addresses to scores: pictures are fetched and decoded side by side, and compared with their texts one by one."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.decoding.process import decode
from captioning.fetch import Fetcher
from captioning.thumbnails import asset_facts
from core.errors import ImageError
from core.records import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from captioning.agreement.scorer import Scorer
    from captioning.caption_options import CaptionOptions
    from captioning.decoding.picture import DecodedPicture
    from store.captions import AssetFacts
    from store.whereabouts import Whereabouts


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture, and the texts that it is compared with."""

    image_id: int
    url: str
    where: Whereabouts
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The scores of its texts, or why there are none."""

    asked: Asked
    facts: AssetFacts | None
    scores: dict[str, float]
    failure: ImageError | None = None


class Looking:
    """The fetcher and the threads for many pieces of work. Use it as an async context manager."""

    def __init__(self, options: CaptionOptions, scorer: Scorer) -> None:
        self._options = options
        self._scorer = scorer
        self._fetcher = Fetcher(options)
        self._decoding = ThreadPoolExecutor(options.threads, thread_name_prefix="decode")
        self._scoring = ThreadPoolExecutor(1, thread_name_prefix="score")  # one model, one thread

    async def __aenter__(self) -> Looking:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._decoding.shutdown(cancel_futures=True)
        self._scoring.shutdown(cancel_futures=True)
        await self._fetcher.__aexit__(*error)

    async def look(self, asked: Sequence[Asked]) -> AsyncIterator[Answered]:
        """The answers, as they come; no picture stops the others."""
        for answer in asyncio.as_completed([self._answer(one) for one in asked]):
            yield await answer

    async def _answer(self, asked: Asked) -> Answered:
        try:
            async with self._fetcher.fetch(
                asked.url,
                networks=asked.where.networks,
                pages=asked.where.pages,
                policies=asked.where.policies,
                # A page of another site may name what is behind the login of this one.
                with_credentials=not asked.where.hosts.isdisjoint(self._fetcher.credentials.hosts),
            ) as fetched:
                data = fetched.data or b""
                picture = await asyncio.wrap_future(self._decoding.submit(self._decode, data))
                facts = await asyncio.wrap_future(self._decoding.submit(asset_facts, picture, len(data)))
                # Within the block: no more decoded pictures wait for the model than are fetched at once.
                scores = await asyncio.wrap_future(self._scoring.submit(self._score, picture, asked.texts))
        except ImageError as error:
            return Answered(asked, None, {}, error)
        return Answered(asked, facts, scores)

    def _decode(self, data: bytes) -> DecodedPicture:
        return decode(data, max_pixels=self._options.max_pixels)

    def _score(self, picture: DecodedPicture, texts: Sequence[str]) -> dict[str, float]:
        try:
            return dict(zip(texts, self._scorer.scores(picture.image, texts), strict=True))
        except Exception as error:  # a model's own preprocessing may refuse what the decoder let through: 1 x N pixels
            raise ImageError(Stage.GENERATE, "error", f"{type(error).__name__}: {error}") from error
