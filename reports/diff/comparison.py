"""What happened on a site from one crawl to another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import TYPE_CHECKING

from core.records import NEEDS_TEXT
from reports.diff.folding import Event, Kind, fold
from store.diff import Difference, differences, replacements, standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from reports.diff.folding import FoldedChange
    from store.diff import CrawlName, Replacement


@dataclass(slots=True)
class Tally:
    """The numbers of a comparison: before - vanished + new + returned = after."""

    before: int  # occurrences that stood after the earlier crawl
    after: int
    kinds: Counter[str] = field(default_factory=Counter)  # occurrences; a changed picture is new and vanished, too
    new_needing_text: int = 0
    to_mend: Counter[Kind] = field(default_factory=Counter)  # occurrences of folded changes that need a text now

    def as_json(self) -> dict[str, int]:
        """Every number by its name."""
        return {
            "before": self.before,
            "after": self.after,
            **{kind: self.kinds[kind] for kind in Kind},
            "new_needing_text": self.new_needing_text,
        }


def change_kind(difference: Difference) -> Kind:
    """What happened to one occurrence."""
    before, after = difference.before.classification, difference.after.classification
    if after is None:
        return Kind.VANISHED
    if before is None:
        return Kind.NEW if difference.first_seen else Kind.RETURNED
    if difference.before.alt == difference.after.alt:
        return Kind.JUDGED
    if (before in NEEDS_TEXT) == (after in NEEDS_TEXT):
        return Kind.EDITED
    return Kind.FIXED if before in NEEDS_TEXT else Kind.REGRESSED


class Comparison:
    """What happened on a site from one crawl to another. Holds the changes of one image at a time."""

    def __init__(self, session: Session, site_id: int, earlier: CrawlName, later: CrawlName) -> None:
        self.site, self.earlier, self.later = later.site, earlier, later
        self._session = session
        self.tally = Tally(standing(session, site_id, earlier.id), standing(session, site_id, later.id))
        self._ids = (site_id, earlier.id, later.id)

    def changes(self) -> Iterator[FoldedChange]:
        """Every change, folded, image by image; `tally` is complete when it ends."""
        replaced: set[int] = set()
        self.tally.kinds.clear()
        self.tally.to_mend.clear()
        self.tally.new_needing_text = 0
        for change in chain(fold(self._replacements(replaced)), fold(self._differences(replaced))):
            self.tally.to_mend[change.kind] += change.occurrences if change.needs_text else 0
            yield change

    def _replacements(self, replaced: set[int]) -> Iterator[Event]:
        for replacement in replacements(self._session, *self._ids):
            if replacement.old_occurrence_id in replaced or replacement.new_occurrence_id in replaced:
                continue
            replaced |= {replacement.old_occurrence_id, replacement.new_occurrence_id}
            self.tally.kinds[Kind.PICTURE] += 1
            yield _replacement(replacement)

    def _differences(self, replaced: set[int]) -> Iterator[Event]:
        for difference in differences(self._session, *self._ids):
            kind = change_kind(difference)
            self.tally.kinds[kind] += 1
            self.tally.new_needing_text += kind is Kind.NEW and difference.after.classification in NEEDS_TEXT
            if difference.occurrence_id not in replaced:
                yield Event(
                    kind,
                    difference.image_url,
                    None,
                    difference.selector,
                    difference.before,
                    difference.after,
                    difference.page_id,
                    difference.page_url,
                )

    def pages(self) -> Iterator[tuple[str, Counter[str]]]:
        """(URL, occurrences by kind) of every page on which something happened."""
        ordered = differences(self._session, *self._ids, by_page=True)
        for _, members in groupby(ordered, key=lambda difference: difference.page_id):
            first = next(members)
            yield first.page_url, Counter(change_kind(member) for member in chain([first], members))


def _replacement(replacement: Replacement) -> Event:
    return Event(
        Kind.PICTURE,
        replacement.new_image_url,
        replacement.old_image_url,
        replacement.selector,
        replacement.before,
        replacement.after,
        replacement.page_id,
        replacement.page_url,
    )
