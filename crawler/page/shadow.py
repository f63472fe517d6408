"""Declarative shadow roots, put into the tree where browsers show them.

A host shows its shadow tree, and what stands in the host itself in the slots of that tree (DOM and HTML standards,
shadow trees). With the tree made so, whatever asks what stands around an image needs to know nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turbohtml import Element, Text

from crawler.page.dom import MAX_ANCESTORS, children

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turbohtml import ShadowRoot


class ShadowTrees:
    """The shadow trees of one page."""

    def __init__(self, root: Element) -> None:
        self._host: dict[Element, Element] = {}  # of each element directly in a shadow root
        self._slotted_from: dict[Element, Element] = {}  # the host of each element that is shown in a slot
        self._found = list(self._find(root))

    @staticmethod
    def _find(root: Element) -> Iterator[tuple[Element, ShadowRoot]]:
        trees: list[Element | ShadowRoot] = [root]
        for tree in trees:
            for host in tree.iter_elements():
                if (shadow := host.shadow_root) is not None:
                    trees.append(shadow)
                    yield host, shadow

    def __iter__(self) -> Iterator[tuple[Element, ShadowRoot]]:
        """Each host with its shadow root, the outer ones first."""
        return iter(self._found)

    def compose(self) -> None:
        """Put all of them into the tree."""
        for host, shadow in self._found:
            slots: dict[str, Element] = {}
            for slot in shadow.iter_elements("slot"):
                slots.setdefault(slot.attr("name") or "", slot)
            top = list(shadow.children)
            filled = set()
            for node in list(children(host)):
                said = isinstance(node, Element) or (isinstance(node, Text) and bool(node.data.strip()))
                slot_name = (node.attr("slot") or "") if isinstance(node, Element) else ""
                shown_in = slots.get(slot_name) if said else None
                if shown_in is None:
                    continue
                if shown_in not in filled:
                    filled.add(shown_in)
                    shown_in.clear()  # what stands in a slot is shown where nothing else is
                shown_in.append(node)
                if isinstance(node, Element):
                    self._slotted_from[node] = host
            for node in top:
                host.append(node)
                if isinstance(node, Element):
                    self._host[node] = host

    def own_parent(self, element: Element) -> Element | None:
        """The element that an element is in by the source; None for one directly in a shadow root."""
        if element in self._host:
            return None
        above = self._slotted_from.get(element) or element.parent
        return above if isinstance(above, Element) else None

    def host_of(self, element: Element) -> Element | None:
        """The host of the shadow tree that an element is a part of; None for a part of the page itself."""
        node: Element | None = element
        for _ in range(MAX_ANCESTORS):
            if node is None:
                break
            if node in self._host:
                return self._host[node]
            node = self.own_parent(node)
        return None
