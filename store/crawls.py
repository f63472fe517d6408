"""Crawls: begin, resume, finish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from sqlalchemy import and_, false, select, true, update

from core.records import CrawlStatus, PageState
from store.changes import record_vanished, settle
from store.decisions_attach import attach_site
from store.decisions_live import follow_site
from store.frontier import clear_frontier, has_frontier
from store.losses import PROOF, STAND_INS, Fall, fall, take_back
from store.models import Crawl, Occurrence, Page
from store.queue import reconcile
from store.variants import CANONICALISED, note_variants

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

# Answers that say that there is no such page any more.
GONE = (*PROOF, "redirect", "not_html")

MAX_CRAWLS_BACK = 20


@dataclass(frozen=True, slots=True)
class CrawlStart:
    """A crawl that is about to run."""

    id: int
    resumed: bool  # it goes on with the frontier that an interrupted run left


def begin_crawl(session: Session, site_id: int, seeds: Sequence[str], *, fresh: bool = False) -> CrawlStart:
    """Start a crawl of a site, or go on with its last one when that was cut short.

    A crawl that still says `running` was killed: its frontier is as good as an interrupted one's. `fresh`
    starts anew in any case.
    """
    newest = select(Crawl).where(Crawl.site_id == site_id).order_by(Crawl.id.desc()).limit(1)
    last = session.scalars(newest).one_or_none()
    if last is not None and last.state in {CrawlStatus.RUNNING, CrawlStatus.INTERRUPTED}:
        if not fresh and last.seeds == list(seeds) and has_frontier(session, last.id):
            last.state = CrawlStatus.RUNNING
            return CrawlStart(last.id, resumed=True)
        last.state = CrawlStatus.INTERRUPTED
        clear_frontier(session, last.id, "abandoned")
    crawl = Crawl(site_id=site_id, seeds=list(seeds), state=CrawlStatus.RUNNING, started_at=datetime.now(UTC), stats={})
    session.add(crawl)
    session.flush()
    return CrawlStart(crawl.id, resumed=False)


def record_networks(session: Session, crawl_id: int, networks: Sequence[str]) -> None:
    """Keep which networks, not public, a crawl's start URLs have opened; CIDR notation."""
    session.get_one(Crawl, crawl_id).networks = list(networks)


def finish_crawl(
    session: Session,
    crawl_id: int,
    *,
    state: CrawlStatus,
    stats: dict[str, Any],
    whole_site: bool,
    comparable: bool | None = None,
    accept_loss: bool = False,
    offsite: Callable[[str], bool] = lambda _: False,
    expected: Callable[[str, int], bool] = lambda _url, _depth: True,
    asked: Collection[str] = (),
) -> Fall | None:
    """Close a crawl.

    An interrupted crawl keeps its frontier for the next run. After a finished one that read the whole site,
    pages that it did not meet are gone, and occurrences on them, or on what is no page any more (404, a redirect),
    have vanished; a page that failed otherwise (a time-out, a 500) keeps what was known of it. So do the pages on
    hosts of the site that this crawl was not to read: of their addresses, `offsite` says so.

    Unless `accept_loss`, nothing is gone and nothing has vanished when a crawl that is `comparable` with those before
    (whether it was the `whole_site`, where that is not said) saw far fewer pages than are known, of those that are
    `expected` by (url, depth): then the fall is returned, and kept with the counts. What was `asked` for
    although nothing links to it is gone when it answers so; the site may still link to other pages that do.
    """
    crawl = session.get_one(Crawl, crawl_id)
    crawl.state = state
    crawl.finished_at = datetime.now(UTC)
    crawl.stats = stats
    session.flush()
    found: Fall | None = None
    proof: tuple[str, ...] = PROOF
    if state == CrawlStatus.FINISHED:
        clear_frontier(session, crawl_id, "page_limit")
        pages = _pages_of(session, crawl, offsite)
        stood_in = (Page.site_id == crawl.site_id) & (Page.last_crawl_id == crawl_id) & Page.failure.in_(STAND_INS)
        reconcile(session, take_back(session, crawl_id, stood_in))
        if (whole_site if comparable is None else comparable) and not accept_loss:
            found, proof = fall(session, crawl_id, pages, expected, asked)
        if found is not None:
            crawl.stats = stats | {"pages_known": found.known, "pages_in_doubt": found.known - found.read}
            reconcile(session, take_back(session, crawl_id))
        if whole_site:
            reconcile(session, _close_gone(session, crawl, pages, proof if found is not None else None))
    if variants := note_variants(session, crawl.site_id):
        crawl.stats = crawl.stats | {CANONICALISED: variants}
    settle(session, crawl_id)
    attach_site(session, crawl.site_id)
    follow_site(session, crawl.site_id, crawl_id)
    return found


def sitemaps_before(session: Session, site_id: int, crawl_id: int) -> int:
    """How many sitemaps that name something the site has, by the last crawl before this one that asked for them."""
    earlier = (
        select(Crawl.stats)
        .where(Crawl.site_id == site_id, Crawl.id < crawl_id, Crawl.state == CrawlStatus.FINISHED)
        .order_by(Crawl.id.desc())
        .limit(MAX_CRAWLS_BACK)
    )
    for stats in session.scalars(earlier):
        if any(name.startswith("sitemaps") for name in stats):
            return int(stats.get("sitemaps", 0) - stats.get("sitemaps_empty", 0) + stats.get("sitemaps_missed", 0))
    return 0


def _pages_of(session: Session, crawl: Crawl, offsite: Callable[[str], bool]) -> ColumnElement[bool]:
    """Selects the pages of the site that a crawl was to read."""
    own = Page.site_id == crawl.site_id
    left = select(Page.url).where(own, Page.last_crawl_id < crawl.id).execution_options(yield_per=1000)
    others = {urljoin(url, "/") for url in session.scalars(left) if offsite(url)}  # origins: few, whatever the pages
    return own & and_(true(), *(~Page.url.startswith(origin, autoescape=True) for origin in sorted(others)))


def _close_gone(session: Session, crawl: Crawl, pages: ColumnElement[bool], proof: Sequence[str] | None) -> list[int]:
    """Close the occurrences on those of the `pages` that are gone; returns the ids of their images, each once.

    With a `proof`, only where the server said so, in these ways. Should such a page come back, it is read anew.
    """
    unmet = false() if proof is not None else pages & (Page.last_crawl_id < crawl.id)
    gone = unmet | (pages & Page.failure.in_(GONE if proof is None else proof))
    there = Occurrence.page_id.in_(select(Page.id).where(gone))
    record_vanished(session, crawl.id, there)
    vanished = session.scalars(
        update(Occurrence)
        .where(there, Occurrence.vanished_crawl_id.is_(None))
        .values(vanished_crawl_id=crawl.id)
        .returning(Occurrence.image_id)
        .execution_options(synchronize_session=False)
    )
    image_ids = sorted({image_id for image_id in vanished if image_id is not None})
    session.execute(update(Page).where(gone, Page.reader.is_not(None)).values(reader=None))
    session.execute(update(Page).where(unmet).values(state=PageState.GONE, failure=None, status=None))
    return image_ids
