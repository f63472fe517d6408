"""Product feeds: from the rows of a file to pictures with the texts that shops and buyers wrote. Pure.

Columns go by their names, as Google Merchant Center, Shopify and collections of reviews write them. Rows of one product
(several pictures, several reviews) are joined by its id.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from captioning.datasets.gather import Text, Wanted
from captioning.datasets.records import MAX_CAPTION_CHARS, MAX_CAPTION_WORDS, Captions
from core.identity.urls import MAX_URL_CHARS
from core.text import collapse, comparable, counted, storable
from core.tokens import caption_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LEAST_REVIEW_WORDS = 3  # "Love it!" says nothing of a picture
MAX_DEPTH = 4  # of lists and objects in a value

_IMAGE = tuple(
    "image image_link image_url image_src images imageurl imageurlhighres imurl picture photo additional_image_link "
    "additional_image_links variant_image featured_image main_image".split()
)
_TITLE = ("title", "name", "product_name", "product_title", "item_name")
_ID = ("item_group_id", "handle", "id", "sku", "asin", "parent_asin", "product_id", "item_id", "gtin", "mpn")
_REVIEWS = ("reviews", "review")
_STARS = ("stars", "rating", "overall", "star_rating", "review_rating", "reviewrating", "score")
_SUMMARY = ("summary", "review_summary", "review_title", "headline", "review_headline", "title", "name")
_OWN_SUMMARY = _SUMMARY[:-2]  # of a row that is a review: its title is the product's
_ADDRESS = ("url", "hi_res", "large", "src", "link", "href", "contenturl", "image", "thumb", "value", "ratingvalue")

_TAG = re.compile(r"<[^<>]{0,1000}>")
_BETWEEN = re.compile(r"[\s,|;]+(?=(?:https?:)?//)")
_NOT_NAME = re.compile(r"[^a-z0-9]+")
_STARS_TEXT = re.compile(r"(\d)(?:[.,](\d))?(?:\s?(?:/|out of)\s?5(?:[.,]0)?)?(?:\s?stars?)?", re.I)


class Reason(StrEnum):
    """Why a row, a picture or a text of a feed is left out."""

    UNREADABLE = "unreadable"
    NOTHING_KNOWN = "nothing_known"
    NO_PICTURE = "no_picture"
    BAD_ADDRESS = "bad_address"
    NO_TEXT = "no_text"
    NOT_FIVE_STARS = "not_five_stars"
    SHORT_REVIEW = "short_review"
    ENDLESS_TEXT = "endless_text"


REASONS = {
    Reason.UNREADABLE: ("row", "that cannot be read"),
    Reason.NOTHING_KNOWN: ("row", "without a picture, and without an id by which one could be found"),
    Reason.NO_PICTURE: ("product", "without a picture"),
    Reason.BAD_ADDRESS: ("picture", "whose address is not http(s)"),
    Reason.NO_TEXT: ("product", "without a text that can be a caption"),
    Reason.NOT_FIVE_STARS: ("review", "with fewer than five stars"),
    Reason.SHORT_REVIEW: ("review", f"whose summary has fewer than {LEAST_REVIEW_WORDS} words"),
    Reason.ENDLESS_TEXT: ("text", f"of more than {MAX_CAPTION_WORDS} words or {MAX_CAPTION_CHARS:,} characters"),
}


@dataclass(slots=True)
class _Product:
    images: dict[str, None] = field(default_factory=dict)
    titles: dict[str, None] = field(default_factory=dict)
    summaries: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Feed:
    """The products of a feed, taken row by row."""

    captions: Captions = Captions.BOTH
    rows: int = 0
    left_out: Counter[Reason] = field(default_factory=Counter)
    examples: dict[Reason, int] = field(default_factory=dict)  # the number of the first row with it
    _products: dict[str, _Product] = field(default_factory=dict)

    @property
    def products(self) -> int:
        """How many were met."""
        return len(self._products)

    def refuse(self, line: int, reason: Reason) -> None:
        """Count what cannot be used."""
        self.left_out[reason] += 1
        self.examples.setdefault(reason, line)

    def add(self, line: int, row: Mapping[str, Any]) -> None:
        """Take a row, whatever its columns are called."""
        self.rows += 1
        known: dict[str, Any] = {}
        for name, value in row.items():
            if value is not None and value not in ("", [], {}):
                known.setdefault(column(name), value)
        images = list(dict.fromkeys(self._addresses(line, known)))
        id_ = next((text for name in _ID if (text := _text(known.get(name)))), "") or "\n".join(images)
        if not id_:
            self.refuse(line, Reason.NOTHING_KNOWN)
            return
        product = self._products.setdefault(id_, _Product())
        product.images |= dict.fromkeys(images)
        if title := self._caption(line, _first(known, _TITLE)):
            product.titles[title] = None
        for review in (known, *_reviews(known)):
            own = review is not known
            if _first(review, _STARS) is None or not (said := _first(review, _SUMMARY if own else _OWN_SUMMARY)):
                continue
            if stars(_first(review, _STARS)) != 5:
                self.refuse(line, Reason.NOT_FIVE_STARS)
            elif summary := self._caption(line, said):
                if len(caption_tokens(summary)) >= LEAST_REVIEW_WORDS:
                    product.summaries[summary] = None
                else:
                    self.refuse(line, Reason.SHORT_REVIEW)

    def wanted(self) -> list[Wanted]:
        """The pictures, each address once, with the texts of all products that show it."""
        texts: dict[str, dict[str, Text]] = {}
        products: dict[str, list[str]] = {}
        for id_, product in self._products.items():
            said = self._said(product)
            if not product.images or not said:
                self.left_out[Reason.NO_TEXT if product.images else Reason.NO_PICTURE] += 1
                continue
            for image in product.images:
                products.setdefault(image, []).append(id_)
                for one in said:
                    texts.setdefault(image, {}).setdefault(comparable(one), Text(one))
        return [Wanted(url, tuple(said.values()), tuple(products[url])) for url, said in texts.items()]

    def reasons(self) -> Iterator[str]:
        """What was left out, a few words for each reason."""
        for reason, (noun, what) in REASONS.items():
            if number := self.left_out[reason]:
                where = f" (first in row {self.examples[reason]:,})" if reason in self.examples else ""
                yield f"{counted(number, noun)} {what}{where}"

    def _said(self, product: _Product) -> list[str]:
        titles = product.titles if self.captions is not Captions.REVIEWS else {}
        summaries = product.summaries if self.captions is not Captions.TITLES else {}
        return [*titles, *summaries]

    def _addresses(self, line: int, known: Mapping[str, Any]) -> Iterator[str]:
        for name in _IMAGE:
            for text in _texts(known.get(name), MAX_DEPTH):
                for part in _BETWEEN.split(text.strip()):
                    url = f"https:{part}" if part.startswith("//") else part
                    if url[:8].lower().startswith(("http://", "https://")) and len(url) <= MAX_URL_CHARS:
                        yield url
                    elif url:
                        self.refuse(line, Reason.BAD_ADDRESS)

    def _caption(self, line: int, value: Any) -> str:
        """A text as a caption; '' where it is none."""
        text = plain(_text(value))
        if len(text) > MAX_CAPTION_CHARS or len(text.split()) > MAX_CAPTION_WORDS:
            self.refuse(line, Reason.ENDLESS_TEXT)
            return ""
        return text if any(map(str.isalpha, text)) else ""


def column(name: str) -> str:
    """A column's name as it is compared: `g:image_link` and `Image Src` are image_link and image_src."""
    return _NOT_NAME.sub("_", name.lower().removeprefix("\ufeff").removeprefix("g:")).strip("_")


def known_columns(names: Iterable[str]) -> int:
    """How many of these columns mean something here; 0 unless there is one for pictures, or for products."""
    found = {column(name) for name in names}
    means = {*_IMAGE, *_TITLE, *_ID, *_REVIEWS, *_STARS, *_SUMMARY}
    return len(found & means) if found & {*_IMAGE, *_ID} else 0


def plain(text: str) -> str:
    """The words of a text that may hold HTML, in one line."""
    return collapse(storable(html.unescape(_TAG.sub(" ", text))))


def stars(value: Any) -> float | None:
    """How many stars of five: 5, '5.0', '5 out of 5 stars', '★★★★★'; None for what says no number."""
    text = _text(value)
    if text and set(text) <= {"★", "☆"}:
        return text.count("★")
    found = _STARS_TEXT.fullmatch(text)
    return float(f"{found[1]}.{found[2] or 0}") if found else None


def _reviews(known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The reviews in a row: a list, an object, or either as JSON in a cell."""
    for name in _REVIEWS:
        value = known.get(name)
        if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield {column(key): what for key, what in one.items() if isinstance(key, str)}


def _first(known: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((known[name] for name in names if name in known), None)


def _text(value: Any) -> str:
    return next(_texts(value, MAX_DEPTH), "").strip()


def _texts(value: Any, depth: int) -> Iterator[str]:
    """The texts in a value: itself, those of a list, the first known field of an object. JSON in a cell is read."""
    if isinstance(value, str):
        if depth and value.lstrip()[:1] in {"[", "{"}:
            try:
                yield from _texts(json.loads(value), depth - 1)
            except (ValueError, RecursionError):
                yield value
        else:
            yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{value:g}" if isinstance(value, float) else str(value)
    elif isinstance(value, list) and depth:
        for one in value:
            yield from _texts(one, depth - 1)
    elif isinstance(value, dict) and depth:
        known = {column(key): what for key, what in value.items()}
        yield from _texts(_first(known, _ADDRESS), depth - 1)
