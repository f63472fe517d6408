"""From the text of a page to a tree, in bounded time whatever the text is.

libxml2 reads HTML as browsers do, with two weak points: what lies deeper than 2,048 levels is not read, and the
time for one tag grows with the square of its attributes. So a page with too deep a nesting is made flat and read
again, and one with a tag of very many attributes is read through a slower gate that leaves most of them out.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import cast

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

MAX_ATTRIBUTES = 256  # of one element
MAX_LEVELS = 512  # as deep as browsers nest
MAX_MOVED = 20_000  # elements moved up from deeper levels; of more only what they hold is kept
# A shorter page has too few attributes to cost more than some milliseconds.
_HARMLESS_CHARS = 16_384
_SEPARATOR = re.compile(r"[\s/\"']")  # one at least stands between two attributes
_TAG_START = re.compile(r"<[a-z]", re.I)
_QUOTED_END = re.compile(r"=\s*+(?:\"[^\">]*+>|'[^'>]*+>)")  # a > that ends no tag
_MAX_QUOTED_ENDS = 32
_NAME = re.compile(r"[a-z_][a-z0-9_.-]*\Z", re.I)  # of elements and attributes that lxml lets one set
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A tag, or something that holds no tags. Each part is possessive or runs to the end: time is linear.
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|textarea|title|xmp)(?=[\s/>]).*?(?:</(?P=raw)(?=[\s/>])|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/>]*+)(?P<rest>(?:[^>\"']++|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+)>",
    re.I | re.S,
)
_EMPTY = frozenset("area base basefont bgsound br col embed frame hr image img input keygen link meta param".split())
# Empty elements that libxml2 does not know as such: it takes what follows them for their content.
UNKNOWN_EMPTY = ("source", "track", "wbr")
_CLOSED_BY_THE_NEXT = frozenset("a dd dt li option p td th tr".split())


def as_xml(text: str) -> str:
    """The text with what no XML holds replaced: lxml reads such characters from a page, but refuses to set them."""
    return _NOT_XML.sub("\ufffd", text)


def parse_html(text: str) -> tuple[HtmlElement | None, tuple[str, ...]]:
    """The root element, None for a text without anything to read, and the reasons why something was left out.

    `nesting`: elements deeper than MAX_LEVELS stand beside each other there, and of very many some are left out.
    `attributes`: an element keeps
    the first MAX_ATTRIBUTES.
    """
    root, too_deep, attributes_cut = _read(text)
    if too_deep:
        root, _, attributes_cut = _read(_flat(text))
    reasons = {"nesting": too_deep, "attributes": attributes_cut}
    return root, tuple(reason for reason, applies in reasons.items() if applies)


def _read(text: str) -> tuple[HtmlElement | None, bool, bool]:
    """The root, whether libxml2 gave up for the nesting, and whether attributes were left out."""
    encoded = text.encode("utf-8", "replace")
    if _may_have_many_attributes(text):
        gate = _Gate()
        # lxml asks no target for all the methods that its types list.
        gated = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=gate)  # type: ignore[call-overload]
        etree.fromstring(encoded, gated)
        return gate.root, gate.too_deep, gate.attributes_cut
    parser = _parser()
    try:
        root = document_fromstring(encoded, parser=parser)
    except etree.LxmlError:
        return None, False, False  # nothing in it that a parser could build a tree from
    too_deep = any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)
    return root, too_deep, False


def _parser() -> HTMLParser:
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    # lxml's own look-up of a class for each tag is a Python function, called for each element that one touches.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


def _may_have_many_attributes(text: str) -> bool:
    """Whether a tag may have more than MAX_ATTRIBUTES attributes; never wrong when it says no.

    A tag is a stretch without `>`, but for those in quoted values.
    """
    if len(text) <= _HARMLESS_CHARS:
        return False
    for stretch in text.split(">"):
        if len(stretch) <= 2 * MAX_ATTRIBUTES:
            continue
        start = _TAG_START.search(stretch)
        if start is None or len(stretch) - start.start() <= 2 * MAX_ATTRIBUTES:
            continue
        if sum(1 for _ in islice(_SEPARATOR.finditer(stretch, start.start()), MAX_ATTRIBUTES)) == MAX_ATTRIBUTES:
            return True
    quoted_ends = sum(1 for _ in islice(_QUOTED_END.finditer(text), _MAX_QUOTED_ENDS))
    return quoted_ends == _MAX_QUOTED_ENDS


class _Gate:
    """A parser target (see lxml, the target parser interface) that builds the tree but for what is too much."""

    def __init__(self) -> None:
        self.root: HtmlElement | None = None
        self.too_deep = self.attributes_cut = False
        self._builder = etree.TreeBuilder(parser=_parser())
        self._open: list[str | None] = []  # open elements; None for one whose end is not to be built
        self._outer: list[str] = []  # html and body, which are open until the end: their end tags may come early

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.too_deep = self.too_deep or len(self._open) >= 4 * MAX_LEVELS
        outer = tag in {"html", "body"}
        known = not self.too_deep and tag not in self._outer and _NAME.match(tag) is not None
        self._open.append(tag if known and not outer else None)
        if not known:
            return
        if outer:
            self._outer.append(tag)
        self.attributes_cut = self.attributes_cut or len(attributes) > MAX_ATTRIBUTES
        kept = islice(((name, value) for name, value in attributes.items() if _NAME.match(name)), MAX_ATTRIBUTES)
        self._builder.start(tag, {name: as_xml(value or "") for name, value in kept})

    def end(self, tag: str) -> None:
        opened = self._open.pop() if self._open else None
        if opened is not None:
            self._builder.end(opened)

    def data(self, data: str) -> None:
        if self._outer:
            self._builder.data(as_xml(data))

    def close(self) -> None:
        for tag in reversed([*self._outer, *filter(None, self._open)]):
            self._builder.end(tag)
        if self._outer:
            self.root = cast("HtmlElement", self._builder.close())


def _flat(text: str) -> str:
    """The markup with what is nested deeper than MAX_LEVELS moved up to that level, as browsers build it."""
    parts: list[str] = []
    open_names: list[str] = []
    open_counts: Counter[str] = Counter()
    ended: Counter[str] = Counter()  # elements that were closed at once, whose end tags are still to come
    position = moved = 0
    for token in _TOKEN.finditer(text):
        name = (token["name"] or "").lower()
        markup = token[0]
        if not name or (name in _EMPTY and not token["end"]) or token["rest"].endswith("/"):
            continue
        if name in UNKNOWN_EMPTY:
            parts += (text[position : token.start()], "" if token["end"] else f"{markup}</{name}>")
            position = token.end()
            continue
        parts.append(text[position : token.start()])
        position = token.end()
        if token["end"]:
            if ended[name] > 0:
                ended[name] -= 1
                continue
            if open_counts[name] > 0:
                while (closed := open_names.pop()) != name:
                    open_counts[closed] -= 1
                open_counts[name] -= 1
        elif len(open_names) >= MAX_LEVELS:
            ended[name] += 1
            moved += 1
            markup = f"{markup}</{name}>" if moved <= MAX_MOVED else ""
        elif not (name in _CLOSED_BY_THE_NEXT and open_names and open_names[-1] == name):
            open_names.append(name)
            open_counts[name] += 1
        parts.append(markup)
    parts.append(text[position:])
    return "".join(parts)
