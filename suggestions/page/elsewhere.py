"""What a site says of the same picture in other places. Pure.

Nobody knows better what to say of it than who wrote a text for it on this very site. In a link the text is that of the
link, so only places that lead to the same page have it; what a button does, its picture does not tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.languages import UNDETERMINED
from core.text import comparable
from suggestions.captions.languages import is_spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.own_alts import Elsewhere
    from store.suggestions import ContextGroup

_MOST = 3  # texts of one picture


def texts_elsewhere(group: ContextGroup) -> Iterator[tuple[str, bool]]:
    """The texts, the most used first, and whether nothing is left to choose: all places of the picture say the same."""
    fitting = [one for one in group.elsewhere if _fits(one, group)]
    texts: dict[str, Elsewhere] = {}
    for one in fitting:
        texts.setdefault(comparable(one.alt), one)
    for one in list(texts.values())[:_MOST]:
        yield one.alt.strip(), len(texts) == 1 and one.same and one.language == group.language != UNDETERMINED


def _fits(one: Elsewhere, group: ContextGroup) -> bool:
    if one.functional != group.functional or group.functional == "button":
        return False
    if group.functional is not None and {one.link_url} != {context.link_url for context in group.contexts}:
        return False
    if UNDETERMINED in {one.language, group.language}:
        return True
    return one.language == group.language and is_spoken(one.alt, group.language)
