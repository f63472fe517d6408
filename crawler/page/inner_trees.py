"""Trees within the tree of a page: declarative shadow roots, and what frames hold, put where browsers show them.

A host shows its shadow tree, and what stands in the host itself in the slots of that tree (DOM and HTML standards,
shadow trees). An iframe shows the page in its srcdoc; noframes holds one for those whose browser shows no frames. With
the tree made so, whatever asks what stands around an image needs to know nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turbohtml import Element, ShadowRoot, Text

from crawler.page.accname import HIDDEN_SINCE
from crawler.page.dom import MAX_ANCESTORS, children, parse_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turbohtml import Node

# The pages in the frames of one page. Each holds the ones in it escaped once more, so few fit into one another.
MAX_FRAMES = 500
MAX_FRAMED_CHARS = 2_000_000
NO_FRAMES = "noframes"
_FRAMES = frozenset({"iframe", NO_FRAMES})


class InnerTrees:
    """The trees within the tree of one page."""

    def __init__(self, root: Element) -> None:
        self.cut = False  # there was more in frames than is looked at
        self._frames = self._chars = 0
        self._host: dict[Element, Element] = {}  # of each element at the top of an inner tree
        self._slotted_from: dict[Element, Element] = {}  # the host of each element that is shown in a slot
        self._host_of: dict[Element, Element | None] = {}  # as far as somebody asked
        self._found = list(self._find(root))

    def _find(self, root: Element) -> Iterator[tuple[Element, Element | ShadowRoot]]:
        trees: list[Element | ShadowRoot] = [root]
        for tree in trees:
            for host in tree.iter_elements():
                inner = host.shadow_root or self._framed(host)
                if inner is not None:
                    trees.append(inner)
                    yield host, inner

    def _framed(self, frame: Element) -> Element | None:
        """The body of the page that a frame holds."""
        if frame.tag not in _FRAMES:
            return None
        text = frame.text if frame.tag == NO_FRAMES else frame.attr("srcdoc")
        if not text:
            return None
        self._frames += 1
        self._chars += len(text)
        if self._frames > MAX_FRAMES or self._chars > MAX_FRAMED_CHARS:
            self.cut = True
            return None
        page, formatting_cut = parse_html(text)
        self.cut = self.cut or formatting_cut
        return next((body for body in page.iter_elements("body")), None)

    def __iter__(self) -> Iterator[tuple[Element, Element | ShadowRoot]]:
        """Each host with its tree, the outer ones first."""
        return iter(self._found)

    def compose(self) -> None:
        """Put all of them into the tree."""
        for host, inner in self._found:
            if isinstance(inner, ShadowRoot):
                top: list[Node] = list(inner.children)
                self._fill_slots(host, inner)
            else:
                top = [inner]
                host.clear()
            for node in top:
                host.append(node)
                if isinstance(node, Element):
                    self._host[node] = host

    def _fill_slots(self, host: Element, shadow: ShadowRoot) -> None:
        slots: dict[str, Element] = {}
        for slot in shadow.iter_elements("slot"):
            slots.setdefault(slot.attr("name") or "", slot)
        filled = set()
        for node in list(children(host)):
            said = isinstance(node, Element) or (isinstance(node, Text) and bool(node.data.strip()))
            slot_name = (node.attr("slot") or "") if isinstance(node, Element) else ""
            shown_in = slots.get(slot_name) if said else None
            if shown_in is None:
                if isinstance(node, Element):
                    node.attrs[HIDDEN_SINCE] = "in no slot of its element"
                continue
            if shown_in not in filled:
                filled.add(shown_in)
                shown_in.clear()  # what stands in a slot is shown where nothing else is
            shown_in.append(node)
            if isinstance(node, Element):
                self._slotted_from[node] = host

    def own_parent(self, element: Element) -> Element | None:
        """The element that an element is in by the source; None for one at the top of its tree."""
        if element in self._host:
            return None
        above = self._slotted_from.get(element) or element.parent
        return above if isinstance(above, Element) else None

    def host_of(self, element: Element) -> Element | None:
        """The host of the inner tree that an element is a part of; None for a part of the page itself."""
        path: list[Element] = []
        node: Element | None = element
        host = None
        while node is not None and len(path) < MAX_ANCESTORS:
            host = self._host.get(node) or self._host_of.get(node)
            if host is not None or node in self._host_of:
                break
            path.append(node)
            node = self.own_parent(node)
        self._host_of.update((passed, host) for passed in path)
        return host

    def frames_around(self, element: Element) -> list[Element]:
        """The frames that an element is in, the innermost first."""
        frames = []
        host = self.host_of(element)
        for _ in range(MAX_ANCESTORS):
            if host is None:
                break
            if host.tag in _FRAMES:
                frames.append(host)
            host = self.host_of(host)
        return frames
