"""The start tag of an image as it is kept: bounded, and written so that it can be read again."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import islice
from typing import TYPE_CHECKING

from core.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CHARS = 400
MAX_ATTRIBUTES = 30
MAX_VALUE_CHARS = 120
_REFERENCES = str.maketrans({"&": "&amp;", '"': "&quot;"})


def start_tag(name: str, attributes: Iterable[tuple[str, str]]) -> str:
    """`<img src="a.jpg" alt="">`; what is over the limits is cut."""
    written = (f' {key}="{value[:MAX_VALUE_CHARS].translate(_REFERENCES)}"' for key, value in attributes)
    return storable(f"<{name}{''.join(islice(written, MAX_ATTRIBUTES))}>"[:MAX_CHARS])


def is_whole(tag: str) -> bool:
    """Whether a tag can be put into a page as it stands: nothing of it was cut, and none of it runs a script."""
    if len(tag) >= MAX_CHARS:
        return False
    reader = _Tags()
    reader.feed(tag)
    reader.close()
    if len(reader.found) != 1:
        return False
    name, attributes = reader.found[0]
    return (
        tag == start_tag(name, attributes)  # one that was kept with quotes as they were may mean something else
        and len(attributes) < MAX_ATTRIBUTES
        and all(len(value) < MAX_VALUE_CHARS and not key.startswith("on") for key, value in attributes)
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, list[tuple[str, str]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [(name, value or "") for name, value in attrs]))
