"""Two crawls compared, for people and for scripts: what is the same on many pages is one change.

A template shows its logo on every page; so changes are folded that concern the same image, are of the same
kind, lead from the same text to the same text, and stand in places that only their numbers tell apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from heapq import nlargest
from itertools import chain, groupby
from typing import TYPE_CHECKING, TextIO

from core.records import NEEDS_TEXT
from core.text import counted, shorten
from store.diff import Difference, differences, replacements, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from store.changes import State
    from store.diff import CrawlName, Replacement

EXAMPLES = 5  # pages named of one change
TEXT_CHANGES = 10  # of a kind, in the text for people
TEXT_PAGES = 10
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


HEADINGS = {
    Kind.REGRESSED: "Regressed: was fine, needs a text now",
    Kind.NEW: "New",
    Kind.PICTURE: "Another picture under the old text",
    Kind.RETURNED: "Came back",
    Kind.FIXED: "Fixed: needed a text, and does no more",
    Kind.VANISHED: "Vanished",
    Kind.EDITED: "Edited, neither fixed nor broken",
}


@dataclass(frozen=True, slots=True)
class Change:
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


@dataclass(slots=True)
class Tally:
    """The numbers of a comparison: before - vanished + new + returned = after."""

    before: int  # occurrences that stood after the earlier crawl
    after: int
    kinds: Counter[str] = field(default_factory=Counter)  # occurrences; a changed picture is new and vanished, too
    new_needing_text: int = 0

    def as_json(self) -> dict[str, int]:
        """Every number by its name."""
        return {
            "before": self.before,
            "after": self.after,
            **{kind: self.kinds[kind] for kind in Kind},
            "new_needing_text": self.new_needing_text,
        }


def kind_of(difference: Difference) -> Kind:
    """What happened to one occurrence."""
    before, after = difference.before.classification, difference.after.classification
    if after is None:
        return Kind.VANISHED
    if before is None:
        return Kind.NEW if difference.first_seen else Kind.RETURNED
    if (before in NEEDS_TEXT) == (after in NEEDS_TEXT):
        return Kind.EDITED
    return Kind.FIXED if before in NEEDS_TEXT else Kind.REGRESSED


@dataclass(frozen=True, slots=True)
class _Event:
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
        return self.image_url, self.image_url_before


class Comparison:
    """What happened on a site from one crawl to another. Holds the changes of one image at a time."""

    def __init__(self, session: Session, site_id: int, earlier: CrawlName, later: CrawlName) -> None:
        self.site, self.earlier, self.later = later.site, earlier, later
        self._session = session
        self.tally = Tally(standing(session, site_id, earlier.id), standing(session, site_id, later.id))
        self._ids = (site_id, earlier.id, later.id)

    def changes(self) -> Iterator[Change]:
        """Every change, folded, image by image; `tally` is complete when it ends."""
        replaced: set[int] = set()
        self.tally.kinds.clear()
        self.tally.new_needing_text = 0
        yield from _fold(self._replacements(replaced))
        yield from _fold(self._differences(replaced))

    def _replacements(self, replaced: set[int]) -> Iterator[_Event]:
        for found in replacements(self._session, *self._ids):
            if found.old_occurrence_id in replaced or found.new_occurrence_id in replaced:
                continue
            replaced |= {found.old_occurrence_id, found.new_occurrence_id}
            self.tally.kinds[Kind.PICTURE] += 1
            yield _replacement(found)

    def _differences(self, replaced: set[int]) -> Iterator[_Event]:
        for found in differences(self._session, *self._ids):
            kind = kind_of(found)
            self.tally.kinds[kind] += 1
            self.tally.new_needing_text += kind is Kind.NEW and found.after.classification in NEEDS_TEXT
            if found.occurrence_id not in replaced:
                yield _Event(
                    kind,
                    found.image_url,
                    None,
                    found.selector,
                    found.before,
                    found.after,
                    found.page_id,
                    found.page_url,
                )

    def pages(self) -> Iterator[tuple[str, Counter[str]]]:
        """(URL, occurrences by kind) of every page on which something happened."""
        found = differences(self._session, *self._ids, by_page=True)
        for _, members in groupby(found, key=lambda difference: difference.page_id):
            first = next(members)
            yield first.page_url, Counter(kind_of(member) for member in chain([first], members))


def _replacement(found: Replacement) -> _Event:
    return _Event(
        Kind.PICTURE,
        found.new_image_url,
        found.old_image_url,
        found.selector,
        found.before,
        found.after,
        found.page_id,
        found.page_url,
    )


def _fold(events: Iterable[_Event]) -> Iterator[Change]:
    """Events of one image follow one another, and among them those of one page."""
    for (image_url, image_url_before), members in groupby(events, key=lambda event: event.run):
        groups: dict[tuple[Kind, str, State, State], _Group] = {}
        for event in members:
            key = event.kind, _NUMBER.sub("", event.selector), event.before, event.after
            groups.setdefault(key, _Group()).add(event)
        for (kind, place, before, after), group in groups.items():
            yield Change(
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

    def add(self, event: _Event) -> None:
        self.occurrences += 1
        if event.page_id != self._last_page:
            self._last_page = event.page_id
            self.pages += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(event.page_url)


def write_json(comparison: Comparison, out: TextIO) -> None:
    """One JSON object, written as it is read: crawls, changes, pages, and the numbers at the end."""
    crawls = {
        name: {"crawl": crawl.id, "finished_at": crawl.finished_at.isoformat()}
        for name, crawl in (("from", comparison.earlier), ("to", comparison.later))
    }
    out.write(json.dumps({"site": comparison.site, **crawls}, ensure_ascii=False)[:-1])
    changes = ({**asdict(change), "needs_text": change.needs_text} for change in comparison.changes())
    _write_list(out, "changes", changes)
    _write_list(out, "pages", ({"url": url, **kinds} for url, kinds in comparison.pages()))
    out.write(f',\n"counts": {json.dumps(comparison.tally.as_json())}}}\n')


def _write_list(out: TextIO, name: str, rows: Iterable[dict[str, object]]) -> None:
    out.write(f',\n"{name}": [')
    for number, row in enumerate(rows):
        out.write((",\n" if number else "\n") + json.dumps(row, ensure_ascii=False))
    out.write("]")


def text_lines(comparison: Comparison) -> Iterator[str]:
    """The comparison for people: the numbers, then the largest changes of each kind, then the pages."""
    largest: dict[Kind, list[tuple[int, int, Change]]] = {kind: [] for kind in Kind}
    folded: Counter[Kind] = Counter()
    places: Counter[Kind] = Counter()
    for number, change in enumerate(comparison.changes()):
        folded[change.kind] += 1
        places[change.kind] += change.occurrences
        # What needs a text comes first; `-number` keeps the order among equals, and changes out of comparisons.
        rank = change.pages + (1 << 40 if change.needs_text else 0)
        kept = largest[change.kind]
        kept.append((rank, -number, change))
        if len(kept) > 10 * TEXT_CHANGES:
            largest[change.kind] = nlargest(TEXT_CHANGES, kept)
    yield from _summary(comparison)
    for kind in Kind:
        if folded[kind]:
            yield f"\n{HEADINGS[kind]}: {counted(folded[kind], 'change')} in {counted(places[kind], 'place')}"
            for _, _, change in nlargest(TEXT_CHANGES, largest[kind]):
                yield from _change_lines(change)
            yield from _more(folded[kind] - TEXT_CHANGES, "changes")
    pages = 0
    busiest: list[tuple[int, int, str, Counter[str]]] = []
    for url, kinds in comparison.pages():
        pages += 1
        busiest.append((kinds.total(), -pages, url, kinds))
        if len(busiest) > 10 * TEXT_PAGES:
            busiest = nlargest(TEXT_PAGES, busiest)
    if pages:
        yield f"\nPages with changes: {pages:,}"
        for _, _, url, kinds in nlargest(TEXT_PAGES, busiest):
            yield f"  {_shown(url)}  " + ", ".join(f"{kinds[kind]} {kind}" for kind in Kind if kinds[kind])
        yield from _more(pages - TEXT_PAGES, "pages")


def _summary(comparison: Comparison) -> Iterator[str]:
    tally, kinds = comparison.tally, comparison.tally.kinds
    for name, crawl in (("from", comparison.earlier), ("to  ", comparison.later)):
        yield f"{name} crawl {crawl.id} of {comparison.site}, {crawl.finished_at:%Y-%m-%d %H:%M} UTC"
    yield (
        f"places with an image: {tally.before:,} - {kinds[Kind.VANISHED]:,} vanished + {kinds[Kind.NEW]:,} new"
        f" + {kinds[Kind.RETURNED]:,} back = {tally.after:,}"
    )
    yield (
        f"{kinds[Kind.FIXED]:,} fixed, {kinds[Kind.REGRESSED]:,} regressed, {tally.new_needing_text:,} of the new"
        f" need a text, {kinds[Kind.PICTURE]:,} of the new replace a picture under its old text"
    )


def _change_lines(change: Change) -> Iterator[str]:
    on = counted(change.pages, "page")
    yield f"  {on}: {_shown(change.image_url or 'no address')}  {_shown(change.place)}"
    if change.image_url_before is not None:
        yield f"    was {_shown(change.image_url_before)}"
    states = [_state(state) for state in (change.before, change.after) if state.classification is not None]
    yield "    " + " -> ".join(dict.fromkeys(states))
    yield f"    on {', '.join(_shown(url) for url in change.examples)}" + (", ..." if change.pages > EXAMPLES else "")


def _state(state: State) -> str:
    alt = "no alt" if state.alt is None else f'alt="{_shown(state.alt)}"'
    return f"{alt} ({state.classification})"


def _shown(text: str) -> str:
    """A text of the web on a terminal: short, and without what would move the cursor."""
    return "".join(char if char.isprintable() else "\ufffd" for char in shorten(text, 120))


def _more(number: int, what: str) -> Iterator[str]:
    if number > 0:
        yield f"  and {number:,} more {what}; --format json has them all"
