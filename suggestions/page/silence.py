"""Where an empty alt is what there is to propose: the page says it all beside the picture. Pure.

W3C's decision tree: a picture whose meaning stands in the text beside it, or that is one of several which tell
something together, has an empty alt. It is always for a person to say so.
https://www.w3.org/WAI/tutorials/images/groups/
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from core.records import Classification, Draft, SuggestionReason, SuggestionSource
from rules.judge import judge, put_into
from suggestions.page.page_texts import file_words
from suggestions.word_lists import word_list

if TYPE_CHECKING:
    from core.records import Occurrence
    from rules.rule_options import RuleOptions
    from store.suggestions import ContextGroup, Neighbour
    from suggestions.site.neighbours import Beside

_ICON_PX = 64  # the longest side of what only decorates the words beside it
_NUMBER = re.compile(r"\d")


def silent(group: ContextGroup, places: tuple[Beside, ...], rules: RuleOptions, reason: SuggestionReason) -> Draft:
    """An empty alt where no rule has anything against one in these places, else no text; for this reason."""
    for place, (before, _) in zip(group.occurrences, places, strict=True):
        judged = judge(put_into(place, ""), before, rules)
        if judged.classification is not Classification.DECORATIVE or judged.findings:
            return Draft(None, SuggestionSource.NONE, reason)
    return Draft("", SuggestionSource.EMPTY, reason)


def goes_with_words(group: ContextGroup) -> bool:
    """Whether the picture stands with words of its own: as small as an icon, or in a link or button with a text."""
    return all(
        _is_small(place)
        or (place.interactive is not None and place.functional is None and place.context.link_text is not None)
        for place in group.occurrences
    )


def is_one_of_a_row(group: ContextGroup) -> bool:
    """Whether the picture is one of several alike in a row, as the stars of a rating: they have one meaning together.

    That is a small one right beside itself, and a star beside another; in a link or button each has its own text.
    """
    return group.functional is None and all(
        any(_is_alike(place, other, group.image_id) for other in beside)
        for place, beside in zip(group.occurrences, group.neighbours, strict=True)
    )


def is_told(group: ContextGroup) -> bool:
    """Whether a number stands beside all places: how many there are."""
    return all(
        _NUMBER.search(" ".join(filter(None, (place.context.passage, place.context.surrounding)))) is not None
        for place in group.occurrences
    )


def _is_alike(place: Occurrence, other: Neighbour | None, image_id: int) -> bool:
    """Whether what stands beside a picture, in the same block, goes with it."""
    if other is None or other.occurrence.context.surrounding != place.context.surrounding:
        return False
    if other.image_id == image_id:
        return _is_small(place) or _is_star(place)
    return _is_star(place) and _is_star(other.occurrence)


def _is_small(place: Occurrence) -> bool:
    return 0 < max(place.width or 0, place.height or 0) <= _ICON_PX


def _is_star(place: Occurrence) -> bool:
    return not _rating().isdisjoint(file_words(place))


@cache
def _rating() -> frozenset[str]:
    return frozenset(word for words in word_list("common")["rating"].values() for word in words)
