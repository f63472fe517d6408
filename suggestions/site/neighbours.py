"""What the images beside a group's places come to say once drafts are put into their pages. Pure.

Drafts are made in the order of the images' ids and, of one image, of its context keys, and each heeds those before it:
so two neighbours never wait for each other, and the same store gives the same drafts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rules.judge import put_into

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.records import Occurrence
    from store.suggestions import ContextGroup, Neighbour

# Before and after a place; None where its page begins or ends.
Beside: TypeAlias = "tuple[Occurrence | None, Occurrence | None]"


def beside(group: ContextGroup, drafted: Mapping[tuple[int, int, str], str | None]) -> tuple[Beside, ...]:
    """What stands before and after each place of a group.

    `drafted` holds texts, by (site id, image id, context key), that are newer than the stored ones. A neighbour has
    what a person decided for it or what was drafted before this one, else what the page says now.
    """

    def later(neighbour: Neighbour | None) -> Occurrence | None:
        if neighbour is None:
            return None
        image_id, text = neighbour.image_id, neighbour.suggested
        if image_id is None or not neighbour.needs_text:
            return neighbour.occurrence
        drafted_before = (image_id, neighbour.context_key) < (group.image_id, group.context_key)
        if not (neighbour.decided or drafted_before):
            return neighbour.occurrence
        if not neighbour.decided:
            text = drafted.get((group.site_id, image_id, neighbour.context_key), text)
        return put_into(neighbour.occurrence, text) if text else neighbour.occurrence

    return tuple((later(before), later(after)) for before, after in group.neighbours)


def with_own(group: ContextGroup, places: tuple[Beside, ...], text: str) -> tuple[Beside, ...]:
    """The same with `text` in the neighbours that are of this very group: a picture that stands twice in a row."""
    own = (group.image_id, group.context_key)

    def filled(neighbour: Neighbour | None, occurrence: Occurrence | None) -> Occurrence | None:
        if neighbour is None or occurrence is None or not neighbour.needs_text:
            return occurrence
        if (neighbour.image_id, neighbour.context_key) != own:
            return occurrence
        return put_into(occurrence, text)

    return tuple(
        (filled(known[0], now[0]), filled(known[1], now[1]))
        for known, now in zip(group.neighbours, places, strict=True)
    )
