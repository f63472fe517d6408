"""Captions that are no `figcaption`: told by their classes and by where they stand.

WordPress, DocBook, Doxygen, Sphinx, AsciiDoctor, MediaWiki, Blogger and many themes mark them with a class that ends in
"caption", or as the title of a figure; HTML 3 has the caption of a table. What is found are elements that hold no image
themselves, each with the part of the page that it is the caption of.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from crawler.page.accname import is_image, roles
from crawler.page.dom import ancestors, next_element, parent, previous_element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turbohtml import Element

    from crawler.page.document import Document

MAX_CAPTIONS = 5000  # of one page
MAX_NODES = 300  # looked at to find out whether something is an image in its wrapping
_LEVELS = 4  # between a caption and the figure that holds it: a table's row, body and table
_CAPTION = re.compile(
    r"(?:^|[\s_-]|[a-z])caption(?:[_-]{0,2}(?:text|title|content|body|inner|wrap(?:per)?|description|dd))?(?=\s|$|--)",
    re.I,
)
# Captions of other things.
_NOT_OF_IMAGES = re.compile(
    r"code|table|listing|video|audio|toc|btn|button|toggle|sidebar|menu|\bnav|section|form", re.I
)
_FIGURE = re.compile(
    r"(?:^|[\s_-])(?:figure|fig|image|img|photo|picture|pic|thumb|thumbnail|media|gallery|slide|carousel|card|attachment"
    r"|illustration|foto|bild)s?(?![a-z])|caption|(?:image|thumb|figure)(?:block|inner|box|object)|(?:^|\s)float(?:\s|$)",
    re.I,
)
_TITLE_OF_FIGURE = ", ".join(
    f"[class~={figure}] > [class~={title}]"
    for figure, title in (("figure", "title"), ("figure", "figure-title"), ("imageblock", "title"))
)
_SAYS_FIGURE = re.compile(r"""class\s*=\s*["']?[^"'>]*\b(?:figure|imageblock)\b""")
# What holds more than one thing.
_PARTS_OF_A_PAGE = frozenset("body main article section nav header footer aside html form".split())
_IMAGES = ("img", "svg", "object", "embed")


def captions(document: Document) -> dict[Element, Element]:
    """The captions of a page, by the element each belongs to: an image, its wrapping, or the figure around both."""
    found: dict[Element, Element | None] = {}
    for caption, scope in _Captions(document).with_scopes():
        # Two captions of one figure: nobody knows which of its images is meant.
        found[scope] = caption if scope not in found else None
    return {scope: caption for scope, caption in found.items() if caption is not None}


class _Captions:
    """What may be a caption, and what it belongs to. Each part of a page is searched for images once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._numbers: dict[Element, int] = {}

    def with_scopes(self) -> Iterator[tuple[Element, Element]]:
        """Each caption with what it belongs to."""
        lowered = self._document.lowered
        if "caption" in lowered:
            yield from self._by_class()
            if "<caption" in lowered:
                for element in islice(self._document.root.iter_elements("caption"), MAX_CAPTIONS):
                    table = parent(element)
                    if table is not None and self._images_in(table) == 1:
                        yield element, table
        if ("figure" in lowered or "imageblock" in lowered) and _SAYS_FIGURE.search(lowered):
            for element in islice(self._document.select(_TITLE_OF_FIGURE), MAX_CAPTIONS):
                figure = parent(element)
                if figure is not None and not self._images_in(element):
                    yield element, figure

    def _by_class(self) -> Iterator[tuple[Element, Element]]:
        seen: set[Element] = set()
        for element in islice(self._document.select('[class*="aption"]'), MAX_CAPTIONS):
            classes = element.attr("class") or ""
            if not _CAPTION.search(classes) or _NOT_OF_IMAGES.search(classes) or "heading" in roles(element):
                continue
            if parent(element) in seen:  # a part of a caption
                seen.add(element)
                continue
            if element.tag in {"figcaption", "caption"} or self._images_in(element):
                continue
            seen.add(element)
            scope = self._scope(element)
            if scope is not None:
                yield element, scope

    def _scope(self, caption: Element) -> Element | None:
        """What a caption belongs to: the image right before or behind it, or the figure that holds both."""
        for beside in (previous_element(caption), next_element(caption)):
            if beside is not None and self._is_wrapped_image(beside):
                return beside
        for level, node in enumerate(islice(ancestors(caption), _LEVELS)):
            if node.tag in _PARTS_OF_A_PAGE:
                return None
            if _FIGURE.search(node.attr("class") or "") or node.tag == "figure":
                if self._images_in(node):
                    return node
            elif level == 0 and self._images_in(node) == 1:
                return node
        return None

    def _is_wrapped_image(self, element: Element) -> bool:
        """Whether an element is an image, or holds one or some and next to no text."""
        if is_image(element) or element.tag == "picture":
            return True
        if element.tag in _PARTS_OF_A_PAGE or not self._images_in(element):
            return False
        text = sum(len(part.strip()) for part in islice(element.strings, MAX_NODES))
        return text <= 20  # "Enlarge"

    def _images_in(self, element: Element) -> int:
        """How many images are in an element: none, one or more."""
        if element not in self._numbers:
            self._numbers[element] = sum(1 for _ in islice(element.iter_elements(_IMAGES), 2))
        return self._numbers[element]
