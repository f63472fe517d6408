"""The frontier of a crawl: the pages that it has met and not read yet. Each is a row of `pages`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select, update

from core.records import PageState
from store.models import Page
from store.pieces import pieces
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy.orm import Session


def queue_pages(session: Session, crawl_id: int, site_id: int, links: Iterable[tuple[str, int]]) -> None:
    """Put (url, depth) pairs into the frontier, but for pages that this crawl has done with."""
    queue = sorted(set(links))
    if not queue:
        return
    statement = insert(session, Page)
    # A known page keeps the facts of its last fetch until this crawl has fetched it.
    statement = statement.on_conflict_do_update(
        index_elements=["site_id", "url"],
        set_={"queued_crawl_id": crawl_id, "depth": statement.excluded.depth},
        where=or_(Page.last_crawl_id != crawl_id, Page.queued_crawl_id.is_not(None)),
    )
    for some in pieces(queue):
        rows = [
            {
                "site_id": site_id,
                "url": url,
                "state": PageState.QUEUED,
                "depth": depth,
                "queued_crawl_id": crawl_id,
                "first_crawl_id": crawl_id,
                "last_crawl_id": crawl_id,
            }
            for url, depth in some
        ]
        session.execute(statement, rows)


def next_queued(
    session: Session, crawl_ids: Collection[int], number: int, besides: Collection[str] = frozenset()
) -> list[tuple[str, int]]:
    """(url, depth) of the next pages to fetch but for those `besides`: few links from the start first, then as met.

    Of several crawls, which are read together.
    """
    rows = session.execute(
        select(Page.url, Page.depth)
        .where(Page.queued_crawl_id.in_(crawl_ids))
        .order_by(Page.depth, Page.id)
        .limit(number + len(besides))
    )
    return [(row.url, row.depth) for row in rows if row.url not in besides][:number]


def queued(session: Session, crawl_id: int) -> Iterator[str]:
    """URLs that a crawl has still to fetch."""
    yield from session.scalars(select(Page.url).where(Page.queued_crawl_id == crawl_id)).yield_per(1000)


def count_queued(session: Session, crawl_id: int) -> int:
    """How many pages a crawl has still to fetch."""
    return session.scalar(select(func.count()).select_from(Page).where(Page.queued_crawl_id == crawl_id)) or 0


def has_frontier(session: Session, crawl_id: int) -> bool:
    """Whether a crawl has pages still to fetch."""
    return session.scalar(select(exists().where(Page.queued_crawl_id == crawl_id))) or False


def met(session: Session, crawl_id: int) -> Iterator[str]:
    """URLs that a crawl has done with, or has still to fetch."""
    yield from session.scalars(
        select(Page.url).where(or_(Page.last_crawl_id == crawl_id, Page.queued_crawl_id == crawl_id))
    ).yield_per(1000)


def clear_frontier(session: Session, crawl_id: int, reason: str) -> int:
    """Empty the frontier; pages never fetched are `skipped` for `reason`. Returns how many were in it."""
    session.execute(
        update(Page)
        .where(Page.queued_crawl_id == crawl_id, Page.state == PageState.QUEUED)
        .values(state=PageState.SKIPPED, failure=reason)
    )
    result = session.execute(update(Page).where(Page.queued_crawl_id == crawl_id).values(queued_crawl_id=None))
    return int(result.rowcount)  # type: ignore[attr-defined]
