"""Pages that are variants of another page of the site, as they say themselves: rel=canonical.

A variant is read like any page, and what only it shows counts. But what stands on both counts once, and the site has
one page the less.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from core.identity.urls import addresses_of_page
from core.records import PageState
from store.models import Occurrence, Page
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

# What a page is counted as, and how many there are, in the figures of a crawl.
CANONICALISED = "canonicalised"


def is_counted() -> ColumnElement[bool]:
    """Pages that were read and are no variant of another."""
    return (Page.state == PageState.FETCHED) & Page.variant_of_id.is_(None)


def is_variant() -> ColumnElement[bool]:
    """Pages that were read and are a variant of another."""
    return (Page.state == PageState.FETCHED) & Page.variant_of_id.is_not(None)


@cache  # it is the same in hundreds of statements, and costs milliseconds to build
def stands_once(*, few: bool = False) -> ColumnElement[bool]:
    """Occurrences but those on a variant that stand on its page, too, with the same text; `few` as in `current_on`."""
    variant, twin = aliased(Page), aliased(Occurrence)
    there = exists().where(
        variant.id == Occurrence.page_id,
        twin.page_id == variant.variant_of_id,
        twin.key == Occurrence.key,
        twin.vanished_crawl_id.is_(None),
        twin.alt.is_not_distinct_from(Occurrence.alt),
        twin.classification == Occurrence.classification,
    )
    return (
        ~there
        if few
        else or_(Occurrence.page_id.not_in(select(Page.id).where(Page.variant_of_id.is_not(None))), ~there)
    )


def note_variants(session: Session, site_id: int) -> int:
    """Note which pages of a site are variants of which, as they stand now. Returns how many there are."""
    own = Page.site_id == site_id
    named: dict[str, tuple[int, str, int | None]] = {
        url: (id_, canonical or "", before)
        for id_, url, canonical, before in session.execute(
            select(Page.id, Page.url, Page.canonical, Page.variant_of_id).where(
                own, Page.state == PageState.FETCHED, Page.canonical.is_not(None)
            )
        )
    }
    ids: dict[str, int] = {}
    for some in pieces({form for _, canonical, _ in named.values() for form in addresses_of_page(canonical)}):
        ids |= {
            url: id_
            for id_, url in session.execute(
                select(Page.id, Page.url).where(own, Page.state == PageState.FETCHED, Page.url.in_(some))
            )
        }
    canonicals = {
        url: target
        for url, (_, canonical, _) in named.items()
        if (target := next((form for form in addresses_of_page(canonical) if form in ids), url)) != url
    }
    roots = {url: root for url in canonicals if (root := _root(url, canonicals)) is not None}
    stale = own & Page.variant_of_id.is_not(None) & or_(Page.state != PageState.FETCHED, Page.canonical.is_(None))
    session.execute(update(Page).where(stale).values(variant_of_id=None).execution_options(synchronize_session=False))
    changed = [
        {"id": id_, "variant_of_id": wanted}
        for url, (id_, _, before) in named.items()
        if (wanted := ids[roots[url]] if url in roots else None) != before
    ]
    if changed:
        session.execute(update(Page), changed)
    return len(roots)


def _root(url: str, canonicals: Mapping[str, str]) -> str | None:
    """The page at the end of the chain that begins at `url`; None where the chain comes back to one of its pages."""
    met = {url}
    while (target := canonicals.get(url)) is not None:
        if target in met:
            return None
        met.add(target)
        url = target
    return url


def count_variants(session: Session, site_id: int | None) -> int:
    """How many pages of a site, or of all, are variants of others."""
    own = [] if site_id is None else [Page.site_id == site_id]
    return session.scalar(select(func.count()).select_from(Page).where(is_variant(), *own)) or 0
