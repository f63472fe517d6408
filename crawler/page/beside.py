"""The texts right before and behind an image, and what heads its row, column or definition.

What a person would look at first: the sentence that leads to a picture, the line below it. In the order of the page,
up to the next image or heading; where the block of an image has a text of its own, no farther than that block.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from turbohtml import Element, Text

from core.text import collapse, shorten
from crawler.page.accname import is_image
from crawler.page.dom import ancestors, child_elements, parent, previous_element

if TYPE_CHECKING:
    from turbohtml import Node

MAX_CHARS = 300
MAX_LABEL_CHARS = 120
MAX_STEPS = 60  # from node to node, up or aside
MAX_NODES = 500  # read of one element
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = frozenset(
    "p li td th dd dt div figure article section center blockquote tr table ul ol dl body main aside header"
    " footer".split()
)
_ENDS = frozenset("body main article section nav header footer aside html form".split())
_SENTENCE_ENDS = (".", ":", "!", "?", ";", "。", "：", "！", "？")
_UNSEEN = frozenset({"script", "style", "noscript", "template", "iframe", "textarea", "select", "button", "nav", "pre"})


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an image; None where nothing does."""

    before: str | None = None  # the end of the text before it
    label: str | None = None  # a short text right behind it, in its own block
    after: str | None = None  # the beginning of the text behind it
    term: str | None = None  # what its definition, row or list item is of
    column: str | None = None  # the head of its column


class Besides:
    """For the images of one page: what one element holds is read once."""

    def __init__(self) -> None:
        self._texts: dict[Element, str] = {}
        self._images: dict[Element, bool] = {}

    def of(self, place: Element) -> Beside:
        """What stands beside the image in this place."""
        before, _ = self._text(place, forward=False)
        after, in_block = self._text(place, forward=True)
        cell = next((node for node in islice(ancestors(place), 6) if node.tag in {"td", "dd", "li"}), None)
        label = collapse(after)
        # An image within a sentence: what follows is the rest of it.
        goes_on = label[:1].islower() and not before.rstrip().endswith(_SENTENCE_ENDS) and bool(before.strip())
        is_label = in_block and 0 < len(label) <= MAX_LABEL_CHARS and not goes_on
        return Beside(
            before=_end(before),
            label=label if is_label else None,
            after=None if is_label else shorten(after, MAX_CHARS) or None,
            term=self._term(cell) if cell is not None else None,
            column=self._column(cell) if cell is not None and cell.tag == "td" else None,
        )

    def _text(self, place: Element, *, forward: bool) -> tuple[str, bool]:
        """The text on one side, and whether it stands in the image's own block."""
        parts: list[str] = []
        length, in_block = 0, True
        node: Node = place
        for _ in range(MAX_STEPS):
            beside = node.next_sibling if forward else node.previous_sibling
            if beside is None:
                above = node.parent
                if not isinstance(above, Element) or above.tag in _ENDS or (length and above.tag in _BLOCKS):
                    break
                in_block = in_block and above.tag not in _BLOCKS
                node = above
                continue
            node = beside
            if isinstance(node, Element):
                if node.tag in _HEADINGS or (length and node.tag in _BLOCKS) or self._holds_image(node):
                    break
                part = self._inside(node)
                in_block = in_block and not (part and node.tag in _BLOCKS)
            else:
                part = node.data if isinstance(node, Text) else ""
            if part.strip():
                parts.append(part)
                length += len(part)
                if length > MAX_CHARS or (isinstance(node, Element) and node.tag in _BLOCKS):
                    break
        return " ".join(parts if forward else reversed(parts)), in_block

    def _inside(self, element: Element) -> str:
        if element not in self._texts:
            text = "" if self._is_unseen(element) else "".join(islice(element.strings, MAX_NODES))
            self._texts[element] = collapse(text)
        return self._texts[element]

    @staticmethod
    def _is_unseen(element: Element) -> bool:
        """Whether an element has no text that is about a picture: none that is seen, or a listing."""
        return element.tag in _UNSEEN or next(element.iter_elements("pre"), None) is not None

    def _holds_image(self, element: Element) -> bool:
        if element not in self._images:
            self._images[element] = is_image(element) or next(element.iter_elements(("img", "svg")), None) is not None
        return self._images[element]

    def _term(self, cell: Element) -> str | None:
        """The term of a definition, or the first cell of a row if the image stands in another."""
        if cell.tag == "dd":
            node = previous_element(cell)
            while node is not None and node.tag == "dd":
                node = previous_element(node)
            head = node if node is not None and node.tag == "dt" else None
        elif cell.tag == "td":
            row = parent(cell)
            head = next(child_elements(row), None) if row is not None else None
            head = head if head != cell else None
        else:
            return None
        if head is None or self._holds_image(head):
            return None
        return shorten(self._inside(head), MAX_LABEL_CHARS) or None

    def _column(self, cell: Element) -> str | None:
        """The head of the column, where the first row of the table has heads."""
        row = parent(cell)
        table = next((node for node in islice(ancestors(cell), 4) if node.tag == "table"), None)
        if row is None or table is None:
            return None
        place = next((n for n, other in enumerate(islice(child_elements(row), 30)) if other == cell), None)
        first = next(table.iter_elements("tr"), None)
        if place is None or first is None or first == row:
            return None
        head = next(islice(child_elements(first), place, None), None)
        if head is None or head.tag != "th" or self._holds_image(head):
            return None
        return shorten(self._inside(head), MAX_LABEL_CHARS) or None


def _end(text: str) -> str | None:
    """The end of a text, from a word on."""
    text = collapse(text)
    if len(text) <= MAX_CHARS:
        return text or None
    return text[-MAX_CHARS:].partition(" ")[2] or None
