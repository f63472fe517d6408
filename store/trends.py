"""How all sites have fared, in a few queries however many there are."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from core.records import CrawlStatus
from store.crawl_facts import CRAWLS, CrawlFigures
from store.models import Crawl
from store.pieces import pieces
from store.trend import Fate, fates, points

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.trend import TrendPoint


@dataclass(frozen=True, slots=True)
class Trends:
    """The crawls of all sites that are needed to look back."""

    moments: Sequence[datetime]  # to look back from, the oldest first
    sites: Mapping[int, Sequence[TrendPoint]]  # by site: its last crawls, and the last one before each of the moments
    fates: Mapping[int, Sequence[Fate]]  # by site: the decided texts


def all_trends(session: Session) -> Trends:
    """Everything that an overview of all sites says of their past."""
    ended: dict[int, list[tuple[datetime, int]]] = {}
    rows = session.execute(
        select(Crawl.site_id, Crawl.finished_at, Crawl.id)
        .where(Crawl.state == CrawlStatus.FINISHED, Crawl.facts.is_not(None))
        .order_by(Crawl.id)
    )
    for site_id, at, id_ in rows:
        if at is not None:
            ended.setdefault(site_id, []).append((at, id_))
    moments = moments_of(at for crawls in ended.values() for at, _ in crawls)
    wanted: set[int] = set()
    for crawls in ended.values():
        wanted.update(id_ for _, id_ in crawls[-CRAWLS:])
        ends = [at for at, _ in crawls]
        wanted.update(crawls[place - 1][1] for moment in moments if (place := bisect_right(ends, moment)))
    figures: dict[int, list[CrawlFigures]] = {}
    for some in pieces(sorted(wanted)):
        columns = Crawl.site_id, Crawl.id, Crawl.finished_at, Crawl.facts
        for row in session.execute(select(*columns).where(Crawl.id.in_(some)).order_by(Crawl.id)):
            figures.setdefault(row.site_id, []).append(CrawlFigures(row.id, row.finished_at, **row.facts))
    decided = fates(session)
    return Trends(moments, {site: points(own, decided.get(site, ())) for site, own in figures.items()}, decided)


def moments_of(ends: Iterable[datetime]) -> list[datetime]:
    """The last end of a crawl of each day, or of each week or month where that would be more than CRAWLS. Pure."""
    moments = sorted(ends)
    last: dict[tuple[int, ...], datetime] = {}
    for period in (_day, _week, _month):
        last = {period(at): at for at in moments}
        if len(last) <= CRAWLS:
            break
    return list(last.values())[-CRAWLS:]


def _day(at: datetime) -> tuple[int, ...]:
    return at.year, at.month, at.day


def _week(at: datetime) -> tuple[int, ...]:
    return at.isocalendar()[:2]


def _month(at: datetime) -> tuple[int, ...]:
    return at.year, at.month
