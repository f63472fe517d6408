"""On which pages and sites an image stands, for whoever fetches it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from store.models import Crawl, Occurrence, Page, Site
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an image stands now."""

    pages: tuple[str, ...] = ()  # one page of each site that shows it
    policies: Mapping[str, str] = field(default_factory=dict)  # page -> how it is named, where it says so
    hosts: frozenset[str] = frozenset()  # host[:port] of these sites
    networks: frozenset[str] = frozenset()  # CIDR notation; not public, but where the start URLs of these sites are


NOWHERE = Whereabouts()


def whereabouts(session: Session, image_ids: Sequence[int]) -> Mapping[int, Whereabouts]:
    """Where each of these images stands; of one that stands nowhere, nothing is known.

    An address on a page is whatever a stranger wrote; start URLs are the operator's. So networks go by the crawls of
    the sites on whose pages an image stands, the last one of each site that knows.
    """
    first: defaultdict[int, dict[int, int]] = defaultdict(dict)  # image -> site -> page
    for some in pieces(image_ids):
        shown = (
            select(Occurrence.image_id, Page.site_id, func.min(Page.id))
            .join(Page, Page.id == Occurrence.page_id)
            .where(Occurrence.image_id.in_(some), Occurrence.vanished_crawl_id.is_(None))
            .group_by(Occurrence.image_id, Page.site_id)
        )
        for image_id, site_id, page_id in session.execute(shown):
            first[image_id or 0][site_id] = page_id
    site_ids = {site_id for of_image in first.values() for site_id in of_image}
    pages = _pages(session, sorted({page_id for of_image in first.values() for page_id in of_image.values()}))
    policies = _policies(session, first)
    networks = _networks(session, site_ids)
    hosts = {id_: frozenset(hosts) for id_, hosts in session.execute(select(Site.id, Site.hosts)) if id_ in site_ids}
    nothing: frozenset[str] = frozenset()
    return {
        image_id: Whereabouts(
            tuple(pages[page_id] for _, page_id in sorted(of_image.items())),
            {pages[id_]: policy for id_ in of_image.values() if (policy := policies.get((image_id, id_))) is not None},
            nothing.union(*(hosts[site_id] for site_id in of_image)),
            nothing.union(*(networks.get(site_id, nothing) for site_id in of_image)),
        )
        for image_id, of_image in first.items()
    }


def _pages(session: Session, page_ids: Sequence[int]) -> dict[int, str]:
    return {
        id_: url
        for some in pieces(page_ids)
        for id_, url in session.execute(select(Page.id, Page.url).where(Page.id.in_(some)))
    }


def _policies(session: Session, shown: Mapping[int, Mapping[int, int]]) -> dict[tuple[int, int], str]:
    """(image, page) -> the policy by which the page is named in requests for the image, where it says one."""
    policy = Occurrence.facts["referrer"].as_string()
    found: dict[tuple[int, int], str] = {}
    for some in pieces(sorted(shown)):
        for pages in pieces(sorted({page_id for image_id in some for page_id in shown[image_id].values()})):
            rows = select(Occurrence.image_id, Occurrence.page_id, policy).where(
                Occurrence.image_id.in_(some),  # else all that stands on these pages would be read
                Occurrence.page_id.in_(pages),
                Occurrence.vanished_crawl_id.is_(None),
                policy.is_not(None),
            )
            found |= {(image_id or 0, page_id): said for image_id, page_id, said in session.execute(rows)}
    return found


def _networks(session: Session, site_ids: set[int]) -> dict[int, frozenset[str]]:
    last = select(func.max(Crawl.id)).where(Crawl.networks.is_not(None)).group_by(Crawl.site_id)
    crawls = session.execute(select(Crawl.site_id, Crawl.networks).where(Crawl.id.in_(last)))
    return {site_id: frozenset(networks) for site_id, networks in crawls if networks and site_id in site_ids}
