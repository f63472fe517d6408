"""Storing what a crawl saw: pages, images, occurrences and findings, a batch in one transaction.

A page leaves the frontier in the same transaction that puts the links found on it in. So a crawl that is
killed at any moment can go on from its frontier, and loses at most the batch that was not written yet.
"""

from __future__ import annotations

import sys
import zlib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select, update

from core import records
from core.records import (
    OccurrencesAdded,
    PageFailed,
    PageRead,
    PageState,
    PageUnchanged,
    PageVersion,
    QueueState,
)
from store import occurrences
from store.changes import Changed, State, record, record_vanished, states
from store.frontier import queue_pages
from store.identities import image_version
from store.models import Finding, Image, Occurrence, Page
from store.pieces import pieces
from store.queue import reconcile
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    Judged = Sequence[tuple[records.Occurrence, records.Judgement]]  # the occurrences on a page, in order

MAX_INTEGER = 2**31 - 1  # of a Postgres column; a page may promise any width
MAX_LINKS_BYTES = 1_000_000  # of the links of one page; with more of them, it is read again each time
_OCCURRENCE_UPDATES = (
    "image_id", "context_key", "context_version", "element", "selector", "html", "src", "alt", "accessible_name",
    "facts", "context", "classification", "reason", "position", "last_crawl_id", "vanished_crawl_id",
)  # fmt: skip


def write_visits(session: Session, crawl_id: int, site_id: int, results: Iterable[records.PageResult]) -> None:
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
    image_ids = _write_images(session, crawl_id, judged.values())
    after = _write_occurrences(session, crawl_id, judged, image_ids)
    record(session, crawl_id, (Changed(id_, before[id_], after[id_]) for id_ in before.keys() & after.keys()))
    vanished = _close_vanished(session, crawl_id, read_again)
    reconcile(session, sorted({*image_ids.values(), *vanished}))
    links = (link for page in (*written, *unchanged) for link in page.queued if link[0] not in by_url)
    queue_pages(session, crawl_id, site_id, links)


def _known_ids(session: Session, site_id: int, urls: list[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for some in pieces(urls):
        rows = session.execute(select(Page.id, Page.url).where(Page.site_id == site_id, Page.url.in_(some)))
        ids |= {row.url: row.id for row in rows}
    return ids


def places_read(session: Session, site_id: int, urls: Iterable[str]) -> dict[str, set[str]]:
    """Of these pages of a site, those that were read from their server: URL -> keys of what stands there now."""
    standing = and_(Occurrence.page_id == Page.id, Occurrence.vanished_crawl_id.is_(None))
    read = (Page.site_id == site_id, Page.state == PageState.FETCHED, Page.status.is_not(None))
    keys: dict[str, set[str]] = {}
    for some in pieces(urls):
        rows = select(Page.url, Occurrence.key).outerjoin(Occurrence, standing).where(Page.url.in_(some), *read)
        for row in session.execute(rows):
            keys.setdefault(row.url, set()).update([row.key] if row.key is not None else [])
    return keys


def images_not_shown(session: Session, urls: Iterable[str]) -> list[str]:
    """Which of these canonical image addresses stand nowhere on the pages read, sorted."""
    unshown = sorted(set(urls))
    current = exists().where(Occurrence.image_id == Image.id, Occurrence.vanished_crawl_id.is_(None))
    shown: set[str] = set()
    for some in pieces(unshown):
        shown.update(session.scalars(select(Image.url).where(Image.url.in_(some), current)))
    return [url for url in unshown if url not in shown]


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
    for name in ("title", "lang", "robots", "links"):
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
        return {"title": None, "lang": None, "robots": [], "links": None, **asdict(PageVersion())}
    facts = page.facts
    return {
        "title": facts.title,
        "lang": facts.lang,
        "robots": list(facts.robots),
        "links": _pack(facts.links),
        **asdict(page.version),
    }


def _pack(links: Sequence[str]) -> bytes | None:
    text = "\n".join(links).encode()
    return zlib.compress(text) if len(text) <= MAX_LINKS_BYTES else None


def unpack_links(packed: bytes) -> list[str]:
    """The links of a page as `pages.links` holds them."""
    text = zlib.decompress(packed).decode()
    return text.split("\n") if text else []


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


def _usefulness(width: int | None) -> int:
    """The wider the better, up to what a model can use; above that, the narrower the better; unknown comes last."""
    if width is None:
        return -sys.maxsize
    return width if width <= records.USEFUL_WIDTH_PX else -width


def _write_images(session: Session, crawl_id: int, pages: Iterable[Judged]) -> dict[str, int]:
    """Write the images of these occurrences. Returns their ids by address."""
    candidates: dict[str, records.Occurrence] = {}
    for judged in pages:
        for occurrence, _ in judged:
            if occurrence.image_url is None:
                continue
            best = candidates.get(occurrence.image_url)
            if best is None or _usefulness(occurrence.fetch_width) >= _usefulness(best.fetch_width):
                candidates[occurrence.image_url] = occurrence
    if not candidates:
        return {}
    version = image_version(session)
    rows = [
        {
            "url": url,
            "identity_version": version,
            "fetch_url": best.fetch_url,
            "fetch_width": min(best.fetch_width, MAX_INTEGER) if best.fetch_width is not None else None,
            # Whether it needs a caption is for reconcile to say, once its occurrences are in.
            "state": QueueState.SKIPPED,
            "first_crawl_id": crawl_id,
            "last_crawl_id": crawl_id,
        }
        for url, best in sorted(candidates.items())
    ]
    statement = insert(session, Image)
    new, keeps = statement.excluded, _keeps_candidate(statement.excluded)
    statement = statement.on_conflict_do_update(
        index_elements=["url"],
        set_={
            "last_crawl_id": crawl_id,
            "fetch_url": case((keeps, Image.fetch_url), else_=new.fetch_url),
            "fetch_width": case((keeps, Image.fetch_width), else_=new.fetch_width),
        },
    )
    return {url: id_ for id_, url in session.execute(statement.returning(Image.id, Image.url), rows)}


def _keeps_candidate(new: Any) -> ColumnElement[bool]:
    """Whether the candidate in the store is better than the new one. Among equals the newer wins: old ones may die.

    For the same reason one whose download failed gives way to any, and one of a crawl before to one whose
    width is not known.
    """
    old_worth, new_worth = (
        case((width <= records.USEFUL_WIDTH_PX, width), else_=-width) for width in (Image.fetch_width, new.fetch_width)
    )
    return and_(
        Image.state != QueueState.FAILED,
        Image.fetch_width.is_not(None),
        case(
            (new.fetch_width.is_(None), Image.last_crawl_id == new.last_crawl_id),
            else_=old_worth > new_worth,
        ),
    )


def _write_occurrences(
    session: Session, crawl_id: int, judged: Mapping[int, Judged], image_ids: dict[str, int]
) -> dict[int, State]:
    """Write the occurrences on these pages, by page id, with their findings. Returns their states by id."""
    rows = []
    findings: dict[tuple[int, str], tuple[records.Finding, ...]] = {}
    for page_id, occurrences_there in judged.items():
        for position, (occurrence, judgement) in enumerate(occurrences_there):
            row = _occurrence_row(occurrence, judgement, page_id, crawl_id, image_ids)
            rows.append(row | {"position": position})
            findings[page_id, occurrence.key] = judgement.findings
    if not rows:
        return {}
    statement = insert(session, Occurrence)
    statement = statement.on_conflict_do_update(
        index_elements=["page_id", "key"],
        set_={name: statement.excluded[name] for name in _OCCURRENCE_UPDATES},
    )
    written = session.execute(statement.returning(Occurrence.id, Occurrence.page_id, Occurrence.key), rows)
    ids = {(page_id, key): id_ for id_, page_id, key in written}
    for some in pieces(ids.values()):
        session.execute(delete(Finding).where(Finding.occurrence_id.in_(some)))
    finding_rows = [
        {"occurrence_id": ids[place], "rule": f.rule, "severity": f.severity, "message": f.message}
        for place, broken in findings.items()
        for f in broken
    ]
    if finding_rows:
        session.execute(insert(session, Finding), finding_rows)
    return {ids[row["page_id"], row["key"]]: State(row["alt"], row["classification"]) for row in rows}


def _occurrence_row(
    occurrence: records.Occurrence,
    judgement: records.Judgement,
    page_id: int,
    crawl_id: int,
    image_ids: dict[str, int],
) -> dict[str, Any]:
    return occurrences.columns(occurrence) | {
        "page_id": page_id,
        "image_id": image_ids.get(occurrence.image_url) if occurrence.image_url else None,
        "classification": judgement.classification,
        "reason": judgement.reason,
        "first_crawl_id": crawl_id,
        "last_crawl_id": crawl_id,
        "vanished_crawl_id": None,
    }


def _close_vanished(session: Session, crawl_id: int, page_ids: list[int]) -> set[int]:
    """Close what a page no longer has, now that it was read again. Returns the ids of the images concerned."""
    image_ids: set[int | None] = set()
    for some in pieces(page_ids):
        left = Occurrence.page_id.in_(some) & (Occurrence.last_crawl_id != crawl_id)
        record_vanished(session, crawl_id, left)
        image_ids.update(
            session.scalars(
                update(Occurrence)
                .where(left, Occurrence.vanished_crawl_id.is_(None))
                .values(vanished_crawl_id=crawl_id)
                .returning(Occurrence.image_id)
                .execution_options(synchronize_session=False)
            )
        )
    return {image_id for image_id in image_ids if image_id is not None}
