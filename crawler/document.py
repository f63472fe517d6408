"""A page as a tree: decoding as browsers do, lxml's forgiving parser, and selectors to find an element again."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from w3lib.encoding import html_to_unicode

from core.urls import absolute
from crawler.names import MAX_ANCESTORS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Empty elements that libxml2 does not know as such: it takes what follows them for their content.
_UNKNOWN_EMPTY = ("source", "track", "wbr")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Their text is not the page's.
_NOT_RENDERED = ("script", "style", "template")


def as_xml(text: str) -> str:
    """The text with what no XML holds replaced: lxml reads such characters from a page, but refuses to set them."""
    return _NOT_XML.sub("\ufffd", text)


def decode(body: bytes, content_type: str | None) -> str:
    """The text of a page: byte order mark, then HTTP header, then meta element, then UTF-8, then windows-1252.

    That is the order of the WHATWG Encoding and HTML standards. NUL characters are dropped, since they would
    end the document for the parser. Never raises.
    """
    try:
        _, text = html_to_unicode(content_type, body, default_encoding="utf-8", auto_detect_fun=_guess)
    except (LookupError, UnicodeError):
        # A codec of Python's that is no encoding of the web: charset=idna, charset=base64.
        text = body.decode(_guess(body), "replace")
    return text.replace("\0", "")


def _guess(body: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _parse(text: str) -> HtmlElement | None:
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.LxmlError:
        return None  # nothing in it that a parser could build a tree from


class Document:
    """The tree of one page. `root` is an empty html element for a page without any markup."""

    def __init__(self, url: str, text: str) -> None:
        root = _parse(text)
        self.root: HtmlElement = root if root is not None else document_fromstring("<html></html>")
        base = self.root.find(".//base[@href]")
        self.base = (absolute(url, base.get("href", "")) or url) if base is not None else url
        if self.base.startswith("data:"):  # HTML forbids it
            self.base = url
        self._mend_empty_elements()
        self.noscript = self._take_noscript()
        etree.strip_elements(self.root, *_NOT_RENDERED, with_tail=False)
        self._nth_of_type: dict[HtmlElement, tuple[dict[HtmlElement, int], Counter[str]]] = {}

    def _mend_empty_elements(self) -> None:
        """Move what the parser put into source, track and wbr back behind them, where browsers have it."""
        # From the outermost to the innermost: so each is moved once, with all that is in it.
        for element in list(self.root.iter(*_UNKNOWN_EMPTY)):
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
    def by_id(self) -> dict[str, HtmlElement]:
        """The first element of each id."""
        found: dict[str, HtmlElement] = {}
        for element in self.root.xpath("//*[@id]"):
            found.setdefault(element.get("id"), element)
        return found

    @cached_property
    def _id_counts(self) -> Counter[str]:
        return Counter(self.root.xpath("//@id"))

    def selector(self, element: HtmlElement) -> str:
        """A CSS selector that finds this element and no other."""
        steps: list[str] = []
        for node in self._upwards(element):
            name = node.get("id")
            if name and name.isidentifier() and self._id_counts[name] == 1:
                steps.append(f"#{name}")
                break
            steps.append(self._step(node))
            if node.tag == "body":
                break
        return " > ".join(reversed(steps))

    @staticmethod
    def _upwards(element: HtmlElement) -> Iterator[HtmlElement]:
        node: HtmlElement | None = element
        for _ in range(MAX_ANCESTORS):
            if node is None:
                return
            yield node
            node = node.getparent()

    def _step(self, node: HtmlElement) -> str:
        parent = node.getparent()
        if parent is None:
            return str(node.tag)
        if parent not in self._nth_of_type:
            seen: Counter[str] = Counter()
            positions = {}
            for child in parent.iterchildren("*"):
                seen[str(child.tag)] += 1
                positions[child] = seen[str(child.tag)]
            self._nth_of_type[parent] = positions, seen
        positions, counts = self._nth_of_type[parent]
        alone = counts[str(node.tag)] == 1
        return str(node.tag) if alone else f"{node.tag!s}:nth-of-type({positions[node]})"
