"""Which heading is about an image: the one of the block that holds it, which may stand below the image.

In a row of cards each picture stands above its own heading, and the nearest heading before it is that of the card
before. So the smallest block with a heading decides, if there is one; and a heading in a block of the same kind as that
of the image, with an image of its own, is about that one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from crawler.page.dom import ancestors
from crawler.page.surroundings import bounded_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turbohtml import Element

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LEVELS = 8  # between an image and the card that holds it
_LOOKED_BACK = 20  # headings
_OF_LISTS = frozenset({"li", "article", "td", "tr", "dd", "figure"})
_WHOLE_PAGE = frozenset({"html", "body", "main", "form"})


class Headings:
    """The headings of a page, in document order. Texts are read only where an image asks for them."""

    def __init__(self) -> None:
        self._met: list[Element] = []
        self._texts: dict[int, str | None] = {}
        self._before: dict[int, str | None] = {}
        self._within: defaultdict[Element, list[int]] = defaultdict(list)  # the numbers of headings, by block
        self._around: dict[Element, list[Element]] = {}  # the blocks around each image, the inmost first
        self._images: Counter[Element] = Counter()  # by block that holds a heading

    def meet(self, heading: Element) -> None:
        """The next heading of the page."""
        for block in islice(ancestors(heading), _LEVELS):
            if block.tag in _WHOLE_PAGE:
                break
            self._within[block].append(len(self._met))
        self._met.append(heading)

    def __len__(self) -> int:
        """How many there are so far."""
        return len(self._met)

    def before(self, number: int) -> str | None:
        """The text of the nearest heading that has one, of the first so many."""
        n = number
        while n > 0 and n not in self._before and not self._text(n - 1):
            n -= 1
        said = self._before[n] if n in self._before else (self._text(n - 1) if n else None)
        self._before[number] = said
        return said

    def count_images(self, places: Iterable[Element]) -> None:
        """Take note of all images of the page."""
        if self._met:
            for place in places:
                self._around[place] = blocks = list(islice(ancestors(place), _LEVELS))
                for block in blocks:
                    if block in self._within:
                        self._images[block] += 1

    def topic(self, place: Element, number: int) -> str | None:
        """The heading that is about an image behind the first so many, where that is not the nearest one before it.

        '' where that one is about another image, and no other is about this.
        """
        if not self._met:
            return None
        blocks = self._around[place]
        own = next((block for block in blocks if block in self._within), None)
        if own is not None:
            numbers = self._within[own]
            is_alone = numbers[0] >= number and len(numbers) == 1 and self._images[own] == 1
            if is_alone and (text := self._text(numbers[0])):
                return text
        # By block around the image, what of it holds the image.
        path = dict(zip(blocks, (place, *blocks), strict=False))
        is_nearest = True
        for n in range(number - 1, max(number - 1 - _LOOKED_BACK, -1), -1):
            text = self._text(n)
            if text is None:
                continue
            branch, beside = self._branches(self._met[n], path)
            is_with_images = branch is not self._met[n] and self._images[branch] > 0
            if is_nearest and not (is_with_images and beside is not None and _alike(branch, beside)):
                return None
            if not is_with_images:
                return text
            is_nearest = False
        return None if is_nearest else ""

    @staticmethod
    def _branches(heading: Element, path: dict[Element, Element]) -> tuple[Element, Element | None]:
        """What holds a heading, and what beside it an image with this path; None where they are far apart."""
        branch = heading
        for block in islice(ancestors(heading), _LEVELS):
            if block in path:
                return branch, path[block]
            branch = block
        return branch, None

    def _text(self, number: int) -> str | None:
        if number not in self._texts:
            self._texts[number] = bounded_text(self._met[number])
        return self._texts[number]


def _alike(one: Element, other: Element) -> bool:
    """Whether two blocks are of the same kind: cards of one list, whichever of them is the first or active."""
    first, second = (set((element.attr("class") or "").split()) for element in (one, other))
    return one.tag == other.tag and (one.tag in _OF_LISTS or bool(first & second) or not (first or second))
