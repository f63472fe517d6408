"""Where a page shows the very text that an image has. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.tokens import tokens

if TYPE_CHECKING:
    from core.records import Context

_SENTENCES = re.compile(r"(?<=[.!?:])\s+(?=[^\W\d_])|(?<=[。！？])")
_NUMBERING = 5  # words before a caption's own, a number among them: "Figure 3.12. "
# Of the places that `shown_where` names, those right beside the picture.
BESIDE = frozenset({"figure caption", "text beside", "row", "text before", "text behind"})


def shown_where(context: Context, page_title: str | None, alt: str) -> str | None:
    """Where the page shows the text although it is hidden in the image: no honest test of a draft."""
    words = tokens(alt)
    beside = {
        "figure caption": context.figcaption,
        "heading": context.heading,
        "product": context.product,
        "link": context.link_text,
        "link beside": context.beside_link,
        "text beside": context.label,
        "row": context.term,
        "text before": _SENTENCES.split(context.before or "")[-1],
        "text behind": _SENTENCES.split(context.after or "")[0],
        "title of the page": page_title,
    }
    for name, shown in beside.items():
        there = tokens(shown or "")
        before = there[: len(there) - len(words)]
        numbered = len(before) <= _NUMBERING and any(any(map(str.isdigit, word)) for word in before)
        if words and there[len(before) :] == words and (not before or numbered):
            return name
    return None
