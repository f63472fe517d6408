"""What stands around an image: headings, captions, links, products, text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from core.records import Context
from core.text import collapse, shorten
from core.urls import absolute
from crawler.names import MAX_ANCESTORS, named_by_aria, roles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement

    from crawler.document import Document

MAX_TEXT_CHARS = 300  # of each context text; enough for a sentence or two
_BLOCKS = frozenset({"p", "li", "td", "th", "dd", "dt", "figure", "article", "section", "div", "main", "body"})


@dataclass(frozen=True, slots=True)
class Interactive:
    """The link or button around an image."""

    kind: str  # 'link' or 'button'
    url: str | None  # absolute target of a link
    text: str | None
    named: bool  # it has a name even without this image


@dataclass(frozen=True, slots=True)
class _Control:
    """A link or button, whichever image in it is looked at."""

    kind: str
    url: str | None
    text: str | None
    named: bool  # by its text or its own attributes
    naming_images: tuple[HtmlElement, ...]  # the first two images in it that have a text


def ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    """The element's ancestors, nearest first, as many as a browser builds."""
    node = element.getparent()
    for _ in range(MAX_ANCESTORS):
        if node is None:
            return
        yield node
        node = node.getparent()


def bounded_text(element: HtmlElement) -> str | None:
    """The beginning of an element's text; stops reading when it has enough, however large the element."""
    parts: list[str] = []
    length = 0
    for part in element.itertext():
        parts.append(part)
        length += len(part.strip())
        if length > MAX_TEXT_CHARS:
            break
    return shorten("".join(parts), MAX_TEXT_CHARS) or None


class Surroundings:
    """What stands around the images of one page.

    What is read of an element is kept: a thousand images in one list share its text, and reading it again
    for each would take time that grows with the square of the page.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._texts: dict[HtmlElement, str | None] = {}
        self._controls: dict[HtmlElement, _Control | None] = {}
        self._figcaptions: dict[HtmlElement, str | None] = {}
        self._products: dict[HtmlElement, str | None] = {}

    def interactive(self, element: HtmlElement) -> Interactive | None:
        """The nearest link or button around the element."""
        for node in ancestors(element):
            if node not in self._controls:
                self._controls[node] = self._control(node)
            control = self._controls[node]
            if control is not None:
                named = control.named or any(other is not element for other in control.naming_images)
                return Interactive(control.kind, control.url, control.text, named)
        return None

    def _control(self, node: HtmlElement) -> _Control | None:
        node_roles = roles(node)
        if (node.tag == "a" and node.get("href") is not None) or "link" in node_roles:
            kind, url = "link", absolute(self._document.base, node.get("href") or "")
        elif node.tag == "button" or "button" in node_roles:
            kind, url = "button", None
        else:
            return None
        text = bounded_text(node)
        named = bool(text or named_by_aria(node, self._document.by_id) or collapse(node.get("title") or ""))
        naming = (
            image
            for image in node.iter("img", "svg", "input")
            if collapse(image.get("alt") or image.get("aria-label") or "")
        )
        return _Control(kind, url, text, named, tuple(islice(naming, 2)))

    def context(self, element: HtmlElement, heading: str | None, around: Interactive | None) -> Context:
        """The context of an image; `heading` is the nearest one before it in document order."""
        figcaption = product = surrounding = None
        for node in ancestors(element):
            if surrounding is None and node.tag in _BLOCKS:
                surrounding = self._remembered(self._texts, node, bounded_text)
            if figcaption is None and node.tag == "figure":
                figcaption = self._remembered(self._figcaptions, node, _figcaption)
            if product is None and "schema.org/Product" in (node.get("itemtype") or ""):
                product = self._remembered(self._products, node, _product_name)
        return Context(
            heading=heading,
            figcaption=figcaption,
            product=product,
            link_url=around.url if around else None,
            link_text=around.text if around else None,
            surrounding=surrounding,
        )

    @staticmethod
    def _remembered(
        known: dict[HtmlElement, str | None], node: HtmlElement, read: Callable[[HtmlElement], str | None]
    ) -> str | None:
        if node not in known:
            known[node] = read(node)
        return known[node]


def _figcaption(figure: HtmlElement) -> str | None:
    caption = next(figure.iter("figcaption"), None)
    return bounded_text(caption) if caption is not None else None


def _product_name(product: HtmlElement) -> str | None:
    for node in product.iter():
        if "name" in (node.get("itemprop") or "").split():
            value = node.get("content") or bounded_text(node)
            return shorten(value, MAX_TEXT_CHARS) if value else None
    return None
