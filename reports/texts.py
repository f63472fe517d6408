"""Texts and addresses from the web, made fit to be shown. Escaping is the template's business."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.identity.urls import file_name

SHOWN_CHARS = 300

_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Link:
    """An address to show; href is None where it is not one that a click may follow."""

    text: str
    href: str | None


def link(url: str, text: str | None = None) -> Link:
    """Only http and https addresses become links, never javascript: or data: ones."""
    return Link(bounded(text or url), url if is_web_address(url) else None)


def is_web_address(url: str) -> bool:
    """Whether this is an absolute http(s) address as it stands.

    White space and controls would be dropped by a browser, which may then see another scheme than we do.
    """
    if _SPACE_OR_CONTROL.search(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def bounded(text: str, limit: int = SHOWN_CHARS) -> str:
    """The text, cut where it would flood the page. White space stays: it may be what is wrong."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def image_name(url: str) -> str:
    """What an editor would call this image: the file name where there is one."""
    if url.startswith("data:"):
        return "picture inside the page"
    try:
        name = file_name(url)
    except ValueError:
        name = None
    return bounded(name or url, 80)
