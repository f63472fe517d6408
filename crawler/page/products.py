"""Which products a page's linked data (JSON-LD) names, by which pictures, and the numbers that shops know them by.

Pure, in time that grows with its length.

A page may hold anything there: other types than the vocabulary's, no end of nesting, megabytes.
https://schema.org/Product, https://www.w3.org/TR/json-ld11/#restrictions-for-contents-of-json-ld-script-elements
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.identity.urls import canonical_image_url
from core.text import comparable, shorten, storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from turbohtml import Element

MAX_SCRIPTS = 30
MAX_CHARS = 1_000_000  # of all of them
MAX_NODES = 50_000  # of what they hold
MAX_PICTURES = 50  # of one product
MAX_NAME_CHARS = 300
MAX_ADDRESS_CHARS = 2_000
MAX_IDS = 20  # of one product
MAX_ID_CHARS = 100
ID_NAMES = frozenset({"sku", "mpn", "productid", "gtin", "gtin8", "gtin12", "gtin13", "gtin14"})
_PLAIN_ID = re.compile(rf"[\w.:/-]{{1,{MAX_ID_CHARS}}}")  # most are
_TYPES = frozenset({"product", "productgroup", "productmodel", "individualproduct", "someproducts", "vehicle", "car"})
_WRAPPING = re.compile(
    r"^\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[)|(?:-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>)\s*$"
)


def linked_data(root: Element) -> tuple[str, ...]:
    """The texts of the scripts with linked data, as far as they are read; before scripts are emptied."""
    texts = []
    left = MAX_CHARS
    scripts = (one for one in root.iter_elements("script") if "ld+json" in (one.attr("type") or "").lower())
    for script in islice(scripts, MAX_SCRIPTS):
        text = script.text
        if len(text) <= left:  # a piece of JSON says nothing
            left -= len(text)
            texts.append(text)
    return tuple(texts)


@dataclass(slots=True)
class Products:
    """The names of a page's products."""

    main: str | None = None  # of the only product that the page is about
    _by_picture: dict[str, str | None] = field(default_factory=dict)  # None: several have it
    _ids: dict[str, dict[str, None]] = field(default_factory=dict)  # by name

    def of(self, image_url: str | None, *, is_main: bool) -> str | None:
        """The product that a picture (its canonical address) is of; of the main picture, the page's only product."""
        if image_url is None:
            return None
        if image_url in self._by_picture:
            return self._by_picture[image_url]
        return self.main if is_main else None

    def ids_of(self, image_url: str | None, *, is_main: bool) -> str | None:
        """The sku, gtin and the like of that product and its offers, one a line."""
        name = self.of(image_url, is_main=is_main)
        return joined_ids(self._ids.get(name, ())) if name is not None else None

    def add_ids(self, name: str, ids: Iterable[str]) -> None:
        """Let a product be known by these, too."""
        self._ids.setdefault(name, {}).update(dict.fromkeys(ids))

    def add(self, name: str, image_url: str) -> None:
        """Let a picture be of a product. Of a group and its variants it is of the group; of two others, of neither."""
        known = self._by_picture.setdefault(image_url, name)
        if known is None or known == name:
            return
        shorter, longer = sorted((known, name), key=len)
        self._by_picture[image_url] = shorter if comparable(shorter) in comparable(longer) else None


def products(texts: tuple[str, ...], absolute: Callable[[str], str | None]) -> Products:
    """The products that linked data names; `absolute` makes addresses of the page absolute."""
    found = Products()
    names = []
    for text in texts:
        for node, is_inside in _products_in(text):
            name = _text(node.get("name"))
            if name is None:
                continue
            if not is_inside:
                names.append(name)
            found.add_ids(name, _ids_in(node))
            for address in islice(_addresses(node.get("image")), MAX_PICTURES):
                url = absolute(address)
                if url is not None:
                    found.add(name, canonical_image_url(url))
    found.main = names[0] if len(set(names)) == 1 else None
    return found


def _products_in(text: str) -> Iterator[tuple[dict[str, Any], bool]]:
    """The nodes that are products, each with whether it stands in another one."""
    try:
        data = json.loads(_WRAPPING.sub("", text), strict=False)
    except (ValueError, RecursionError):  # no JSON, a number without end, or nesting without one
        return
    waiting: list[tuple[Any, bool]] = [(data, False)]
    nodes = 0
    while waiting and nodes < MAX_NODES:
        node, is_inside = waiting.pop()
        nodes += 1
        if isinstance(node, dict):
            if _is_product(node.get("@type")):
                yield node, is_inside
                is_inside = True
            waiting += [(value, is_inside) for value in reversed(node.values()) if isinstance(value, dict | list)]
        elif isinstance(node, list):
            waiting += [(value, is_inside) for value in reversed(node) if isinstance(value, dict | list)]


def _is_product(kind: Any) -> bool:
    kinds = kind[:10] if isinstance(kind, list) else [kind]
    return any(isinstance(one, str) and re.split(r"[/#:]", one[-60:])[-1].lower() in _TYPES for one in kinds)


def joined_ids(ids: Iterable[str]) -> str | None:
    """Ids as they are stored: one a line, as far as they are short; None where there are none."""
    some = islice(ids, MAX_IDS)
    lines = (one if _PLAIN_ID.fullmatch(one) else shorten(storable(one), MAX_ID_CHARS + 1) for one in some)
    return "\n".join(dict.fromkeys(line for line in lines if 0 < len(line) <= MAX_ID_CHARS)) or None


def _ids_in(node: dict[str, Any]) -> Iterator[str]:
    """The ids of a product and of what is offered of it."""
    offers = node.get("offers")
    nodes = [node, *(offers[:MAX_IDS] if isinstance(offers, list) else [offers])]
    for one in nodes:
        for name, value in one.items() if isinstance(one, dict) else ():
            if name.lower() in ID_NAMES and isinstance(value, str | int):
                yield str(value)[: 2 * MAX_ID_CHARS]


def _text(value: Any) -> str | None:
    """What a value says as a name; of several, the first."""
    for _ in range(3):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get("@value")
    if not isinstance(value, str):
        return None
    return shorten(storable(html.unescape(value[: 4 * MAX_NAME_CHARS])), MAX_NAME_CHARS) or None


def _addresses(value: Any) -> Iterator[str]:
    """The addresses of pictures in a value: as such, in a list, in an ImageObject."""
    values = value[:MAX_PICTURES] if isinstance(value, list) else [value]
    for one in values:
        if isinstance(one, dict):
            named = (one.get(name) for name in ("contentUrl", "url", "@id"))
            one = next((address for address in named if isinstance(address, str)), None)
        if isinstance(one, str) and 0 < len(one) <= MAX_ADDRESS_CHARS:
            yield html.unescape(one)
