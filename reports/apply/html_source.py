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
_TAG_NAME = re.compile(r"<[^\s/>]+")


@dataclass(frozen=True, slots=True)
class ImageTag:
    """A start tag that may have an alt text."""

    start: int  # of the tag in the source
    raw: str
    element: str
    alt: str | None
    addresses: frozenset[str]  # values of its attributes, and the candidates of a srcset


class _Images(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[ImageTag] = []
        self._lines = [0]
        for match in re.finditer("\n", source):
            self._lines.append(match.end())
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
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
        self.found.append(ImageTag(start, raw, tag, alt, frozenset(addresses)))


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
        for address in tag.addresses:
            tags[address].append(tag)
    by_src: defaultdict[str, list[DecidedPlace]] = defaultdict(list)
    for place in places:
        by_src[(place.src or "").strip()].append(place)
    plan = Plan()
    for src, members in by_src.items():
        found = tags.get(src, []) if src else []
        for number, place in enumerate(members):
            if place.text is None:
                continue
            if len(found) != len(members):
                plan.refused.append((Reason.NOT_THERE if not found else Reason.CHANGED, place.image_url or src))
                continue
            tag = found[number]
            if tag.alt == place.text:
                plan.there += 1
            elif tag.alt != place.alt:
                plan.refused.append((Reason.CHANGED, place.image_url or src))
            else:
                plan.edits.append(with_alt(tag, place.text))
    return plan
