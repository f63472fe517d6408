"""A page as a tree: mended where the parser errs, with its base address, and selectors to find an element again."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import chain, islice

from lxml import etree
from lxml.etree import XPath
from lxml.html import HtmlElement, document_fromstring

from core.identity.urls import absolute
from crawler.page.accname import MAX_ANCESTORS
from crawler.page.tree import UNKNOWN_EMPTY, as_xml, parse_html

# Their text is not the page's.
_NOT_RENDERED = ("script", "style", "template")
# What a head holds (HTML standard, 13.2.6.4.4).
_METADATA = frozenset(
    ("base", "basefont", "bgsound", "link", "meta", "noframes", "noscript", "script", "style", "template", "title")
)
_WITH_ID = XPath("//*[@id]")


class Document:
    """The tree of one page. `root` is an empty html element for a page without any markup."""

    def __init__(self, url: str, text: str) -> None:
        root, self.cut = parse_html(text)
        self.root: HtmlElement = root if root is not None else document_fromstring("<html></html>")
        self._addresses: dict[str, str | None] = {}
        base = next((base for base in self.root.iter("base") if base.get("href") is not None), None)
        self.base = (absolute(url, base.get("href", "")) or url) if base is not None else url
        if self.base.startswith("data:"):  # HTML forbids it
            self.base = url
        self._mend()
        self._mend_head()
        self.noscript = self._take_noscript()
        # The style sheets that name a picture, with the media they are for.
        self.styles = [
            (style.get("media") or "", style.text)
            for style in self.root.iter("style")
            if style.text and "url(" in style.text.lower()
        ]
        etree.strip_elements(self.root, *_NOT_RENDERED, with_tail=False)
        self._steps: dict[HtmlElement, str] = {}

    def absolute(self, reference: str) -> str | None:
        """`core.identity.urls.absolute` for this page, which names the same few addresses time and again."""
        if reference not in self._addresses:
            self._addresses[reference] = absolute(self.base, reference)
        return self._addresses[reference]

    def _mend(self) -> None:
        """Move what the parser put into source, track and wbr back behind them, where browsers have it.

        And image, but in SVG, is an old name of img.
        """
        for element in self.root.iter("image"):
            if element.get("src") is not None:
                element.tag = "img"
        # From the outermost to the innermost: so each is moved once, with all that is in it.
        for element in list(self.root.iter(*UNKNOWN_EMPTY)):
            if element.getparent() is None or (len(element) == 0 and not element.text):
                continue
            children = list(element)
            inside, after = as_xml(element.text or ""), as_xml(element.tail or "")
            element.text = element.tail = None
            for child in reversed(children):
                element.addnext(child)
            if children:
                children[-1].tail = as_xml(children[-1].tail or "") + after
            element.tail = inside if children else inside + after

    def _mend_head(self) -> None:
        """Move what opens the body, where the tags between are left out, out of the head.

        The parser does so for p and div, but not for main, header and others that are younger than it.
        """
        head = self.root.find("head")
        known = head.iterchildren("*") if head is not None else ()
        first = next((child for child in known if child.tag not in _METADATA), None)
        if first is None:
            return
        body = self.root.find("body")
        if body is None:
            body = etree.SubElement(self.root, "body")
        moved = [first, *first.itersiblings()]
        moved[-1].tail = as_xml(moved[-1].tail or "") + as_xml(body.text or "")
        body.text = None
        for element in reversed(moved):
            body.insert(0, element)

    def _take_noscript(self) -> dict[HtmlElement, str]:
        """The markup inside each noscript, taken out of the tree: with scripts on, it is text, not elements."""
        taken = {}
        for element in self.root.iter("noscript"):
            inner = (element.text or "") + "".join(
                etree.tostring(child, encoding="unicode", method="html") for child in element
            )
            tail = as_xml(element.tail or "")
            element.clear()
            element.tail = tail
            if "<img" in inner.lower():
                taken[element] = inner
        return taken

    @cached_property
    def _with_id(self) -> list[HtmlElement]:
        return list(_WITH_ID(self.root))

    @cached_property
    def by_id(self) -> dict[str, HtmlElement]:
        """The first element of each id."""
        return {element.get("id", ""): element for element in reversed(self._with_id)}

    @cached_property
    def _by_own_id(self) -> dict[HtmlElement, str]:
        """The step for each element that its id tells from all others."""
        counts = Counter(element.get("id", "") for element in self._with_id)
        own = ((element, element.get("id", "")) for element in self._with_id)
        return {element: f"#{name}" for element, name in own if counts[name] == 1 and name.isidentifier()}

    def selector(self, element: HtmlElement) -> str:
        """A CSS selector that finds this element and no other."""
        steps: list[str] = []
        for node in chain((element,), islice(element.iterancestors(), MAX_ANCESTORS - 1)):
            own = self._by_own_id.get(node)
            steps.append(own or self._steps.get(node) or self._step(node))
            if own or node.tag == "body":
                break
        return " > ".join(reversed(steps))

    def _step(self, node: HtmlElement) -> str:
        """The step for an element among its siblings, remembered with theirs."""
        parent = node.getparent()
        counts: dict[str, int] = {}
        numbered = []
        for sibling in (node,) if parent is None else parent.iterchildren("*"):
            tag = str(sibling.tag)
            counts[tag] = number = counts.get(tag, 0) + 1
            numbered.append((sibling, tag, number))
        for sibling, tag, number in numbered:
            self._steps[sibling] = tag if counts[tag] == 1 else f"{tag}:nth-of-type({number})"
        return self._steps[node]
