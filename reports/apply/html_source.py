"""Images in the source of a page, and their alt attributes as pieces of it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from core.records import ALT_ELEMENTS
from reports.apply.edits import Edit, Plan, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.decided_places import DecidedPlace

_ATTRIBUTE = re.compile(r"""(?P<name>[^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']*))?""")
_REFERENCES = str.maketrans({"&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;", "{": "&#123;", "}": "&#125;"})
_AREAS = frozenset({"area"})  # those of image maps have no address of a picture: they are told by their order
_TAG_NAME = re.compile(r"<[^\s/>]+")


@dataclass(frozen=True, slots=True)
class ImageTag:
    """A start tag that may have an alt text."""

    start: int  # of the tag in the source
    raw: str
    element: str
    alt: str | None
    addresses: frozenset[str]  # values of its attributes, and the candidates of a srcset
    twin: bool = False  # in a noscript: the image before it, for those who run no scripts


class _Images(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[ImageTag] = []
        self._in_noscript = False
        self._lines = [0]
        for match in re.finditer("\n", source):
            self._lines.append(match.end())
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_noscript |= tag == "noscript"
        raw = self.get_starttag_text()
        if tag not in ALT_ELEMENTS or raw is None:
            return
        line, column = self.getpos()
        values: dict[str, str | None] = {}
        for name, value in attrs:
            values.setdefault(name, value)  # of two attributes of one name the first counts
        addresses = {value.strip() for value in values.values() if value}
        for name, value in values.items():
            if value and name.endswith("srcset"):
                addresses.update(candidate.split()[0] for candidate in value.split(",") if candidate.strip())
        alt = (values["alt"] or "") if "alt" in values else None
        start = self._lines[line - 1] + column
        self.found.append(ImageTag(start, raw, tag, alt, frozenset(addresses), self._in_noscript))

    def handle_endtag(self, tag: str) -> None:
        self._in_noscript &= tag != "noscript"


def image_tags(source: str) -> list[ImageTag]:
    """The images of a page in the order of its source; not those in comments and scripts."""
    return _Images(source).found


def with_alt(tag: ImageTag, text: str) -> Edit:
    """The edit that gives a tag this text and leaves all else of it as it is."""
    after_name = _TAG_NAME.match(tag.raw)
    at = after_name.end() if after_name is not None else 0
    value = f'"{escaped(text)}"'
    for attribute in _ATTRIBUTE.finditer(tag.raw, at):
        if attribute["name"].lower() == "alt":
            return Edit(tag.start + attribute.start(), tag.start + attribute.end(), f"{attribute['name']}={value}")
    return Edit(tag.start + at, tag.start + at, f" alt={value}")


def escaped(text: str) -> str:
    """A text as the value of a quoted attribute, in which no template engine finds anything to do."""
    one_line = " ".join(text.split()) if "\n" in text or "\r" in text else text
    return one_line.translate(_REFERENCES)


def plan_page(source: str, places: Sequence[DecidedPlace]) -> Plan:
    """What is to be done in the source of a page with these places.

    The nth tag of an address is the nth place of it. Where there are more or fewer of them than places, the page is not
    the one that was crawled; where another text stands than the crawl saw, somebody has changed it meanwhile.
    """
    tags: defaultdict[str, list[ImageTag]] = defaultdict(list)
    for tag in image_tags(source):
        for address in _AREAS if tag.element == "area" else tag.addresses:
            tags[address].append(tag)
    by_address: defaultdict[str, list[DecidedPlace]] = defaultdict(list)
    plan = Plan()
    for place in places:
        if place.element == "area":
            by_address[next(iter(_AREAS))].append(place)
        elif place.element in ALT_ELEMENTS and place.src:
            by_address[place.src.strip()].append(place)
        elif place.text is not None:
            plan.refused.append((Reason.NO_ALT, place.image_url or place.src or ""))
    for address, members in by_address.items():
        _plan_address(plan, tags[address], members)
    return plan


def _plan_address(plan: Plan, found: Sequence[ImageTag], places: Sequence[DecidedPlace]) -> None:
    shown = found
    if len(found) != len(places):
        shown = [tag for tag in found if not tag.twin]
    for number, place in enumerate(places):
        if place.text is None:
            continue
        image = place.image_url or place.src or ""
        if len(shown) != len(places):
            plan.refused.append((Reason.CHANGED if found else Reason.NOT_THERE, image))
        elif shown[number].alt == place.text:
            plan.there += 1
        elif shown[number].alt != place.alt:
            plan.refused.append((Reason.CHANGED, image))
        else:
            tag = shown[number]
            following = shown[number + 1].start if number + 1 < len(shown) else None
            twins = [
                twin
                for twin in found
                if twin not in shown and twin.alt == tag.alt and tag.start < twin.start < (following or twin.start + 1)
            ]
            plan.edits += [with_alt(one, place.text) for one in (tag, *twins)]
            plan.texts += 1
