"""A comparison for people."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

from core.text import counted, shorten
from reports.diff.folding import EXAMPLES, Kind
from reports.diff.largest import Largest

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from reports.diff.comparison import Comparison
    from reports.diff.folding import FoldedChange
    from store.changes import State

TEXT_CHANGES = 10  # of a kind
TEXT_PAGES = 10

HEADINGS = {
    Kind.REGRESSED: "Regressed: was fine, needs a text now",
    Kind.NEW: "New",
    Kind.PICTURE: "Another picture under the old text",
    Kind.RETURNED: "Came back",
    Kind.FIXED: "Fixed: needed a text, and does no more",
    Kind.VANISHED: "Vanished",
    Kind.EDITED: "Edited, neither fixed nor broken",
    Kind.JUDGED: "Judged otherwise: the same text, by other rules or beside something else",
}


def text_lines(comparison: Comparison) -> Iterator[str]:
    """The comparison for people: the numbers, then the largest changes of each kind, then the pages."""
    largest = Largest(TEXT_CHANGES)
    for change in comparison.changes():
        largest.add(change)
    yield from _summary(comparison)
    for kind in Kind:
        number = largest.changes[kind]
        if number:
            yield f"\n{HEADINGS[kind]}: {counted(number, 'change')} in {counted(largest.places[kind], 'place')}"
            for change in largest.of(kind):
                yield from _change_lines(change)
            yield from _more(number - TEXT_CHANGES, "changes")
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


def _change_lines(change: FoldedChange) -> Iterator[str]:
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
