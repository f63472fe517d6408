"""Pages whose address has another stored form by the rules of now: renamed, or joined with the page that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update

from core.identity.urls import page_url
from store.models import Occurrence, Page

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGES_AT_ONCE = 2000


def rename_pages(session: Session, after_id: int) -> int | None:
    """Do some pages after `after_id`. Returns the last page's id, None when there are no more."""
    rows = session.execute(
        select(Page.id, Page.site_id, Page.url).where(Page.id > after_id).order_by(Page.id).limit(PAGES_AT_ONCE)
    ).all()
    for row in rows:
        wanted = page_url(row.url)
        if wanted == row.url:
            continue
        there = session.scalar(select(Page.id).where(Page.site_id == row.site_id, Page.url == wanted))
        if there is None:
            session.execute(update(Page).where(Page.id == row.id).values(url=wanted))
        else:
            _join(session, row.id, there, wanted)
    return rows[-1].id if rows else None


def _join(session: Session, page_id: int, there: int, url: str) -> None:
    """Make a page one that is not asked for any more: a variant of the page that has its address now."""
    queued = select(Page.queued_crawl_id).where(Page.id == page_id).scalar_subquery()
    session.execute(
        update(Page)
        .where(Page.id == there, Page.queued_crawl_id.is_(None), Page.last_crawl_id != queued)
        .values(queued_crawl_id=queued)
    )
    values = {"canonical": url, "variant_of_id": there, "queued_crawl_id": None}
    session.execute(update(Page).where(Page.id == page_id).values(**values))
    # One that was never read says nothing that the other does not.
    bare = ~exists().where(Occurrence.page_id == Page.id) & Page.fetched_at.is_(None)
    session.execute(update(Page).where(Page.variant_of_id == page_id).values(variant_of_id=there))
    session.execute(delete(Page).where(Page.id == page_id, bare))
