"""One site's rows in a store of its own, for what must leave the store that people work with alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, func, insert, select, text

from core.records import QueueState
from store.models import Analysis, Asset, Base, Crawl, Finding, Identity, Image, Occurrence, Page, Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

ROWS_AT_ONCE = 1000


def copy_site(source: Session, target: Session, site_id: int) -> None:
    """Copy a site's pages with what stands on them now, their pictures and what was said of these.

    The target is an empty SQLite store. What was suggested and decided is not copied, nor are the images' leases.
    """
    target.execute(text("PRAGMA defer_foreign_keys = ON"))  # pages name each other; it ends with the transaction
    target.execute(delete(Identity))
    own_crawl = source.scalar(select(func.max(Crawl.id)).where(Crawl.site_id == site_id))

    def freed(row: dict[str, Any]) -> dict[str, Any]:
        state = QueueState.PENDING if row["state"] == QueueState.LEASED else row["state"]
        # The crawls that met an image first and last may be another site's.
        crawls = {"first_crawl_id": own_crawl, "last_crawl_id": own_crawl}
        return row | crawls | {"state": state, "lease_owner": None, "lease_expires_at": None}

    pages = select(Page.id).where(Page.site_id == site_id)
    standing = Occurrence.page_id.in_(pages) & Occurrence.vanished_crawl_id.is_(None)
    images = select(Occurrence.image_id).where(standing, Occurrence.image_id.is_not(None))
    assets = select(Image.asset_id).where(Image.id.in_(images), Image.asset_id.is_not(None))
    _copy(source, target, Identity)
    _copy(source, target, Site, Site.id == site_id)
    _copy(source, target, Crawl, Crawl.site_id == site_id)
    _copy(source, target, Page, Page.site_id == site_id, change=lambda row: row | {"queued_crawl_id": None})
    _copy(source, target, Asset, Asset.id.in_(assets))
    _copy(source, target, Analysis, Analysis.asset_id.in_(assets))
    _copy(source, target, Image, Image.id.in_(images), change=freed)
    _copy(source, target, Occurrence, standing)
    _copy(source, target, Finding, Finding.occurrence_id.in_(select(Occurrence.id).where(standing)))


def _copy(
    source: Session,
    target: Session,
    table: type[Base],
    *where: ColumnElement[bool],
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row,
) -> None:
    columns = table.__table__.columns
    rows = source.execute(select(*columns).where(*where).execution_options(yield_per=ROWS_AT_ONCE)).mappings()
    for some in rows.partitions(ROWS_AT_ONCE):
        target.execute(insert(table), [change(dict(row)) for row in some])
