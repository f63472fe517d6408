"""What changed on a site since a destination was last told of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alt_audit.notifying.message import Example, Group, SiteNews, example, quoted
from alt_audit.notifying.options import News
from core.records import Outcome
from reports.diff.comparison import Comparison
from reports.diff.folding import Kind
from reports.diff.largest import Largest
from store.diff import finished_crawls
from store.fixes import outcomes_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from alt_audit.notifying.options import NotifyOptions
    from reports.diff.folding import FoldedChange
    from store.diff import CrawlName
    from store.sites import Site

EXAMPLES = 5  # of a kind
_KINDS = {
    Kind.NEW: News.NEW, Kind.RETURNED: News.NEW, Kind.PICTURE: News.NEW, Kind.REGRESSED: News.REGRESSED,
    Kind.FIXED: News.LIVE,
}  # fmt: skip


def changes(
    session: Session, site: Site, options: NotifyOptions, *, told: int | None, crawl_id: int
) -> tuple[SiteNews, int]:
    """What happened after the crawl `told` (None: the one before), up to another; and the crawl to go on from.

    The news are quiet where nothing of what people want to be told happened. Too few new images to be news are kept:
    then it is gone on from where it began.
    """
    earlier, later = _crawls(session, site, told, crawl_id)
    if earlier is None or later is None:
        return SiteNews(site.name), crawl_id
    seen = _Seen()
    for change in Comparison(session, site.id, earlier, later).changes():
        seen.add(change)
    outcomes = outcomes_between(session, site.id, earlier.id, later.id)
    wanted = options.events
    new = seen.group(News.NEW) if News.NEW in wanted else Group()
    regressed = seen.group(News.REGRESSED) if News.REGRESSED in wanted else Group()
    fixed = seen.group(News.LIVE) if News.LIVE in wanted else Group()
    live = outcomes[Outcome.LIVE] if News.LIVE in wanted else 0
    lost = outcomes[Outcome.REGRESSED] if News.REGRESSED in wanted else 0
    if new.images < options.threshold and not (regressed.images or fixed.images or live or lost):
        return SiteNews(site.name), earlier.id if new.images else crawl_id
    news = SiteNews(
        site.name, since=earlier.finished_at, new=new, regressed=regressed, fixed=fixed, live=live, lost=lost
    )
    return news, crawl_id


def _crawls(session: Session, site: Site, told: int | None, crawl_id: int) -> tuple[CrawlName | None, CrawlName | None]:
    crawls = [crawl for crawl in finished_crawls(session, site.id) if crawl.id <= crawl_id]
    later = next(iter(crawls), None)
    before = (crawl for crawl in crawls[1:] if told is None or crawl.id <= told)
    return next(before, None), later


@dataclass(slots=True)
class _Seen:
    """The changes that are news, counted while they pass by, image after image."""

    _images: Counter[News] = field(default_factory=Counter)
    _places: Counter[News] = field(default_factory=Counter)
    _last: dict[News, str | None] = field(default_factory=dict)
    _largest: Largest = field(default_factory=lambda: Largest(EXAMPLES))

    def add(self, change: FoldedChange) -> None:
        kind = _KINDS.get(change.kind)
        if kind is None or (kind is News.NEW and not change.needs_text):
            return
        is_other = change.image_url is None or change.image_url != self._last.get(kind)
        self._images[kind] += is_other
        self._places[kind] += change.occurrences
        self._last[kind] = change.image_url
        self._largest.add(change)

    def group(self, news: News) -> Group:
        return Group(self._images[news], self._places[news], tuple(self._examples(news))[:EXAMPLES])

    def _examples(self, news: News) -> Iterator[Example]:
        for kind in (kind for kind, of in _KINDS.items() if of is news):
            for change in self._largest.of(kind):
                states = [quoted(state.alt) for state in (change.before, change.after) if state.classification]
                page = change.examples[0]
                # That an image without alt text has none is what the heading says.
                texts = "" if news is News.NEW and change.after.alt is None else " -> ".join(dict.fromkeys(states))
                yield example(change.image_url, page, change.pages, texts)
