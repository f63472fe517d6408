"""What a page says around a picture, as a captioner may be told it. Pure.

No address is among it: logins, tokens and query strings are no part of what a picture shows.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import collapse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.records import Context


@dataclass(frozen=True, slots=True)
class Place:
    """The places of one picture in one context: what all of them say alike. As the pages have it, so hostile."""

    language: str  # a primary subtag, or UNDETERMINED
    title: str | None = None  # of the only page that shows it
    heading: str | None = None  # the one that is about it
    caption: str | None = None  # its figure's
    product: str | None = None
    link: str | None = None  # what the link or button around it says, or the page that it leads to is called
    alts: tuple[str, ...] = ()  # of other pictures of the site: how texts are written there

    @property
    def said(self) -> dict[str, str]:
        """What the pages say of the picture, by where it stands."""
        parts = {"title": self.title, "heading": self.heading, "caption": self.caption}
        parts |= {"product": self.product, "link": self.link}
        return {name: text for name, text in parts.items() if text}

    @property
    def digest(self) -> str:
        """What tells this question about a picture from others; '' where there is nothing to tell.

        How other pictures of the site are described is none of it: it changes with every crawl.
        """
        if not self.said:
            return ""
        told = [self.language, {name: collapse(text).casefold() for name, text in self.said.items()}]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def place_of(contexts: Iterable[Context], titles: Sequence[str], language: str, target_title: str | None) -> Place:
    """The place that these contexts of a picture are; what they do not agree on is not about the picture."""
    contexts = tuple(contexts)
    link = _agreed(contexts, lambda context: context.link_text or context.beside_link) or target_title
    return Place(
        language,
        title=titles[0] if len(titles) == 1 else None,
        heading=_agreed(contexts, lambda context: context.heading if context.topic is None else context.topic),
        caption=_agreed(contexts, lambda context: context.figcaption),
        product=_agreed(contexts, lambda context: context.product),
        link=link,
    )


def _agreed(contexts: Iterable[Context], part: Callable[[Context], str | None]) -> str | None:
    values = {part(context) for context in contexts}
    return (values.pop() or None) if len(values) == 1 else None
