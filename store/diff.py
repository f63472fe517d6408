"""Two crawls of a site compared: what each occurrence was after the one, and is after the other.

The state after a crawl is read backwards: the first later change says what was before it; without one, it is
what the store holds now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select
from sqlalchemy.orm import aliased

from core.records import CrawlStatus
from store.changes import State
from store.models import Change, Crawl, Image, Occurrence, Page, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class CrawlName:
    """A finished crawl."""

    id: int
    site: str  # name
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One occurrence whose state after one crawl is another than after the other."""

    occurrence_id: int
    page_id: int
    page_url: str
    image_url: str | None
    selector: str
    first_seen: bool  # never seen up to the earlier crawl
    before: State
    after: State


def finished_crawls(session: Session, site_id: int, limit: int | None = None) -> list[CrawlName]:
    """The finished crawls of a site, the newest first."""
    rows = session.execute(
        select(Crawl.id, Site.name.label("site"), Crawl.finished_at)
        .join(Site, Site.id == Crawl.site_id)
        .where(Crawl.site_id == site_id, Crawl.state == CrawlStatus.FINISHED, Crawl.finished_at.is_not(None))
        .order_by(Crawl.id.desc())
        .limit(limit)
    )
    return [CrawlName(row.id, row.site, row.finished_at) for row in rows]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Another picture where one was, on the same page, in the same place and under the same text."""

    page_id: int
    page_url: str
    old_occurrence_id: int
    new_occurrence_id: int
    old_image_url: str | None
    new_image_url: str | None
    selector: str
    before: State
    after: State


def standing(session: Session, site_id: int, crawl_id: int) -> int:
    """How many occurrences stood on the site after a crawl."""
    after = _After(crawl_id, Occurrence)
    counted = after.joined(select(func.count(Occurrence.id)).join(Page, Page.id == Occurrence.page_id))
    return session.scalar(counted.where(Page.site_id == site_id, after.classification.is_not(None))) or 0


def differences(
    session: Session, site_id: int, earlier: int, later: int, *, by_page: bool = False
) -> Iterator[Difference]:
    """What is another after the crawl `later` than after `earlier`, ordered by image and page, or by page."""
    a, b = _After(earlier, Occurrence), _After(later, Occurrence)
    columns = select(
        Occurrence.id,
        Occurrence.page_id,
        Page.url.label("page_url"),
        Image.url.label("image_url"),
        Occurrence.selector,
        (Occurrence.first_crawl_id > earlier).label("first_seen"),
        *a.labelled("before"),
        *b.labelled("after"),
    )
    pictured = columns.join(Page, Page.id == Occurrence.page_id).outerjoin(Image, Image.id == Occurrence.image_id)
    order = (Occurrence.page_id, Occurrence.id)
    rows = session.execute(
        b.joined(a.joined(pictured))
        .where(
            Page.site_id == site_id,
            _touched(Occurrence, earlier),
            or_(a.alt.is_distinct_from(b.alt), a.classification.is_distinct_from(b.classification)),
        )
        .order_by(*(order if by_page else (Occurrence.image_id, *order)))
        .execution_options(yield_per=1000)
    )
    for row in rows:
        yield Difference(
            occurrence_id=row.id,
            page_id=row.page_id,
            page_url=row.page_url,
            image_url=row.image_url,
            selector=row.selector,
            first_seen=bool(row.first_seen),
            before=State(row.alt_before, row.classification_before),
            after=State(row.alt_after, row.classification_after),
        )


def replacements(session: Session, site_id: int, earlier: int, later: int) -> Iterator[Replacement]:
    """Pictures that another took the place of while the text stayed, ordered by the two images and the page."""
    old, new = aliased(Occurrence), aliased(Occurrence)
    old_image, new_image = aliased(Image), aliased(Image)
    old_a, old_b = _After(earlier, old), _After(later, old)
    new_a, new_b = _After(earlier, new), _After(later, new)
    columns = select(
        old.page_id,
        Page.url.label("page_url"),
        old.id.label("old_id"),
        new.id.label("new_id"),
        old_image.url.label("old_image_url"),
        new_image.url.label("new_image_url"),
        new.selector,
        *old_a.labelled("before"),
        *new_b.labelled("after"),
    )
    statement = (
        columns.join(Page, Page.id == old.page_id)
        .join(new, and_(new.page_id == old.page_id, new.selector == old.selector, new.image_id != old.image_id))
        .join(old_image, old_image.id == old.image_id)
        .join(new_image, new_image.id == new.image_id)
    )
    for after in (old_a, old_b, new_a, new_b):
        statement = after.joined(statement)
    rows = session.execute(
        statement.where(
            Page.site_id == site_id,
            _touched(old, earlier),
            _touched(new, earlier),
            old_a.classification.is_not(None) & old_b.classification.is_(None),
            new_a.classification.is_(None) & new_b.classification.is_not(None),
            old_a.alt == new_b.alt,
            old_a.alt != "",
        )
        .order_by(old.image_id, new.image_id, old.page_id, old.id)
        .execution_options(yield_per=1000)
    )
    for row in rows:
        yield Replacement(
            page_id=row.page_id,
            page_url=row.page_url,
            old_occurrence_id=row.old_id,
            new_occurrence_id=row.new_id,
            old_image_url=row.old_image_url,
            new_image_url=row.new_image_url,
            selector=row.selector,
            before=State(row.alt_before, row.classification_before),
            after=State(row.alt_after, row.classification_after),
        )


def _touched(occurrence: type[Occurrence], crawl_id: int) -> ColumnElement[bool]:
    """Whether there can be a difference at all: most occurrences of a site stay as they are."""
    return (occurrence.first_crawl_id > crawl_id) | occurrence.id.in_(
        select(Change.occurrence_id).where(Change.crawl_id > crawl_id)
    )


class _After:
    """The columns of an occurrence's state after a crawl."""

    def __init__(self, crawl_id: int, occurrence: type[Occurrence]) -> None:
        self._next = aliased(Change)
        later = aliased(Change)
        first = (
            select(func.min(later.crawl_id))
            .where(later.occurrence_id == occurrence.id, later.crawl_id > crawl_id)
            .correlate(occurrence)
            .scalar_subquery()
        )
        self._joins = and_(self._next.occurrence_id == occurrence.id, self._next.crawl_id == first)
        self._unseen = occurrence.first_crawl_id > crawl_id
        self._gone = occurrence.vanished_crawl_id.is_not(None)
        self.alt = self._state(self._next.alt_before, occurrence.alt)
        self.classification = self._state(self._next.classification_before, occurrence.classification)

    def _state(self, before: Any, now: Any) -> ColumnElement[str | None]:
        return case((self._unseen, null()), (self._next.id.is_not(None), before), (self._gone, null()), else_=now)

    def labelled(self, when: str) -> tuple[ColumnElement[str | None], ColumnElement[str | None]]:
        """`alt_before` and `classification_before`, where `when` is "before"."""
        return self.alt.label(f"alt_{when}"), self.classification.label(f"classification_{when}")

    def joined(self, statement: Any) -> Any:
        """The statement with the tables that the columns are read from."""
        return statement.outerjoin(self._next, self._joins)
