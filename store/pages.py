"""Storing what a crawl saw: pages, images, occurrences and findings, a batch in one transaction.

A page leaves the frontier in the same transaction that puts the links found on it in. So a crawl that is
killed at any moment can go on from its frontier, and loses at most the batch that was not written yet.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select, update

from core.records import OccurrencesAdded, PageFailed, PageRead, PageState, PageUnchanged, PageVersion
from store.changes import Changed, record, states
from store.frontier import queue_pages
from store.known_pages import pack_links
from store.models import Image, Occurrence, Page
from store.page_images import write_images
from store.page_occurrences import close_vanished, write_occurrences
from store.pieces import pieces
from store.queue import reconcile
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from core.records import PageResult


def write_visits(session: Session, crawl_id: int, site_id: int, results: Iterable[PageResult]) -> None:
    """Store what became of a batch of pages of a site. Of two results of one URL the later one counts."""
    by_url = {result.url: result for result in results}
    written: list[PageRead | PageFailed] = []
    unchanged: list[PageUnchanged] = []
    added: list[OccurrencesAdded] = []
    for result in by_url.values():
        match result:
            case PageRead() | PageFailed():
                written.append(result)
            case PageUnchanged():
                unchanged.append(result)
            case OccurrencesAdded():
                added.append(result)
    ids = _write_pages(session, crawl_id, site_id, written)
    _move_last_seen(session, crawl_id, site_id, unchanged)
    judged = {
        ids[page.url]: tuple(zip(page.facts.occurrences, page.judgements, strict=True))
        for page in written
        if isinstance(page, PageRead)
    }
    read_again = list(judged)
    ids = _known_ids(session, site_id, [page.url for page in added])
    judged |= {ids[page.url]: tuple(zip(page.occurrences, page.judgements, strict=True)) for page in added}
    before = states(session, judged)
    image_ids = write_images(session, crawl_id, judged.values())
    after = write_occurrences(session, crawl_id, judged, image_ids)
    record(session, crawl_id, (Changed(id_, before[id_], after[id_]) for id_ in before.keys() & after.keys()))
    vanished = close_vanished(session, crawl_id, read_again)
    reconcile(session, sorted({*image_ids.values(), *vanished}))
    links = (link for page in (*written, *unchanged) for link in page.queued if link[0] not in by_url)
    queue_pages(session, crawl_id, site_id, links)


def _known_ids(session: Session, site_id: int, urls: list[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for some in pieces(urls):
        rows = session.execute(select(Page.id, Page.url).where(Page.site_id == site_id, Page.url.in_(some)))
        ids |= {row.url: row.id for row in rows}
    return ids


def _write_pages(
    session: Session, crawl_id: int, site_id: int, pages: Iterable[PageRead | PageFailed]
) -> dict[str, int]:
    """Write what became of the pages. One that could not be read keeps what its last reading told."""
    rows = [
        _page_row(page, crawl_id, site_id) | _read_columns(page) for page in sorted(pages, key=lambda page: page.url)
    ]
    if not rows:
        return {}
    statement = insert(session, Page)
    updates = {name: statement.excluded[name] for name in rows[0] if name not in {"site_id", "url", "first_crawl_id"}}
    read = statement.excluded.state == PageState.FETCHED
    for name in ("title", "lang", "robots", "canonical", "links"):
        updates[name] = case((read, statement.excluded[name]), else_=getattr(Page, name))
    statement = statement.on_conflict_do_update(index_elements=["site_id", "url"], set_=updates)
    return {url: id_ for id_, url in session.execute(statement.returning(Page.id, Page.url), rows)}


def _page_row(page: PageRead | PageUnchanged | PageFailed, crawl_id: int, site_id: int) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "url": page.url,
        "state": page.state if isinstance(page, PageFailed) else PageState.FETCHED,
        "failure": page.failure if isinstance(page, PageFailed) else None,
        "status": None if isinstance(page, PageUnchanged) else page.status,
        "depth": page.depth,
        "fetched_at": datetime.now(UTC),
        "queued_crawl_id": None,
        "first_crawl_id": crawl_id,
        "last_crawl_id": crawl_id,
    }


def _read_columns(page: PageRead | PageFailed) -> dict[str, Any]:
    if isinstance(page, PageFailed):
        return {"title": None, "lang": None, "robots": [], "canonical": None, "links": None, **asdict(PageVersion())}
    facts = page.facts
    return {
        "title": facts.title,
        "lang": facts.lang,
        "robots": list(facts.robots),
        "canonical": facts.canonical,
        "links": pack_links(facts.links, facts.nofollow),
        **asdict(page.version),
    }


def _move_last_seen(session: Session, crawl_id: int, site_id: int, pages: list[PageUnchanged]) -> None:
    """Note that pages, and all that stands on them, are still there as they were."""
    if not pages:
        return
    rows = [
        _page_row(page, crawl_id, site_id) | {"etag": page.version.etag, "last_modified": page.version.last_modified}
        for page in sorted(pages, key=lambda page: page.url)
    ]
    statement = insert(session, Page)
    moved = ("depth", "fetched_at", "queued_crawl_id", "last_crawl_id")
    updates = {name: statement.excluded[name] for name in moved} | {
        # A 304 need not repeat the validators (RFC 9110, 15.4.5).
        name: func.coalesce(statement.excluded[name], getattr(Page, name))
        for name in ("etag", "last_modified")
    }
    statement = statement.on_conflict_do_update(index_elements=["site_id", "url"], set_=updates)
    for page_ids in pieces(session.scalars(statement.returning(Page.id), rows)):
        standing = Occurrence.page_id.in_(page_ids) & Occurrence.vanished_crawl_id.is_(None)
        session.execute(
            update(Image)
            .where(Image.id.in_(select(Occurrence.image_id).where(standing)), Image.last_crawl_id != crawl_id)
            .values(last_crawl_id=crawl_id)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Occurrence)
            .where(standing)
            .values(last_crawl_id=crawl_id)
            .execution_options(synchronize_session=False)
        )
