"""What earlier crawls know of the pages of a site: their links, and what tells whether they changed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from core.identity.urls import page_url
from core.records import PageState
from store.models import Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy.orm import Session

MAX_LINKS_BYTES = 1_000_000  # of the links of one page; with more of them, it is read again each time
_NOFOLLOW = "\tnofollow"  # behind an address, which holds no tab


def pack_links(links: Sequence[str], nofollow: Collection[str] = ()) -> bytes | None:
    """The links of a page as `pages.links` holds them; None when they are too many to keep."""
    marked = frozenset(nofollow)
    text = "\n".join(link + _NOFOLLOW if link in marked else link for link in links).encode()
    return zlib.compress(text) if len(text) <= MAX_LINKS_BYTES else None


def unpack_links(packed: bytes) -> StoredLinks:
    """The links of a page, of what `pages.links` holds."""
    text = zlib.decompress(packed).decode()
    lines = text.split("\n") if text else []
    if _NOFOLLOW not in text:
        return StoredLinks(lines)
    marked = frozenset(line.removesuffix(_NOFOLLOW) for line in lines if line.endswith(_NOFOLLOW))
    return StoredLinks([line.removesuffix(_NOFOLLOW) for line in lines], marked)


@dataclass(frozen=True, slots=True)
class StoredLinks:
    """Where a page led when it was read last."""

    links: Sequence[str] = ()  # in document order, whether a crawl follows them or not
    nofollow: Collection[str] = frozenset()  # of them, those with rel=nofollow
    robots: Sequence[str] = ()  # what the page asked of crawlers
    known: bool = True


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page as it was read last, by this very reader."""

    url: str
    depth: int  # links from the start page
    etag: str | None
    last_modified: str | None
    body_sha256: str | None
    robots: tuple[str, ...]  # what it asks of crawlers
    packed_links: bytes

    @property
    def leads_to(self) -> StoredLinks:
        """Where it leads."""
        return replace(unpack_links(self.packed_links), robots=self.robots)


def known_pages(session: Session, site_id: int, crawl_id: int, reader: str) -> Iterator[KnownPage]:
    """The pages of the site that this crawl has not done with, and that `reader` has read before."""
    rows = session.execute(
        select(Page.url, Page.depth, Page.etag, Page.last_modified, Page.body_sha256, Page.robots, Page.links)
        .where(
            Page.site_id == site_id,
            Page.state == PageState.FETCHED,
            Page.last_crawl_id != crawl_id,
            Page.reader == reader,
            Page.links.is_not(None),
        )
        .order_by(Page.depth, Page.id)
        .execution_options(yield_per=1000)
    )
    for url, depth, etag, last_modified, digest, robots, links in rows:
        assert links is not None
        yield KnownPage(url, depth, etag, last_modified, digest, tuple(robots), links)


def variants_of(session: Session, site_id: int) -> Iterator[tuple[str, str, str | None]]:
    """(url, canonical, title) of the pages of a site that named another as their own when they were read."""
    rows = session.execute(
        select(Page.url, Page.canonical, Page.title)
        .where(Page.site_id == site_id, Page.state == PageState.FETCHED, Page.canonical.is_not(None))
        .execution_options(yield_per=1000)
    )
    for url, canonical, title in rows:
        assert canonical is not None
        yield url, canonical, title


def links_of(session: Session, site_id: int, url: str) -> StoredLinks:
    """Where a page of a site led when it was read last; nowhere when that is not known."""
    page = session.execute(
        select(Page.links, Page.robots).where(Page.site_id == site_id, Page.url == url)
    ).one_or_none()
    if page is None or page.links is None:
        return StoredLinks(known=False)
    found = unpack_links(page.links)
    # They may have been stored by a version that wrote addresses in another form.
    links, nofollow = [page_url(link) for link in found.links], frozenset(map(page_url, found.nofollow))
    return StoredLinks(links, nofollow, tuple(page.robots))


def places_of(session: Session, site_id: int, url: str) -> int:
    """How many images stand on a page of a site, as far as is known."""
    standing = (
        select(func.count())
        .select_from(Occurrence)
        .join(Page, Page.id == Occurrence.page_id)
        .where(Page.site_id == site_id, Page.url == url, Occurrence.vanished_crawl_id.is_(None))
    )
    return session.scalar(standing) or 0
