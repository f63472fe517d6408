"""What came in the place of a picture, in words by which its owner knows it. Pure."""

from __future__ import annotations

import html
import re

from core.errors import ImageError
from core.text import shorten, storable

_TITLE = re.compile(rb"<title[^<>]{0,200}>([^<]{1,500})", re.I)
_FIRST_BYTES = 65_536
_LOGIN = re.compile(rb"<input[^<>]{0,500}type\s{0,4}=\s{0,4}[\"']?password", re.I)
MAX_TITLE_CHARS = 80


def in_words(failure: ImageError, data: bytes, led_to: str | None) -> ImageError:
    """The same failure; of a page, with its title, whether it is a login, and where redirects have led to it."""
    if failure.code != "html":
        return failure
    head, words = data[:_FIRST_BYTES], []
    if (title := _TITLE.search(head)) is not None:
        words.append(f'"{shorten(storable(html.unescape(title[1].decode("utf-8", "replace"))), MAX_TITLE_CHARS)}"')
    if _LOGIN.search(head):
        words.append("it asks for a password")
    if led_to is not None:
        words.append(f"redirected to {shorten(led_to, 200)}")
    return ImageError(failure.stage, failure.code, f"{failure.message} ({', '.join(words)})") if words else failure
