"""What all rules on a whole site have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from core.identity.urls import file_name
from core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.site_facts import SiteFacts

SHOWN_CHARS = 60  # of a text or a file's name in a message
HEADING = "What only the whole site shows"

# Takes what is known of a site, gives (occurrence id, message that says what to do).
SiteCheck: TypeAlias = "Callable[[SiteFacts], Iterable[tuple[int, str]]]"


def shown_name(url: str) -> str:
    """What people call the picture at an address."""
    return shorten(file_name(url) or url, SHOWN_CHARS)
