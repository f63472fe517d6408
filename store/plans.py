"""What is planned for each site. A plan is JSON here; who makes and reads it knows what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from store import models
from store.sites import site_of_hosts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from store.sites import Site

_PLAN = "plan"  # in Site.settings


def plan_in(site: Site) -> dict[str, Any] | None:
    """The plan of a site; None where nothing is planned."""
    plan = site.settings.get(_PLAN)
    return dict(plan) if isinstance(plan, dict) else None


def crawled_ids(session: Session) -> set[int]:
    """The ids of the sites that were ever crawled."""
    return set(session.scalars(select(models.Crawl.site_id).distinct()))


def put_plan(session: Session, name: str, hosts: Sequence[str], plan: Mapping[str, Any] | None) -> None:
    """Plan a site, which is made when it is not there, or with None no longer; its hosts join those it has."""
    site = site_of_hosts(session, hosts, name=name)
    row = session.get_one(models.Site, site.id, with_for_update={"key_share": True}, populate_existing=True)
    settings = {key: value for key, value in row.settings.items() if key != _PLAN}
    row.settings = settings if plan is None else settings | {_PLAN: dict(plan)}
    session.flush()
