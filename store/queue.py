"""The captioning queue: images claimed with leases, finished or failed one by one.

Every image is in exactly one state, so found = pending + leased + captioned + failed + skipped, always.
A worker that dies leaves leases that expire; whoever claims next takes those images over.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update

from core.records import NEEDS_TEXT, Classification, QueueState
from store.models import Attempt, Crawl, Image, Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from core.errors import ImageError


@dataclass(frozen=True, slots=True)
class ClaimedImage:
    """An image that a worker holds."""

    id: int
    url: str  # canonical
    fetch_url: str
    networks: frozenset[str] = frozenset()  # CIDR notation; not public, but where the start URLs of its sites are


def claim(session: Session, worker: str, limit: int, lease_s: float) -> list[ClaimedImage]:
    """Lease up to `limit` images to `worker` for `lease_s` seconds, oldest first; in one statement.

    Takes pending images and those whose lease has run out. Rows that another transaction holds are passed
    over on Postgres; on SQLite there is one writer at a time and the lock clause renders as nothing.
    """
    now = datetime.now(UTC)
    free = (
        select(Image.id)
        .where(
            or_(
                Image.state == QueueState.PENDING,
                (Image.state == QueueState.LEASED) & (Image.lease_expires_at < now),
            )
        )
        .order_by(Image.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    if session.get_bind().dialect.name == "postgresql":
        # Inlined, the planner may run the pick again for each row and lease more than `limit`.
        free = free.prefix_with("MATERIALIZED", dialect="postgresql")
    rows = session.execute(
        update(Image)
        .where(Image.id.in_(select(free.c.id)))
        .values(
            state=QueueState.LEASED,
            lease_owner=worker,
            lease_expires_at=now + timedelta(seconds=lease_s),
            stage=None,
            code=None,
            message=None,
        )
        .returning(Image.id, Image.url, Image.fetch_url)
        .execution_options(synchronize_session=False)
    )
    claimed = sorted(rows.all())
    networks = _networks(session, [image_id for image_id, _, _ in claimed])
    return [ClaimedImage(*row, networks=networks[row.id]) for row in claimed]


def _networks(session: Session, image_ids: Sequence[int]) -> defaultdict[int | None, frozenset[str]]:
    """From which networks, not public, each image may be fetched.

    An address on a page is whatever a stranger wrote; start URLs are the operator's. So this goes by the crawls of
    the sites on whose pages an image stands, the last one of each site that knows.
    """
    last = select(func.max(Crawl.id)).where(Crawl.networks.is_not(None)).group_by(Crawl.site)
    crawls = session.execute(select(Crawl.site, Crawl.networks).where(Crawl.id.in_(last)))
    by_site = {site: frozenset(networks) for site, networks in crawls if networks}
    found: defaultdict[int | None, frozenset[str]] = defaultdict(frozenset)
    if by_site and image_ids:
        places = (
            select(Occurrence.image_id, Page.site)
            .join(Page, Page.id == Occurrence.page_id)
            .where(Occurrence.image_id.in_(image_ids), Occurrence.vanished_crawl_id.is_(None), Page.site.in_(by_site))
            .distinct()
        )
        for image_id, site in session.execute(places):
            found[image_id] |= by_site[site]
    return found


def _held(worker: str, image_ids: Collection[int]) -> ColumnElement[bool]:
    return Image.id.in_(image_ids) & (Image.state == QueueState.LEASED) & (Image.lease_owner == worker)


def heartbeat(session: Session, worker: str, image_ids: Collection[int], lease_s: float) -> set[int]:
    """Extend the leases of a worker that is still at it; returns the ids that it still holds."""
    if not image_ids:
        return set()
    rows = session.scalars(
        update(Image)
        .where(_held(worker, image_ids))
        .values(lease_expires_at=datetime.now(UTC) + timedelta(seconds=lease_s))
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    )
    return set(rows)


def release(session: Session, worker: str, image_ids: Collection[int]) -> int:
    """Put back what a worker did not finish. Returns how many."""
    if not image_ids:
        return 0
    result = session.execute(
        update(Image)
        .where(_held(worker, image_ids))
        .values(state=QueueState.PENDING, lease_owner=None, lease_expires_at=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def finish(session: Session, worker: str, image_id: int, asset_id: int) -> bool:
    """Mark an image captioned. False when the lease was lost meanwhile: then nothing is changed."""
    return _end(
        session,
        worker,
        image_id,
        outcome="captioned",
        state=QueueState.CAPTIONED,
        asset_id=asset_id,
    )


def fail(session: Session, worker: str, image_id: int, error: ImageError) -> bool:
    """Mark an image failed, with stage, code and message. False when the lease was lost meanwhile."""
    return _end(
        session,
        worker,
        image_id,
        outcome="failed",
        state=QueueState.FAILED,
        stage=error.stage,
        code=error.code,
        message=error.message,
    )


def _end(session: Session, worker: str, image_id: int, *, outcome: str, **values: object) -> bool:
    held = session.scalars(
        update(Image)
        .where(_held(worker, [image_id]))
        .values(lease_owner=None, lease_expires_at=None, **values)
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if held is None:
        return False
    failure = {name: values.get(name) for name in ("stage", "code", "message")}
    session.add(Attempt(image_id=image_id, worker=worker, outcome=outcome, ended_at=datetime.now(UTC), **failure))
    return True


def retry_failed(session: Session) -> int:
    """Put every failed image back into the queue. Returns how many."""
    result = session.execute(
        update(Image)
        .where(Image.state == QueueState.FAILED)
        .values(state=QueueState.PENDING, stage=None, code=None, message=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def waiting(session: Session) -> int:
    """How many images a worker could claim now or once a lease runs out."""
    return (
        session.scalar(
            select(func.count()).select_from(Image).where(Image.state.in_([QueueState.PENDING, QueueState.LEASED]))
        )
        or 0
    )


def reconcile(session: Session, image_ids: Sequence[int] | None = None) -> None:
    """Let the queue follow the audit: an image is pending when an occurrence needs a text, else skipped.

    `image_ids` bounds it to those; None means all. Images that a worker has or had are left as they are.
    """
    if image_ids is not None and not image_ids:
        return
    scope = Image.id.in_(image_ids) if image_ids is not None else Image.id.is_not(None)
    session.execute(
        update(Image)
        .where(scope, Image.state == QueueState.SKIPPED, _occurs(*NEEDS_TEXT))
        .values(state=QueueState.PENDING, code=None, message=None)
        .execution_options(synchronize_session=False)
    )
    reason = case(
        (_occurs(Classification.OK), "has_alt"),
        (_occurs(Classification.DECORATIVE), "decorative"),
        (_occurs(Classification.IGNORED), "ignored"),
        else_="vanished",
    )
    session.execute(
        update(Image)
        .where(scope, Image.state.in_([QueueState.PENDING, QueueState.SKIPPED]), ~_occurs(*NEEDS_TEXT))
        .values(state=QueueState.SKIPPED, code=reason)
        .execution_options(synchronize_session=False)
    )


def _occurs(*classifications: Classification) -> ColumnElement[bool]:
    return exists().where(
        Occurrence.image_id == Image.id,
        Occurrence.classification.in_(classifications),
        Occurrence.vanished_crawl_id.is_(None),
    )
