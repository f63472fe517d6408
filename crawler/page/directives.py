"""What a page asks of crawlers: meta robots and X-Robots-Tag, one grammar for both.

The source is Google's "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications", which other search
engines follow: directives apart by commas, in a header after the name of the crawler they are for, if for one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DIRECTIVES = 50
MAX_DIRECTIVE_CHARS = 100
# What a page says of the use of its images; counted, since whoever captions them should know.
IMAGE_USE = ("noimageindex", "noai", "noimageai")

# A colon after one of these is the directive's own.
_WITH_VALUE = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
_NAMED = re.compile(r"\s*([\w-]+)\s*:\s*(.*)", re.S)
_COMMENT_PRODUCT = re.compile(r"compatible;\s*([A-Za-z][\w-]*)")
_PRODUCT = re.compile(r"[A-Za-z][\w-]*")


def product_token(user_agent: str) -> str:
    """The name by which robots.txt and directives mean this crawler (RFC 9309, 2.2.1).

    The first product of the user agent, or the one in `(compatible; NAME/1.0; ...)`.
    """
    found = _COMMENT_PRODUCT.search(user_agent)
    if found:
        return found[1]
    first = _PRODUCT.search(user_agent)
    return first[0] if first else user_agent


def directives_for(lines: Iterable[str], token: str) -> tuple[str, ...]:
    """The directives that apply to the crawler `token`: those for all, and those for it by name.

    A line is the value of one header or the content of one meta element, which has its crawler's name in front
    when it is for one: `noindex, nofollow` or `otherbot: nofollow`. Lower case, in order, no repeats, bounded.
    """
    found: dict[str, None] = {}
    for line in lines:
        applies = True
        for part in line.lower().split(","):
            directive = part.strip()
            named = _NAMED.match(directive)
            if named and named[1] not in _WITH_VALUE:
                # In a header, the name holds for what follows it, until the next name.
                applies, directive = named[1] == token.lower(), named[2].strip()
            if directive and applies:
                found[directive[:MAX_DIRECTIVE_CHARS]] = None
            if len(found) >= MAX_DIRECTIVES:
                return tuple(found)
    return tuple(found)


def may_follow(directives: Iterable[str]) -> bool:
    """Whether the links of a page with these directives may be followed."""
    return not {"nofollow", "none"} & set(directives)
