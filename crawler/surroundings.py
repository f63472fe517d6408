"""What stands around an image: headings, captions, links, products, text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Context
from core.text import collapse, shorten
from core.urls import absolute
from crawler.names import MAX_ANCESTORS, named_by_aria, roles

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def interactive(element: HtmlElement, document: Document) -> Interactive | None:
    """The nearest link or button around the element."""
    for node in ancestors(element):
        node_roles = roles(node)
        if (node.tag == "a" and node.get("href") is not None) or "link" in node_roles:
            url = absolute(document.base, node.get("href") or "")
            return _interactive("link", url, node, element, document)
        if node.tag == "button" or "button" in node_roles:
            return _interactive("button", None, node, element, document)
    return None


def _interactive(
    kind: str, url: str | None, node: HtmlElement, element: HtmlElement, document: Document
) -> Interactive:
    text = bounded_text(node)
    named = bool(
        text
        or named_by_aria(node, document.by_id)
        or collapse(node.get("title") or "")
        or any(
            other is not element and collapse(other.get("alt") or other.get("aria-label") or "")
            for other in node.iter("img", "svg", "input")
        )
    )
    return Interactive(kind, url, text, named)


def context(element: HtmlElement, heading: str | None, around: Interactive | None) -> Context:
    """The context of an image; `heading` is the nearest one before it in document order."""
    figcaption = product = surrounding = None
    for node in ancestors(element):
        if surrounding is None and node.tag in _BLOCKS:
            surrounding = bounded_text(node)
        if figcaption is None and node.tag == "figure":
            caption = next(node.iter("figcaption"), None)
            figcaption = bounded_text(caption) if caption is not None else None
        if product is None and "schema.org/Product" in (node.get("itemtype") or ""):
            product = _product_name(node)
    return Context(
        heading=heading,
        figcaption=figcaption,
        product=product,
        link_url=around.url if around else None,
        link_text=around.text if around else None,
        surrounding=surrounding,
    )


def _product_name(product: HtmlElement) -> str | None:
    for node in product.iter():
        if "name" in (node.get("itemprop") or "").split():
            value = node.get("content") or bounded_text(node)
            return shorten(value, MAX_TEXT_CHARS) if value else None
    return None
