"""Which page a request names as the one that it comes from (Referer), as browsers do without being told otherwise.

That is the policy strict-origin-when-cross-origin (W3C Referrer Policy, 3.7): the whole address to the page's own
origin, the origin alone to others, and nothing from https to http.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.net.credentials import origin

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CHARS = 4096  # of a longer address the origin is named alone (8.4)


def page_named(pages: Sequence[str], url: str) -> str | None:
    """Which of the pages that show what is at an address is named: one of the same origin where there is one."""
    return next((page for page in pages if _same_origin(page, url)), pages[0] if pages else None)


def referer(page: str | None, url: str) -> str | None:
    """The Referer of a request for `url` that comes from `page`; None for none.

    After a redirect `page` is the Referer of the last request that had one: what was cut from it does not come back.
    """
    if page is None:
        return None
    try:
        parts = urlsplit(page)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or (parts.scheme == "https" and not url.startswith("https:")):
        return None
    site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    whole = site + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return whole if len(whole) <= MAX_CHARS and _same_origin(page, url) else f"{site}/"


def _same_origin(page: str, url: str) -> bool:
    try:
        return origin(page) == origin(url)
    except ValueError:
        return False
