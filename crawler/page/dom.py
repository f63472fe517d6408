"""From the text of a page to the tree that browsers build of it with scripts off, in bounded memory; and ways about it.

turbohtml builds the tree of the HTML standard, no deeper than Chromium: what is nested deeper stands beside each other.
One thing is left to bound. Open formatting elements (`b`, `font` and their like) are built again in each block that
follows them, as the standard has it: a hundred kilobytes can ask for gigabytes.
"""

from __future__ import annotations

import os
import re
import resource
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import turbohtml
from turbohtml import Element, Namespace, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turbohtml import Node

MAX_ANCESTORS = 512  # of one element: as deep as the parser nests, and Chromium
# What a page may take while its tree is built. No page asks for as much but by formatting elements that are built
# again and again: the most that others take is some forty bytes for each character.
MEMORY_BYTES = 256 << 20
MEMORY_BYTES_A_CHARACTER = 64
_HARMLESS_CHARS = 8_192  # which cannot ask for so much
# `a` and `nobr` close their kind: only with very many attributes do they take as much.
_FORMATTING = re.compile(r"(</?)(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\s/>])", re.I)
_FORMATTING_TOO = re.compile(r"(</?)(?:a|nobr)(?=[\s/>])", re.I)
_one_at_a_time = threading.Lock()


def parse_html(text: str) -> tuple[turbohtml.Document, bool]:
    """The tree of a page, and whether its formatting elements were more than can be built.

    Those are spans then; and where not even that helps, its links, too.
    """
    if len(text) <= _HARMLESS_CHARS:
        return _parse(text), False
    for too_much in (None, _FORMATTING, _FORMATTING_TOO):
        if too_much is not None:
            text = too_much.sub(r"\1span", text)
        try:
            with _limited_memory(MEMORY_BYTES + MEMORY_BYTES_A_CHARACTER * len(text)):
                return _parse(text), too_much is not None
        except MemoryError:
            continue
    return _parse(""), True


def _parse(text: str) -> turbohtml.Document:
    return turbohtml.parse(text, scripting=False)


def _pages_of_memory() -> int | None:
    """How much address space this process has; None where the system does not tell (macOS)."""
    try:
        file = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None
    try:
        return int(os.read(file, 100).split()[0])
    finally:
        os.close(file)


@contextmanager
def _limited_memory(more: int) -> Iterator[None]:
    """Let this process have so many bytes more and no others, where the system tells how many it has."""
    pages = _pages_of_memory()
    if pages is None:
        yield
        return
    with _one_at_a_time:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = pages * resource.getpagesize() + more
        if soft != resource.RLIM_INFINITY:
            limit = min(limit, soft)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def parent(element: Element) -> Element | None:
    """The element that an element is in."""
    node = element.parent
    return node if isinstance(node, Element) else None


def ancestors(element: Element) -> Iterator[Element]:
    """The element's ancestors, nearest first, as many as a browser builds."""
    node = element.parent
    for _ in range(MAX_ANCESTORS):
        if not isinstance(node, Element):
            return
        yield node
        node = node.parent


def nearest(element: Element, selector: str) -> Iterator[Element]:
    """Those of an element and its ancestors that a selector means, nearest first."""
    node = element.closest(selector)
    for _ in range(MAX_ANCESTORS):
        if node is None:
            return
        yield node
        above = parent(node)
        node = above.closest(selector) if above is not None else None


def href(link: Element) -> str | None:
    """Where a link leads, as written; in SVG `xlink:href` is an older spelling (SVG 2, linking)."""
    target = link.attr("href")
    return link.attr("xlink:href") if target is None and link.namespace is Namespace.SVG else target


def children(element: Element) -> Iterator[Node]:
    """What stands in an element, in order. turbohtml's own `children` makes a list of them all first."""
    node = next(element.descendants, None)
    while node is not None:
        yield node
        node = node.next_sibling


def child_elements(element: Element) -> Iterator[Element]:
    """The elements directly in an element."""
    return (node for node in children(element) if isinstance(node, Element))


def next_element(element: Element) -> Element | None:
    """The next element beside an element."""
    node = element.next_sibling
    while node is not None and not isinstance(node, Element):
        node = node.next_sibling
    return node


def previous_element(element: Element) -> Element | None:
    """The element before an element, beside it."""
    node = element.previous_sibling
    while node is not None and not isinstance(node, Element):
        node = node.previous_sibling
    return node


def text_follows(element: Element) -> bool:
    """Whether a text stands between an element and the next one."""
    node = element.next_sibling
    while node is not None and not isinstance(node, Element):
        if isinstance(node, Text) and node.data.strip():
            return True
        node = node.next_sibling
    return False


def behind(node: Node, within: Element) -> Node | None:
    """The first node, in document order, behind all that is in this one; None when that is not in `within`."""
    while node != within:
        following = node.next_sibling
        if following is not None:
            return following
        above = node.parent
        if above is None:
            break
        node = above
    return None
