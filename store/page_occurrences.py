"""Storing the occurrences of images on pages, with the findings of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, select, update

from core.records import PageState
from store import occurrences
from store.changes import State, record_vanished
from store.models import Finding, Occurrence, Page
from store.pieces import pieces
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from core import records

    Judged = Sequence[tuple[records.Occurrence, records.Judgement]]  # the occurrences on a page, in order

_OCCURRENCE_UPDATES = (
    "image_id", "context_key", "context_version", "element", "selector", "html", "src", "alt", "accessible_name",
    "facts", "context", "classification", "reason", "position", "last_crawl_id", "vanished_crawl_id",
)  # fmt: skip


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


def write_occurrences(
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


def close_vanished(session: Session, crawl_id: int, page_ids: list[int]) -> set[int]:
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
