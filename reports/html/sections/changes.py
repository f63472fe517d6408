"""What happened on the site since the crawl before, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Classification
from core.text import counted
from reports.diff.folding import Kind
from reports.html.labels import CLASSIFICATION_LABELS
from reports.html.numbers import date, number
from reports.html.section import Section
from reports.texts import Link, bounded, image_name, link
from store.crawl_facts import last_figures, run_otherwise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.diff.comparison import Tally
    from reports.diff.folding import FoldedChange
    from reports.html.sources import Changes, ReportSources
    from store.changes import State

_LABELS = {
    Kind.REGRESSED: ("Regressed", "Was fine, and needs a text now."),
    Kind.NEW: ("New", "Stands where no image was before."),
    Kind.PICTURE: ("Another picture", "The text of the one before it still stands: check that it fits."),
    Kind.RETURNED: ("Came back", "Was gone, and stands there again."),
    Kind.FIXED: ("Fixed", "Needed a text, and does no more."),
    Kind.VANISHED: ("Gone", "Its place or its page is no longer there."),
    Kind.EDITED: ("Edited", "Another text, neither better nor worse by the rules."),
    Kind.JUDGED: ("Judged otherwise", "The same text: other rules, or something else beside it."),
}


@dataclass(frozen=True, slots=True)
class OneChange:
    """What happened to one image, on as many pages as it is the same."""

    name: str
    image: Link | None
    before: str | None
    after: str | None
    to_mend: bool
    page: Link
    more_pages: str | None


@dataclass(frozen=True, slots=True)
class KindOfChange:
    """All of a kind, the first few by name."""

    key: str
    label: str
    explanation: str
    changes: str
    places: str
    to_mend: str | None
    named: tuple[OneChange, ...]
    left: str | None


@dataclass(frozen=True, slots=True)
class SinceLastCrawl:
    """The two crawls, and what lies between them; `since` None: there was none before."""

    since: str | None
    warnings: tuple[str, ...]  # why the two do not compare well
    sum: str
    kinds: tuple[KindOfChange, ...]


def since_last_crawl(sources: ReportSources) -> SinceLastCrawl:
    """What the last two finished crawls of the site say."""
    changes = sources.changes
    if changes is None:
        return SinceLastCrawl(None, (), "", ())
    since = date(changes.comparison.earlier.finished_at)
    return SinceLastCrawl(
        since, tuple(_warnings(sources, changes)), _sum(changes.comparison.tally), tuple(_kinds(changes))
    )


def _warnings(sources: ReportSources, changes: Changes) -> Iterator[str]:
    figures = {one.id: one for one in sources.read(last_figures)}
    earlier, later = (figures.get(crawl.id) for crawl in (changes.comparison.earlier, changes.comparison.later))
    if earlier is None or later is None:
        return
    for name, before, after in run_otherwise(earlier, later):
        yield (
            f"The crawls were not run alike: crawl.{name} was {_setting(before)} and is {_setting(after)}, so pages "
            "may be new or gone for that reason alone."
        )
    if earlier.rules != later.rules:
        yield "The rules, or the way they are set, were others then: what they judge otherwise is told apart below."


def _setting(value: object) -> str:
    return "not set" if value in (None, []) else bounded(str(value), 120)


def _sum(tally: Tally) -> str:
    kinds = tally.kinds
    return (
        f"{counted(tally.before, 'place')} then, {number(kinds[Kind.VANISHED])} gone, {number(kinds[Kind.NEW])} new, "
        f"{number(kinds[Kind.RETURNED])} back: {number(tally.after)} now. "
        f"{number(kinds[Kind.FIXED])} fixed, {number(kinds[Kind.REGRESSED])} regressed; "
        f"{number(tally.new_needing_text)} of the new need a text."
    )


def _kinds(changes: Changes) -> Iterator[KindOfChange]:
    largest = changes.largest
    for kind in Kind:
        if not largest.changes[kind]:
            continue
        named = tuple(map(_one, largest.of(kind)))
        left = largest.changes[kind] - len(named)
        to_mend = largest.to_mend[kind]
        yield KindOfChange(
            kind,
            *_LABELS[kind],
            counted(largest.changes[kind], "change"),
            counted(largest.places[kind], "place"),
            f"{number(to_mend)} to mend" if to_mend else None,
            named,
            f"{counted(left, 'more change')} in changes.csv" if left else None,
        )


def _one(change: FoldedChange) -> OneChange:
    url = change.image_url
    return OneChange(
        name=image_name(url) if url else "picture in the page",
        image=link(url, image_name(url)) if url else None,
        before=_state(change.before),
        after=_state(change.after),
        to_mend=change.needs_text,
        page=link(change.examples[0]),
        more_pages=f"and {counted(change.pages - 1, 'more page')}" if change.pages > 1 else None,
    )


def _state(state: State) -> str | None:
    """A text as it stood or stands, None where the image is not on the page."""
    if state.classification is None:
        return None
    if state.alt is None:
        return "no alt text"
    if not state.alt:
        return 'alt=""'
    verdict = CLASSIFICATION_LABELS[Classification(state.classification)][0].lower()
    return f"“{bounded(state.alt, 120)}” ({verdict})"


SECTION = Section("changes", "Changes", "sections/changes.html", since_last_crawl)
