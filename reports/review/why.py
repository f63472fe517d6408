"""Where the model looked for each word of its caption of a picture, as the review shows it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reports.row import Row
    from store.report_records import CaptionFacts

_KEPT = 20  # explanations: a page asks for the pictures of one behind it


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a caption, how sure the model was of it, and the picture, bright where it looked, as a WebP."""

    text: str
    chance: float
    picture: bytes


class Explainer(Protocol):
    """What knows of models; the review does not."""

    def refusal(self, caption: CaptionFacts) -> str | None:
        """Why this cannot be told of a caption, as far as that is known without loading a model; None: it may be."""
        ...

    def explain(self, caption: CaptionFacts, picture: bytes) -> tuple[Word, ...] | str:
        """Where its model looked in this small copy of the picture; or why that cannot be told. Takes seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Why:
    """What a page says of it; an offer where there are neither words nor a refusal."""

    caption: str = ""
    refusal: str | None = None
    words: tuple[Word, ...] = ()
    name: str = ""  # under which the pictures of the words are kept


@dataclass(slots=True)
class Explanations:
    """Explanations of rows: one at a time, as they are asked for, while decisions go on."""

    explainer: Explainer
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _kept: OrderedDict[str, tuple[Word, ...] | str] = field(default_factory=OrderedDict)

    def offer(self, row: Row) -> Why:
        """What is known at once: that a row may be explained, or why not."""
        caption = row.caption
        if caption is None or row.digest is None:
            return Why(refusal="no model has captioned this picture.")
        if not caption.text:
            return Why(refusal=f"{caption.model} gave this picture no caption.")
        name = sha256(f"{row.digest} {caption!r}".encode()).hexdigest()[:16]
        known = self._kept.get(name)
        refusal = known if isinstance(known, str) else self.explainer.refusal(caption)
        return Why(caption.text, refusal, name=name)

    async def explain(
        self, row: Row, picture: Callable[[str], bytes | None], gone: Callable[[], Awaitable[bool]]
    ) -> Why:
        """The same with the words, where they can be told; `picture` has the small copy by its digest.

        Nothing is looked at for whoever is `gone` before it is their turn.
        """
        why, caption, digest = self.offer(row), row.caption, row.digest
        if why.refusal is not None or caption is None or digest is None:
            return why

        def told() -> tuple[Word, ...] | str:
            small = picture(digest)
            return "the store has no copy of this picture." if small is None else self.explainer.explain(caption, small)

        async with self._turn:
            if why.name not in self._kept:
                if await gone():
                    return why
                self._kept[why.name] = await run_in_threadpool(told)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(why.name)
            known = self._kept[why.name]
        if isinstance(known, str):
            return Why(why.caption, known)
        return Why(why.caption, words=known, name=why.name)

    def picture(self, name: str, number: int) -> bytes | None:
        """That of a word of an explanation that is still kept, the first being 1."""
        words = self._kept.get(name, ())
        return words[number - 1].picture if not isinstance(words, str) and 0 < number <= len(words) else None
