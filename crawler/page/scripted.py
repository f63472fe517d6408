"""Whether a page is an empty frame that scripts fill: there is nothing to read then without a browser."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from turbohtml import Element, Text

from core.text import collapse
from crawler.page.dom import behind

if TYPE_CHECKING:
    from turbohtml import Node

    from crawler.page.document import Document

MAX_LINKS = 1
MAX_TEXT_CHARS = 200
MAX_NODES = 2000  # looked at, of a page with hardly a link or image

_CONTENT = frozenset("iframe frame frameset object embed video audio canvas form input textarea select".split())
_SKIPPED = frozenset({"noscript", "head"})
_NEEDS_SCRIPTS = re.compile(r"java\s?script|\bJS\b", re.I)
_NO_PROGRAM = re.compile(r"json|template|text/(?!java|ecma)|importmap|speculationrules", re.I)
# What is said until the page is there, in some languages; nearly all end it with dots.
_LOADING = re.compile(
    r".{0,60}(?:\.\.\.|…)\Z|.{0,20}(?:loading|please wait|wird geladen|chargement|cargando|caricamento|carregando|laden"
    r"|загрузка|读取中|加载中|載入中|読み込み中)[ !.…]*\Z",
    re.I | re.S,
)


def has_program(root: Element) -> bool:
    """Whether a page has a script that runs; to be asked before scripts are emptied."""
    scripts = root.iter_elements("script")
    return any(
        not _NO_PROGRAM.search(script.attr("type") or "") and (script.attr("src") or script.text.strip())
        for script in scripts
    )


def is_built_by_script(document: Document, *, links: int, images: int) -> bool:
    """Whether a page holds scripts and hardly a text, a link or an image.

    A small page with a script of some service has a text, or something else to show; one whose only text is that
    something is loading, or whose noscript asks for JavaScript, does not. A page that sends its visitors on is none.
    """
    if not document.has_program or links > MAX_LINKS or images > 1:
        return False
    text = None if _is_sent_on(document.root) else _shown_text(document.root)
    if text is None or len(text) > MAX_TEXT_CHARS:
        return False
    asks = any(_NEEDS_SCRIPTS.search(node.text) for node in islice(document.root.iter_elements("noscript"), 20))
    return asks or (images == 0 and (not text or _LOADING.match(text) is not None))


def _is_sent_on(root: Element) -> bool:
    return any((meta.attr("http-equiv") or "").lower() == "refresh" for meta in root.iter_elements("meta"))


def _shown_text(root: Element) -> str | None:
    """The text of a page that has hardly any; None where it has more, or shows something else."""
    parts: list[str] = []
    length = 0
    skipped_to: Node | None = None
    skipping = False
    for number, node in enumerate(root.descendants):
        if number > MAX_NODES or length > MAX_TEXT_CHARS:
            return None
        if skipping:
            if node != skipped_to:
                continue
            skipping = False
        if isinstance(node, Text):
            parts.append(node.data[: MAX_TEXT_CHARS + 1])
            length += len(node.data.strip())
        elif isinstance(node, Element):
            if node.tag in _CONTENT and not _is_hidden(node):
                return None
            if node.tag in _SKIPPED:
                skipped_to, skipping = behind(node, root), True
    return collapse(" ".join(parts))


def _is_hidden(element: Element) -> bool:
    style = (element.attr("style") or "").replace(" ", "").lower()
    return element.attr("hidden") is not None or "display:none" in style or element.attr("type") == "hidden"
