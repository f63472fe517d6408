"""Which picture an element shows: plain, responsive and lazily loaded sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.records import USEFUL_WIDTH_PX
from core.urls import absolute
from crawler.srcset import Candidate, parse_srcset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

# Attributes in which lazy-loading scripts keep the address until the picture scrolls into view.
LAZY_SRC = (
    "data-src", "data-lazy-src", "data-original", "data-lazy", "data-actualsrc", "data-hi-res-src",
    "data-full-src", "data-image", "data-img-src", "data-echo", "data-url",
)  # fmt: skip
LAZY_SRCSET = ("data-srcset", "data-lazy-srcset", "data-original-set")
_BLANK = re.compile(
    r"(?:^|/)(?:blank|spacer|placeholder|pixel|loading|lazy|transparent|1x1)[\w-]*\.(?:gif|png|svg|jpe?g)$",
    re.I,
)


def lazy_source(element: HtmlElement) -> str | None:
    """The address that a lazy-loading script would put into `src`."""
    for name in LAZY_SRC:
        value = element.get(name, "").strip()
        if value and not value.startswith(("{", "[")):
            return value
    for name in LAZY_SRCSET:
        candidates = parse_srcset(element.get(name, ""))
        if candidates:
            return candidates[0].url
    return None


def is_stand_in(src: str) -> bool:
    """Whether an address is what lazy loaders show until the picture comes: nothing, a data: URI, a blank file."""
    src = src.strip()
    return not src or src[:5].lower() == "data:" or bool(_BLANK.search(src.split("?")[0]))


def image_source(element: HtmlElement) -> str | None:
    """The address of an img element as its author wrote it, lazy loading seen through; None when there is none."""
    src = element.get("src")
    if src is None or is_stand_in(src):
        lazy = lazy_source(element)
        if lazy is not None:
            return lazy
    if src is not None and src.strip():
        return src
    for candidate in _candidates(element):
        return candidate.url
    return None


def largest(base: str, element: HtmlElement, src: str) -> str | None:
    """The absolute address of the widest useful candidate of an img element; of `src` where it has no srcset.

    Candidates without a width descriptor are compared by density. Wider than USEFUL_WIDTH_PX is taken only
    when nothing narrower is offered.
    """
    best = None
    best_rank = (-1.0, 0.0)
    for candidate in _candidates(element):
        size = float(candidate.width or 0) or (candidate.density or 1.0)
        useful = size if size <= USEFUL_WIDTH_PX else 0.0
        rank = (useful, -size)
        if candidate.url[:5].lower() != "data:" and rank > best_rank:
            best, best_rank = candidate.url, rank
    return absolute(base, best if best is not None else src)


def _candidates(element: HtmlElement) -> Iterator[Candidate]:
    """Own srcset first: the sources of a picture may show another crop, and serve formats few decoders read."""
    own = False
    for name in ("srcset", *LAZY_SRCSET):
        for candidate in parse_srcset(element.get(name, "")):
            own = True
            yield candidate
    parent = element.getparent()
    if own or element.get("src") or parent is None or parent.tag != "picture":
        return
    for source in parent.iterchildren("source"):
        for name in ("srcset", *LAZY_SRCSET):
            yield from parse_srcset(source.get(name, ""))
