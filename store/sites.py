"""The sites of the store: whose pages, crawls and suggestions are whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from core.errors import UsageError
from store import models
from store.upsert import insert

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_SITES = 10  # named in an error


@dataclass(frozen=True, slots=True)
class Site:
    """One website of one customer."""

    id: int
    name: str
    hosts: tuple[str, ...]  # host[:port]; a start URL there belongs to the site
    settings: dict[str, Any]


def site_named(session: Session, name: str) -> Site:
    """The site of this name. Raises UsageError, which names those that there are, when there is none."""
    row = session.scalars(select(models.Site).where(models.Site.name == name)).one_or_none()
    if row is None:
        raise UsageError(f"there is no site {name!r} in this database. It holds {_some_names(session)}.")
    return _record(row)


def ensure_site(session: Session, name: str) -> Site:
    """The site of this name, made when it is not there."""
    row = {"name": name, "hosts": [name], "settings": {}, "created_at": datetime.now(UTC)}
    session.execute(insert(session, models.Site).on_conflict_do_nothing(index_elements=["name"]), [row])
    return site_named(session, name)


def crawled_sites(session: Session) -> list[Site]:
    """The sites that were crawled, the one of the newest crawl first."""
    newest = (
        select(models.Crawl.site_id, func.max(models.Crawl.id).label("crawl_id"))
        .group_by(models.Crawl.site_id)
        .subquery()
    )
    rows = session.scalars(
        select(models.Site).join(newest, newest.c.site_id == models.Site.id).order_by(newest.c.crawl_id.desc())
    )
    return [_record(row) for row in rows]


def _some_names(session: Session) -> str:
    names = list(session.scalars(select(models.Site.name).order_by(models.Site.name)))
    more = f", and {len(names) - MAX_SITES} more" if len(names) > MAX_SITES else ""
    return (", ".join(names[:MAX_SITES]) + more) or "none yet"


def _record(row: models.Site) -> Site:
    return Site(row.id, row.name, tuple(row.hosts), dict(row.settings))
