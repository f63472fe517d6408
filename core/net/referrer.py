"""Which page a request names as the one that it comes from (Referer), as browsers do.

Where the page says nothing else, that is the policy strict-origin-when-cross-origin (W3C Referrer Policy, 3.7): the
whole address to the page's own origin, the origin alone to others, and nothing from https to http.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.net.credentials import origin
from core.referrer_policy import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CHARS = 4096  # of a longer address the origin is named alone (8.4)


_NOT_IN_THE_CLEAR = frozenset({DEFAULT, "strict-origin", "no-referrer-when-downgrade"})
_WHOLE = frozenset({"unsafe-url", "no-referrer-when-downgrade"})
_WHOLE_TO_ITS_OWN = frozenset({DEFAULT, "origin-when-cross-origin", "same-origin"})


def page_named(pages: Sequence[str], url: str) -> str | None:
    """Which of the pages that show what is at an address is named: one of the same origin where there is one."""
    return next((page for page in pages if _same_origin(page, url)), pages[0] if pages else None)


def referer(page: str | None, url: str, policy: str | None = None) -> str | None:
    """The Referer of a request for `url` that comes from `page`, by the page's policy; None for none.

    After a redirect `page` is the Referer of the last request that had one: what was cut from it does not come back.
    """
    if page is None:
        return None
    try:
        parts = urlsplit(page)
    except ValueError:
        return None
    policy = policy or DEFAULT
    if parts.scheme not in {"http", "https"} or policy == "no-referrer":
        return None
    if parts.scheme == "https" and not url.startswith("https:") and policy in _NOT_IN_THE_CLEAR:
        return None
    same = _same_origin(page, url)
    if policy == "same-origin" and not same:
        return None
    site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    whole = site + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_whole = policy in _WHOLE or (same and policy in _WHOLE_TO_ITS_OWN)
    return whole if is_whole and len(whole) <= MAX_CHARS else f"{site}/"


def _same_origin(page: str, url: str) -> bool:
    try:
        return origin(page) == origin(url)
    except ValueError:
        return False
