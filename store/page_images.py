"""Storing the images that stand on pages: of each, the candidate that is worth fetching."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, exists, select

from core import records
from core.identity.urls import without_login
from core.records import QueueState
from store.identities import image_version
from store.models import Image, Occurrence
from store.pieces import pieces
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from store.page_occurrences import Judged

MAX_INTEGER = 2**31 - 1  # of a Postgres column; a page may promise any width


def images_not_shown(session: Session, urls: Iterable[str]) -> list[str]:
    """Which of these canonical image addresses stand nowhere on the pages read, sorted."""
    unshown = sorted(set(urls))
    current = exists().where(Occurrence.image_id == Image.id, Occurrence.vanished_crawl_id.is_(None))
    shown: set[str] = set()
    for some in pieces(unshown):
        shown.update(session.scalars(select(Image.url).where(Image.url.in_(some), current)))
    return [url for url in unshown if url not in shown]


def _usefulness(width: int | None) -> int:
    """The wider the better, up to what a model can use; above that, the narrower the better; unknown comes last."""
    if width is None:
        return -sys.maxsize
    return width if width <= records.USEFUL_WIDTH_PX else -width


def write_images(session: Session, crawl_id: int, pages: Iterable[Judged]) -> dict[str, int]:
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
            "fetch_url": best.fetch_url and without_login(best.fetch_url),
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
