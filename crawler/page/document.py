"""A page as a tree, with its base address, its ids, and selectors to find an element again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turbohtml import Element
from turbohtml.query import escape_identifier

from core.identity.urls import absolute
from crawler.page.dom import MAX_ANCESTORS, parent, parse_html
from crawler.page.inner_trees import NO_FRAMES, InnerTrees
from crawler.page.products import linked_data
from crawler.page.scripted import has_program
from crawler.page.sheet_links import names_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from turbohtml import Node

# Their text is not the page's. Of what noframes holds, a page is made first.
_NOT_RENDERED = ("script", "style", "iframe", "noembed")
_INNER_TREES = ("shadowrootmode", "srcdoc", "<noframes")
_SAYS_SOMETHING = re.compile(r"url\(|@import|display\s*:\s*none|image-set\(", re.I)
_CLOSED_TO_SCRIPTS = re.compile(r"""(\sshadowrootmode\s*=\s*["']?)closed\b""", re.I)  # and to the parser's users
_PLAIN_TAG = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*\Z")


@dataclass(frozen=True, slots=True)
class Style:
    """A style sheet that a page has or names."""

    media: str
    text: str | None  # None: it is a file of its own
    address: str | None
    host: Element | None  # of the inner tree that it is for; None: the page


class Document:
    """The tree of one page, as it is shown: shadow trees stand in their hosts, and what frames hold in the frames."""

    def __init__(self, url: str, text: str) -> None:
        self.lowered = text.lower()
        if "shadowrootmode" in self.lowered:
            text = _CLOSED_TO_SCRIPTS.sub(r"\1open", text)
        self._tree, self.formatting_cut = parse_html(text)
        root = self._tree.root
        assert root is not None  # there is one of a text without any markup, too
        self.root: Element = root
        self._addresses: dict[str, str | None] = {}
        self._clear(root, "template")  # which is not shown
        self.in_noscript = self._noscripts(root) if "<noscript" in self.lowered else {}
        base = next((base for base in root.iter_elements("base") if base.attr("href") is not None), None)
        self.base = (absolute(url, base.attr("href") or "") or url) if base is not None else url
        if self.base.startswith("data:"):  # HTML forbids it
            self.base = url
        self.styles = list(self._styles(root, None))
        self.has_program = has_program(root)
        self.linked_data = linked_data(root) if "ld+json" in self.lowered and "product" in self.lowered else ()
        self._clear(root, *_NOT_RENDERED)
        self._steps: dict[Element, str] = {}
        self._own_ids: dict[Element, str] = {}
        self._by_id: dict[Element | None, dict[str, Element]] = {}  # for each inner tree by its host, and the page
        self._take_ids(None, self._tree)
        inner = any(sign in self.lowered for sign in _INNER_TREES)
        self._inner = self._compose() if inner else None
        self.frames_cut = self._inner is not None and self._inner.cut

    def absolute(self, reference: str) -> str | None:
        """`core.identity.urls.absolute` for this page, which names the same few addresses time and again."""
        if reference not in self._addresses:
            self._addresses[reference] = absolute(self.base, reference)
        return self._addresses[reference]

    def select(self, selector: str) -> list[Element]:
        """The elements that a CSS selector means, in document order."""
        return self._tree.select(selector)

    @staticmethod
    def _clear(tree: Node, *tags: str) -> None:
        for element in list(tree.iter_elements(tags)):
            element.clear()

    def _styles(self, tree: Node, host: Element | None) -> Iterator[Style]:
        """The style sheets of a tree in order, without those that say nothing of pictures, nor of what is shown."""
        for element in tree.iter_elements(("style", "link")):
            media = element.attr("media") or ""
            if element in self.in_noscript:
                continue
            if element.tag == "style":
                text = element.text
                if _SAYS_SOMETHING.search(text):
                    yield Style(media, text, None, host)
            elif element.attr("href") and names_sheet(element.attr("rel") or "") and element.attr("disabled") is None:
                yield Style(media, None, self.absolute(element.attr("href") or ""), host)

    @staticmethod
    def _noscripts(tree: Node) -> dict[Element, Element]:
        """The noscript that each element inside one is in."""
        inside: dict[Element, Element] = {}
        for noscript in tree.iter_elements("noscript"):
            if noscript not in inside:
                inside.update((element, noscript) for element in noscript.iter_elements())
        return inside

    def _compose(self) -> InnerTrees:
        """Put inner trees where they are shown. How an element is found again depends on its own tree alone."""
        inner_trees = InnerTrees(self.root)
        for host, tree in inner_trees:
            self._clear(tree, "template")
            self.in_noscript |= self._noscripts(tree)
            self.styles += self._styles(tree, host)
            self._clear(tree, *_NOT_RENDERED)
            self._take_ids(host, tree)
            self._number(host.children)
            self._number(tree.children)
        self._clear(self.root, NO_FRAMES)
        inner_trees.compose()
        return inner_trees

    def _take_ids(self, host: Element | None, tree: Node) -> None:
        """The first element of each id, and the step for each element that its id tells from all others.

        What stands in a noscript is there without scripts alone: it takes no id from what is before it. And without
        a doctype, selectors do not tell capitals from small letters.
        """
        first: dict[str, Element] = {}
        counts: Counter[str] = Counter()
        known: set[str] = set()
        with_id = [(element, element.attr("id") or "") for element in tree.select("[id]")]
        for element, name in with_id:
            first.setdefault(name, element)
            lowered = name.lower()
            if element not in self.in_noscript or lowered not in known:
                counts[lowered] += 1
            known.add(lowered)
        self._by_id[host] = first
        for element, name in with_id:
            if counts[name.lower()] == 1 and name.isidentifier() and first[name] == element:
                self._own_ids[element] = f"#{name}"

    def host_of(self, element: Element) -> Element | None:
        """The host of the inner tree that an element is a part of; None for a part of the page itself."""
        return self._inner.host_of(element) if self._inner is not None else None

    def ids(self, element: Element) -> dict[str, Element]:
        """The first element of each id, in the tree that an element is a part of."""
        return self._by_id[self.host_of(element)]

    def line(self, element: Element) -> int | None:
        """The line of the source in which an element's start tag ends; of one in a frame, that of the frame's."""
        frames = self._inner.frames_around(element) if self._inner is not None else []
        return (frames[-1] if frames else element).source_line

    def without_frames(self, element: Element) -> bool:
        """Whether an element is there for those alone whose browser shows no frames."""
        return self._inner is not None and any(frame.tag == NO_FRAMES for frame in self._inner.frames_around(element))

    def selector(self, element: Element) -> str:
        """A CSS selector that finds this element and no other; into a shadow root or a frame leads `>>>`."""
        own_parent = parent if self._inner is None else self._inner.own_parent
        paths: list[str] = []
        steps: list[str] = []
        node: Element | None = element
        for _ in range(2 * MAX_ANCESTORS):
            assert node is not None
            own = self._own_ids.get(node)
            steps.append(own or self._steps.get(node) or self._step(node))
            above = None if own or node.tag == "body" else own_parent(node)
            if above is None:
                paths.append(" > ".join(reversed(steps)))
                steps = []
                above = self._inner.host_of(node) if self._inner is not None else None
                if above is None:
                    break
            node = above
        return " >>> ".join(reversed(paths))

    def _step(self, node: Element) -> str:
        """The step for an element among its siblings, remembered with theirs."""
        above = parent(node)
        self._number((node,) if above is None else above.children)
        return self._steps[node]

    def _number(self, siblings: Iterable[Node]) -> None:
        by_tag: dict[str, list[Element]] = {}
        for sibling in siblings:
            if isinstance(sibling, Element):
                by_tag.setdefault(sibling.tag, []).append(sibling)
        for tag, alike in by_tag.items():
            name = tag if _PLAIN_TAG.match(tag) else escape_identifier(tag)
            if len(alike) == 1:
                self._steps.setdefault(alike[0], name)
            else:
                for number, sibling in enumerate(alike, 1):
                    self._steps.setdefault(sibling, f"{name}:nth-of-type({number})")
