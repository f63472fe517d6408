"""The sites of the store: whose pages, crawls and suggestions are whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, or_, select

from core.errors import UsageError
from core.records import CrawlStatus, PageState
from store import models
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
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
    site = site_called(session, name)
    if site is None:
        raise UsageError(f"there is no site {name!r} in this database. It holds {_some_names(session)}.")
    return site


def site_called(session: Session, name: str) -> Site | None:
    """The site of this name, if there is one."""
    row = session.scalars(select(models.Site).where(models.Site.name == name)).one_or_none()
    return _record(row) if row is not None else None


def ensure_site(session: Session, name: str) -> Site:
    """The site of this name, made when it is not there."""
    return _ensure(session, name, [name])


def site_of_hosts(session: Session, hosts: Sequence[str], *, name: str | None = None) -> Site:
    """The site that the start URLs on these hosts (host[:port]) belong to, made when there is none.

    With `name` it is the site of that name. Hosts that belong to no site yet join it. Raises UsageError when they
    belong to several sites.
    """
    hosts = list(dict.fromkeys(hosts))
    if name is not None:
        return _joined(session, _ensure(session, name, hosts), hosts)
    found: dict[int, Site] = {}
    taken: set[str] = set()
    for row in session.scalars(select(models.Site).order_by(models.Site.id)):
        if own := set(row.hosts).intersection(hosts):
            found[row.id] = _record(row)
            taken |= own
    if len(found) > 1:
        names = ", ".join(site.name for site in found.values())
        raise UsageError(
            f"{', '.join(hosts[:MAX_SITES])} belong to several sites of this database: {names}. "
            "Name the one that is meant with --site, or crawl each on its own."
        )
    site = next(iter(found.values()), None) or _ensure(session, hosts[0], hosts)
    return _joined(session, site, [host for host in hosts if host not in taken])


def _ensure(session: Session, name: str, hosts: Sequence[str]) -> Site:
    row = {"name": name, "hosts": list(hosts), "settings": {}, "created_at": datetime.now(UTC)}
    session.execute(insert(session, models.Site).on_conflict_do_nothing(index_elements=["name"]), [row])
    return site_named(session, name)


def _joined(session: Session, site: Site, hosts: Sequence[str]) -> Site:
    """The site with these hosts among its own."""
    if set(hosts) <= set(site.hosts):
        return site
    row = session.get_one(models.Site, site.id, with_for_update={"key_share": True}, populate_existing=True)
    row.hosts = list(dict.fromkeys([*row.hosts, *hosts]))
    session.flush()
    return _record(row)


def all_sites(session: Session) -> list[Site]:
    """Every site, by name."""
    columns = models.Site.id, models.Site.name, models.Site.hosts, models.Site.settings
    return sorted(map(_record, session.execute(select(*columns))), key=lambda site: site.name)


def all_site_ids(session: Session) -> list[int]:
    """The ids of all sites, in order."""
    return list(session.scalars(select(models.Site.id).order_by(models.Site.id)))


@dataclass(frozen=True, slots=True)
class CrawledSites:
    """The sites that were crawled."""

    read: tuple[Site, ...]  # the one of the newest crawl that read a page first
    unread: tuple[Site, ...]  # no page of them was ever read: most are slips of the pen


def crawled_sites(session: Session) -> CrawledSites:
    """The sites that were crawled; a crawl that could read nothing makes none the newest."""
    newest = (
        select(models.Crawl.site_id, func.max(models.Crawl.id).label("crawl_id"))
        .where(models.Crawl.state != CrawlStatus.FAILED)
        .group_by(models.Crawl.site_id)
        .subquery()
    )
    of_site = models.Site.id
    # A site that is down today was read before; a crawl that was cut short has read what is there.
    was_read = or_(
        exists().where(models.Crawl.site_id == of_site, models.Crawl.state == CrawlStatus.FINISHED),
        exists().where(models.Page.site_id == of_site, models.Page.state == PageState.FETCHED),
    )
    rows = session.execute(
        select(models.Site, was_read.label("read"))
        .where(models.Site.id.in_(select(models.Crawl.site_id)))
        .outerjoin(newest, newest.c.site_id == models.Site.id)
        .order_by(func.coalesce(newest.c.crawl_id, 0).desc(), models.Site.id)
    ).all()
    return CrawledSites(
        tuple(_record(row) for row, read in rows if read), tuple(_record(row) for row, read in rows if not read)
    )


def _some_names(session: Session) -> str:
    names = list(session.scalars(select(models.Site.name).order_by(models.Site.name)))
    more = f", and {len(names) - MAX_SITES} more" if len(names) > MAX_SITES else ""
    return (", ".join(names[:MAX_SITES]) + more) or "none yet"


def _record(row: models.Site | Row[Any]) -> Site:
    return Site(row.id, row.name, tuple(row.hosts), dict(row.settings))
