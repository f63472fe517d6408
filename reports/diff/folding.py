"""What is the same on many pages is one change.

A template shows its logo on every page; so changes are folded that concern the same image, are of the same
kind, lead from the same text to the same text, and stand in places that only their numbers tell apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from core.records import NEEDS_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.changes import State

EXAMPLES = 5  # pages named of one change
_NUMBER = re.compile(r":nth-of-type\(\d+\)")


class Kind(StrEnum):
    """What happened, in order of importance."""

    REGRESSED = "regressed"  # was fine, needs a text now
    NEW = "new"
    PICTURE = "changed_picture"  # another picture under the old text
    RETURNED = "returned"
    FIXED = "fixed"  # needed a text, and does no more
    VANISHED = "vanished"
    EDITED = "edited"  # another text or classification, as fine or as bad as before
    JUDGED = "judged_otherwise"  # the same text: other rules, or something else beside it


@dataclass(frozen=True, slots=True)
class FoldedChange:
    """One change, on as many pages as it is the same."""

    kind: Kind
    image_url: str | None
    image_url_before: str | None
    place: str  # CSS selector without positions
    before: State
    after: State
    pages: int
    occurrences: int
    examples: tuple[str, ...]  # URLs of the first pages

    @property
    def needs_text(self) -> bool:
        """Whether there is something to do now."""
        return self.after.classification in NEEDS_TEXT


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one occurrence."""

    kind: Kind
    image_url: str | None
    image_url_before: str | None
    selector: str
    before: State
    after: State
    page_id: int
    page_url: str

    @property
    def run(self) -> tuple[str | None, str | None]:
        """What events that can be one change have in common, and stand together by."""
        return self.image_url, self.image_url_before


def fold(events: Iterable[Event]) -> Iterator[FoldedChange]:
    """Events of one image follow one another, and among them those of one page."""
    for (image_url, image_url_before), members in groupby(events, key=lambda event: event.run):
        groups: dict[tuple[Kind, str, State, State], _Group] = {}
        for event in members:
            key = event.kind, _NUMBER.sub("", event.selector), event.before, event.after
            groups.setdefault(key, _Group()).add(event)
        for (kind, place, before, after), group in groups.items():
            yield FoldedChange(
                kind,
                image_url,
                image_url_before,
                place,
                before,
                after,
                group.pages,
                group.occurrences,
                tuple(group.examples),
            )


@dataclass(slots=True)
class _Group:
    pages: int = 0
    occurrences: int = 0
    examples: list[str] = field(default_factory=list)
    _last_page: int | None = None

    def add(self, event: Event) -> None:
        self.occurrences += 1
        if event.page_id != self._last_page:
            self._last_page = event.page_id
            self.pages += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(event.page_url)
