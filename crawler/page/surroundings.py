"""What stands around an image: headings, captions, links, products, text."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from turbohtml import Element, Text

from core.identity.urls import canonical_image_url
from core.records import Context
from core.text import collapse, shorten, storable
from crawler.page.accname import (
    MAX_NODES,
    accessible_name,
    effective_role,
    hidden_reason,
    is_image,
    named_by_aria,
    roles,
    text_inside,
)
from crawler.page.beside import Besides
from crawler.page.captions import captions
from crawler.page.dom import (
    ancestors,
    behind,
    href,
    nearest,
    next_element,
    parent,
    previous_element,
    text_follows,
)
from crawler.page.products import ID_NAMES, MAX_ADDRESS_CHARS, joined_ids, products

if TYPE_CHECKING:
    from collections.abc import Callable

    from turbohtml import Node

    from crawler.page.document import Document

MAX_TEXT_CHARS = 300  # of each context text; enough for a sentence or two
_NOT_PART = frozenset({"noscript", "iframe", "noframes"})  # of the text around them
MAX_TEXT_NODES = 2000  # read for one text: an element may hold any number of empty ones
_SOME_WORDS = 3  # of a text that is hardly without any sense
_EXAMPLES = 3  # of images with a text, of a page: all of them would cost a third more time
_PASSAGES = frozenset({"p", "li", "td", "th", "dd", "dt", "center"})
_BLOCKS = _PASSAGES | {"tr", "figure", "article", "section", "div", "main", "body"}
# Where a line begins; the cells of a table share one.
_ON_A_LINE_OF_ITS_OWN = (_BLOCKS - {"td", "th"}) | frozenset(
    "br hr h1 h2 h3 h4 h5 h6 ul ol dl table address aside blockquote details fieldset figcaption footer header nav pre"
    " summary".split()
)
# Roles that make one thing of all that is in them (WAI-ARIA 1.2, children presentational; 1.1 for math), but for those
# that take their name from it.
_WHOLE = frozenset("img image graphics-symbol math meter progressbar scrollbar separator slider".split())
_SAYS_WHOLE = re.compile(rf"""role\s*=\s*["']?[^"'<>]{{0,60}}\b(?:{"|".join(_WHOLE)})""")
# Links of a heading or caption to itself, as Sphinx, MkDocs, Docusaurus, VuePress and others have them.
_MARK = re.compile(
    r"(?:^|[\s_-])(?:headerlink|perma-?link|hash-?link|(?:header|heading)-?anchor|anchor-?(?:js-)?link)", re.I
)
# Roles that take their name from what they hold; a text is announced for each of them.
_BUTTON_ROLES = frozenset(
    "button menuitem menuitemcheckbox menuitemradio tab option switch checkbox radio treeitem".split()
)
_MAY_BE_CONTROL = "a, button, summary, [role]"


@dataclass(frozen=True, slots=True)
class Interactive:
    """The link or button around an image."""

    kind: str  # 'link' or 'button'
    url: str | None  # absolute target of a link
    href: str | None  # as written, where that says more
    text: str | None
    named: bool  # it has a name even without this image, or is hidden and needs none
    beside: str | None  # text of the link next to it that leads to the same page


@dataclass(frozen=True, slots=True)
class _Control:
    """A link or button, whichever image in it is looked at."""

    kind: str
    url: str | None
    href: str | None
    text: str | None
    named: bool  # by its text or its own attributes; or hidden
    naming_images: tuple[Element, ...]  # the first two images in it that have a name
    beside: str | None


def bounded_text(element: Element) -> str | None:
    """The beginning of an element's text; stops reading when it has enough, however large the element."""
    parts: list[str] = []
    length = 0
    behind_it: Node | None = None
    skipping = False
    for node in islice(element.descendants, MAX_TEXT_NODES):
        if skipping:
            if node != behind_it:
                continue
            skipping = False
        if isinstance(node, Text):
            parts.append(node.data)
            length += len(node.data.strip())
            if length > MAX_TEXT_CHARS:
                break
        elif isinstance(node, Element) and (
            node.tag in _NOT_PART or (node.tag in {"a", "span"} and _is_mark(node, length > 0))
        ):
            behind_it, skipping = behind(node, element), True
        elif isinstance(node, Element) and node.tag in _ON_A_LINE_OF_ITS_OWN:
            parts.append(" ")
    return shorten("".join(parts), MAX_TEXT_CHARS) or None


def _is_mark(node: Element, text_before: bool) -> bool:
    """Whether an element in a heading or caption is a link to that very place, or to its editor, and no text of it."""
    classes = node.attr("class")
    if node.tag == "span":
        return classes is not None and "mw-editsection" in classes
    if classes is not None and _MARK.search(classes) and text_before:
        return True
    target = node.attr("href")
    if target is not None and target.startswith("#") and text_before and "anchor" in (classes or "").split():
        return True
    if target is None or "#" not in target or not (target[0] == "#" or classes is not None):
        return False
    text = "".join(islice(node.strings, 5))
    return bool(text) and len(text) < 10 and not any(map(str.isalnum, text))


class Surroundings:
    """What stands around the images of one page.

    What is read of an element is kept: a thousand images in one list share its text, and reading it again
    for each would take time that grows with the square of the page.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._texts: dict[Element, str | None] = {}
        self._controls: dict[Element, _Control | None] = {}
        self._figcaptions: dict[Element, str | None] = {}
        self._captions: dict[Element, Element] | None = None  # read for the first image: most pages have none
        self._farther = True  # whether more than the nearest block may tell of an image
        self._passages: dict[Element, str | None] = {}
        self._products: dict[Element, str | None] = {}
        self._product_ids: dict[Element, str | None] = {}
        self._has_microdata = "schema.org/product" in document.lowered
        self._linked = products(document.linked_data, document.absolute) if document.linked_data else None
        self._main_picture = _main_picture(document) if self._linked is not None and self._linked.main else None
        self._besides = Besides()
        self._examples = _EXAMPLES
        self._in_named_image: dict[Element, bool] | None = {} if _SAYS_WHOLE.search(document.lowered) else None

    def in_named_image(self, element: Element) -> bool:
        """Whether an element is in one that has a name and is an image, or the like, as a whole."""
        known = self._in_named_image
        if known is None:
            return False
        found = False
        passed = []
        for node in ancestors(element):
            if node in known:
                found = known[node]
                break
            passed.append(node)
            if self._is_named_image(node):
                found = True
                break
        known.update((node, found) for node in passed)
        return found

    def _is_named_image(self, node: Element) -> bool:
        return effective_role(node) in _WHOLE and accessible_name(node, self._document.ids(node)) is not None

    def interactive(self, element: Element) -> Interactive | None:
        """The nearest link or button around the element; itself when it shows a background or is an area."""
        if element.tag == "area":  # a link that lies on a part of a picture
            url = self._document.absolute(element.attr("href") or "")
            return Interactive("link", url, _more_than(url, element.attr("href")), None, False, None)
        start = parent(element) if is_image(element) else element
        for node in nearest(start, _MAY_BE_CONTROL) if start is not None else ():
            if node not in self._controls:
                self._controls[node] = self._control(node)
            control = self._controls[node]
            if control is not None:
                named = control.named or any(other != element for other in control.naming_images)
                return Interactive(control.kind, control.url, control.href, control.text, named, control.beside)
        return None

    def _control(self, node: Element) -> _Control | None:
        target = href(node) if node.tag == "a" else None
        is_link = target is not None
        if not is_link and node.tag not in {"button", "summary"} and node.attr("role") is None:
            return None
        role = next(iter(roles(node)), None)
        if role in _BUTTON_ROLES or (node.tag in {"button", "summary"} and role != "link"):
            kind = "button"
        elif role == "link" or is_link:
            kind = "link"
        else:
            return None
        by_id = self._document.ids(node)
        text = shorten(text_inside(node, images=False, limit=MAX_TEXT_CHARS), MAX_TEXT_CHARS) or None
        named = bool(text or named_by_aria(node, by_id) or collapse(node.attr("title") or ""))
        naming = (
            image
            for image in islice(node.iter_elements(), MAX_NODES)
            if is_image(image)
            and self._document.in_noscript.get(image) == self._document.in_noscript.get(node)
            and effective_role(image) not in {"none", "presentation"}
            and accessible_name(image, by_id)
            and hidden_reason(image) is None
        )
        url = self._document.absolute(target or node.attr("href") or "") if kind == "link" else None
        return _Control(
            kind=kind,
            url=url,
            href=_more_than(url, target) if kind == "link" else None,
            text=text,
            named=named or hidden_reason(node) is not None,
            naming_images=tuple(islice(naming, 2)),
            beside=None if text else self._other_link(node),
        )

    def _other_link(self, link: Element) -> str | None:
        """The text of the link before or after this one, nothing between them, if it has the same target."""
        target = href(link)
        after, before = next_element(link), previous_element(link)
        for first, other in ((link, after), (before, before)):
            if not target or first is None or other is None or href(other) != target:
                continue
            text = None if text_follows(first) else text_inside(other, images=False, limit=MAX_TEXT_CHARS)
            if text and hidden_reason(other) is None:
                return shorten(text, MAX_TEXT_CHARS)
        return None

    def context(
        self,
        element: Element,
        heading: str | None,
        topic: str | None,
        around: Interactive | None,
        *,
        pictures: int,
        image_url: str | None = None,
    ) -> Context:
        """The context of an image; `heading` is the nearest one before it, `topic` one that is about it rather.

        So many `pictures` have these headings. `image_url` is the picture's canonical address.
        """
        figcaption = product = surrounding = passage = None
        # Only where the image has a text of its own, and no link or button, is its passage of interest.
        in_passage = around is None and bool(element.attr("alt") or element.attr("aria-label"))
        if self._captions is None:
            self._captions = captions(self._document)
            self._farther = bool(self._captions) or self._has_microdata or "<figure" in self._document.lowered
        if element in self._captions:
            figcaption = self._remembered(self._figcaptions, self._captions[element], bounded_text)
        for node in ancestors(element):
            if in_passage and passage is None and node.tag in _PASSAGES:
                passage, in_passage = self._remembered(self._passages, node, self._passage), False
            if surrounding is None and node.tag in _BLOCKS:
                surrounding = self._remembered(self._texts, node, bounded_text)
            if surrounding is not None and not (in_passage or self._farther):
                break
            if figcaption is None and node.tag == "figure":
                figcaption = self._remembered(self._figcaptions, node, _figcaption)
            if figcaption is None and node in self._captions:
                figcaption = self._remembered(self._figcaptions, self._captions[node], bounded_text)
            if product is None and "schema.org/Product" in (node.attr("itemtype") or ""):
                product = self._remembered(self._products, node, _product_name)
        if product is None and self._linked is not None:
            product = self._linked.of(image_url, is_main=image_url == self._main_picture)
        return Context(
            heading=heading,
            topic=topic,
            figcaption=figcaption,
            product=product,
            link_url=around.url if around else None,
            link_href=around.href if around else None,
            link_text=around.text if around else None,
            beside_link=around.beside if around else None,
            passage=passage,
            own_text=self._remembered(self._passages, element, self._passage) if self._holds_text(element) else None,
            surrounding=surrounding,
            **({} if around is not None and not around.named else self._beside(element, pictures)),
        )

    def product_ids(self, element: Element, image_url: str | None) -> str | None:
        """The sku, gtin and the like of the product that an image is of, one a line."""
        if self._has_microdata:
            for node in ancestors(element):
                if "schema.org/Product" in (node.attr("itemtype") or ""):
                    return self._remembered(self._product_ids, node, _product_ids)
        if self._linked is None:
            return None
        return self._linked.ids_of(image_url, is_main=image_url == self._main_picture)

    def _beside(self, element: Element, pictures: int) -> dict[str, Any]:
        """What a text could be made of, where the image has none of some words, and does not stand for a link.

        Of those that have one some, too: what a site's own texts say of its pages is known from them.
        """
        alt = element.attr("alt")
        if alt and len(alt.split()) >= _SOME_WORDS:
            if not self._examples:
                return {}
            self._examples -= 1
        return {"pictures": pictures} | asdict(self._besides.of(element))

    @staticmethod
    def _holds_text(element: Element) -> bool:
        """Whether its text is of the page: that of a noscript may be the markup of the image itself."""
        return not is_image(element) and element.tag != "noscript"

    def _passage(self, node: Element) -> str | None:
        return shorten(text_inside(node, images=False, limit=MAX_TEXT_CHARS), MAX_TEXT_CHARS) or None

    @staticmethod
    def _remembered(
        known: dict[Element, str | None], node: Element, read: Callable[[Element], str | None]
    ) -> str | None:
        if node not in known:
            known[node] = read(node)
        return known[node]


def _more_than(url: str | None, written: str | None) -> str | None:
    """What a link says as it is written, if `url` says less: of a part of a page, or for another program."""
    said = collapse(written or "")
    if not said or len(said) > MAX_TEXT_CHARS or not (url is None or "#" in said):
        return None
    return storable(said)


def _figcaption(figure: Element) -> str | None:
    caption = next(figure.iter_elements("figcaption"), None)
    return bounded_text(caption) if caption is not None else None


def _main_picture(document: Document) -> str | None:
    """The canonical address of the picture that a page is shown by elsewhere (Open Graph)."""
    for meta in document.root.iter_elements("meta"):
        if (meta.attr("property") or meta.attr("name") or "").lower() in {"og:image", "og:image:url", "twitter:image"}:
            url = document.absolute((meta.attr("content") or "")[:MAX_ADDRESS_CHARS])
            if url is not None:
                return canonical_image_url(url)
    return None


def _product_name(product: Element) -> str | None:
    for node in islice(product.iter_elements(include_self=True), MAX_NODES):
        if "name" in (node.attr("itemprop") or "").split():
            if node != product and next(nearest(parent(node) or node, "[itemscope]"), product) != product:
                continue  # the name of its brand, of who reviews it
            value = node.attr("content") or bounded_text(node)
            return shorten(value, MAX_TEXT_CHARS) if value else None
    return None


def _product_ids(product: Element) -> str | None:
    """The ids of a product and of what is offered of it, in microdata; not of those that it is compared with."""
    ids = []
    for node in islice(product.iter_elements(include_self=True), MAX_NODES):
        if ID_NAMES.isdisjoint((node.attr("itemprop") or "").lower().split()):
            continue
        scopes = (one for one in ancestors(node) if one.attr("itemscope") is not None)
        if next((one for one in scopes if "offers" not in (one.attr("itemprop") or "").split()), None) == product:
            ids.append(node.attr("content") or bounded_text(node) or "")
    return joined_ids(ids)
