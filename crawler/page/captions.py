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
_IMAGES = ("img", "picture", "svg", "object", "embed")


def captions(document: Document) -> dict[Element, Element]:
    """The captions of a page, by the element each belongs to: an image, its wrapping, or the figure around both."""
    found: dict[Element, Element | None] = {}
    for caption, scope in islice(_scopes(document), MAX_CAPTIONS):
        # Two captions of one figure: nobody knows which of its images is meant.
        found[scope] = caption if scope not in found else None
    return {scope: caption for scope, caption in found.items() if caption is not None}


def _scopes(document: Document) -> Iterator[tuple[Element, Element]]:
    lowered = document.lowered
    if "caption" in lowered:
        seen: set[Element] = set()
        for element in document.select('[class*="aption"]'):
            classes = element.attr("class") or ""
            if not _CAPTION.search(classes) or _NOT_OF_IMAGES.search(classes) or "heading" in roles(element):
                continue
            around = parent(element)
            if around in seen:  # a part of a caption
                seen.add(element)
                continue
            if element.tag in {"figcaption", "caption"} or _holds_image(element):
                continue
            seen.add(element)
            scope = _scope(element)
            if scope is not None:
                yield element, scope
        if "<caption" in lowered:
            for element in document.root.iter_elements("caption"):
                table = parent(element)
                if table is not None and _images_in(table, 2) == 1:
                    yield element, table
    if ("figure" in lowered or "imageblock" in lowered) and _SAYS_FIGURE.search(lowered):
        for element in document.select(_TITLE_OF_FIGURE):
            figure = parent(element)
            if figure is not None and not _holds_image(element):
                yield element, figure


def _scope(caption: Element) -> Element | None:
    """What a caption belongs to: the image right before or behind it, or the figure that holds both."""
    for beside in (previous_element(caption), next_element(caption)):
        if beside is not None and _is_wrapped_image(beside):
            return beside
    for level, node in enumerate(islice(ancestors(caption), _LEVELS)):
        if node.tag in _PARTS_OF_A_PAGE:
            return None
        if _FIGURE.search(node.attr("class") or "") or node.tag == "figure":
            if _holds_image(node):
                return node
        elif level == 0 and _images_in(node, 2) == 1:
            return node
    return None


def _is_wrapped_image(element: Element) -> bool:
    """Whether an element is an image, or holds one or some and next to no text."""
    if is_image(element) or element.tag == "picture":
        return True
    if element.tag in _PARTS_OF_A_PAGE or not _holds_image(element):
        return False
    text = sum(len(part.strip()) for part in islice(element.strings, MAX_NODES))
    return text <= 20  # "Enlarge"


def _holds_image(element: Element) -> bool:
    return next(element.iter_elements(_IMAGES), None) is not None


def _images_in(element: Element, at_most: int) -> int:
    return sum(1 for _ in islice(element.iter_elements(("img", "object", "embed")), at_most))
