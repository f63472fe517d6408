"""A guard on collapse: when far fewer pages answered than are known, what seems gone is taken for hidden.

A bot wall, a maintenance page, a login or another region's start page in front of a site look, to a crawl, like a site
that lost its pages. Only a 404 or 410, and a permanent redirect, prove that a page is gone; a 404 does not when it
comes for most of what the site still links to, or for all that there was: then a server is broken, or it is another.
Nor do redirects when all that there was leads to fewer pages: then the domain is another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, or_, select, update

from core.records import PageState
from store.models import Change, Occurrence, Page
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy.orm import Session

PROOF = ("http_404", "http_410")
SURE_PROOF = ("http_410",)  # also of a site that is broken
PERMANENT = (301, 308)
STAND_INS = ("login", "same_page")  # what was read first, and then seen to stand in place of the page
MOST_IN_DOUBT = 0.5  # of the known pages; with more of them unaccounted for, the crawl did not see the site


@dataclass(frozen=True, slots=True)
class Fall:
    """How many pages were known before a crawl and are not proven gone, and how many of them it read again."""

    known: int
    read: int


def fall(
    session: Session,
    crawl_id: int,
    pages: ColumnElement[bool],
    expected: Callable[[str, int], bool],
    asked: Collection[str] = (),
) -> tuple[Fall | None, tuple[str, ...]]:
    """The fall from what was known, when it is too deep to be believed, else None; and which failures prove a loss.

    `pages` selects those on the hosts that the crawl was to read; `expected` says of (url, depth) whether it was to be
    met. New pages make up for as many that it did not meet, since a site that was rebuilt has other addresses; they do
    not for pages that fail, or that redirect for the time being.
    """
    met, before = Page.last_crawl_id == crawl_id, Page.first_crawl_id < crawl_id
    read = Page.state == PageState.FETCHED
    standing = _standing()
    moved = and_(Page.failure == "redirect", Page.status.in_(PERMANENT))
    proven = or_(Page.failure.in_(PROOF), moved)
    again, new, failed, gone, led_away = session.execute(
        select(
            func.count().filter(met, before, read),
            func.count().filter(met, not_(before), read),
            func.count().filter(met, before, not_(read), not_(proven), standing),
            func.count().filter(met, before, proven, standing),
            func.count().filter(met, before, moved, standing),
        )
        .select_from(Page)
        .where(pages)
    ).one()
    # What failed last time, and kept its places, has no less to lose.
    some = select(Page.url, Page.depth).where(pages, not_(met), or_(read, standing))
    left = some.execution_options(yield_per=1000)
    unmet = sum(expected(url, depth) for url, depth in session.execute(left))
    in_doubt = failed + max(0, unmet - new)
    known = again + unmet + failed
    missing = list(session.scalars(select(Page.url).where(pages, met, before, standing, Page.failure == "http_404")))
    linked = sum(url not in asked for url in missing)
    if led_away > new and not again:  # all there was leads away, to less than it was: a domain that was sold
        return Fall(known + led_away, again), SURE_PROOF
    if linked > again + new or (len(missing) > again and not new and not _any_left(session, crawl_id, pages)):
        return Fall(known + len(missing), again), SURE_PROOF
    return (Fall(known, again) if in_doubt > MOST_IN_DOUBT * (known + gone) else None), PROOF


def _any_left(session: Session, crawl_id: int, pages: ColumnElement[bool]) -> bool:
    """Whether anything that was known before a crawl stands on a page that it read."""
    found = (
        select(Occurrence.id)
        .join(Page, Page.id == Occurrence.page_id)
        .where(pages, Page.last_crawl_id == crawl_id, Page.state == PageState.FETCHED)
        .where(Occurrence.first_crawl_id < crawl_id, Occurrence.vanished_crawl_id.is_(None))
    )
    return session.scalar(found.limit(1)) is not None


def _standing() -> ColumnElement[bool]:
    return exists().where(Occurrence.page_id == Page.id, Occurrence.vanished_crawl_id.is_(None))


def _left(site_id: int, crawl_id: int) -> ColumnElement[bool]:
    known = or_(Page.state == PageState.FETCHED, _standing())
    return (Page.site_id == site_id) & (Page.last_crawl_id != crawl_id) & known


def count_left(session: Session, site_id: int, crawl_id: int) -> int:
    """How many pages of a site were read before, or have places that stand, and are not met by this crawl so far."""
    return session.scalar(select(func.count()).select_from(Page).where(_left(site_id, crawl_id))) or 0


def pages_left(session: Session, site_id: int, crawl_id: int) -> list[tuple[str, int]]:
    """(url, depth) of these pages."""
    rows = session.execute(select(Page.url, Page.depth).where(_left(site_id, crawl_id)).order_by(Page.id))
    return [(row.url, row.depth) for row in rows]


def take_back(session: Session, crawl_id: int, pages: ColumnElement[bool] | None = None) -> list[int]:
    """Let what this crawl has marked as vanished stand again; returns the ids of the images, each once.

    Of the `pages`, or of all that have lost something. What it found in its stead, a maintenance page's logo, goes. The
    next crawl reads these pages anew, and marks what is really no longer there.
    """
    if pages is None:
        pages = Page.id.in_(select(Occurrence.page_id).where(Occurrence.vanished_crawl_id == crawl_id))
    page_ids = list(session.scalars(select(Page.id).where(pages).order_by(Page.id)))
    image_ids: set[int | None] = set()
    for some in pieces(page_ids):
        session.execute(
            update(Page).where(Page.id.in_(some)).values(reader=None).execution_options(synchronize_session=False)
        )
        there = Occurrence.page_id.in_(some)
        marked_there = there & (Occurrence.vanished_crawl_id == crawl_id)
        own = Change.crawl_id == crawl_id
        returned = list(
            session.scalars(
                select(Occurrence.id)
                .join(Change, own & (Change.occurrence_id == Occurrence.id) & Change.classification_before.is_(None))
                .where(there, Occurrence.vanished_crawl_id.is_(None))
            )
        )
        session.execute(
            delete(Change)
            .where(own, Change.occurrence_id.in_(select(Occurrence.id).where(marked_there)))
            .execution_options(synchronize_session=False)
        )
        marks: list[tuple[ColumnElement[bool], int | None]] = [
            (marked_there, None),
            (there & (Occurrence.first_crawl_id == crawl_id), crawl_id),
        ]
        for some_returned in pieces(returned):  # a wall that stood before
            marks.append((Occurrence.id.in_(some_returned), crawl_id))
            session.execute(delete(Change).where(own, Change.occurrence_id.in_(some_returned)))
        for which, value in marks:
            image_ids.update(
                session.scalars(
                    update(Occurrence)
                    .where(which)
                    .values(vanished_crawl_id=value)
                    .returning(Occurrence.image_id)
                    .execution_options(synchronize_session=False)
                )
            )
    return sorted({image_id for image_id in image_ids if image_id is not None})
