"""The captioning queue: images claimed with leases, finished or failed one by one.

Every image is in exactly one state, so found = pending + leased + captioned + failed + skipped, always.
A worker that dies leaves leases that expire; whoever claims next takes those images over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import CTE, ColumnElement, case, exists, func, or_, select, union_all, update

from core.records import NEEDS_TEXT, Classification, QueueState
from store.counts import on_site
from store.models import Attempt, Image, Occurrence
from store.pieces import pieces
from store.turns import UNPLACED, line_up
from store.upsert import insert
from store.wanted import is_wanted_by, wanted_by
from store.whereabouts import NOWHERE, whereabouts

TRIED_APART_STRIKES = 2  # with as many, a picture is not given to a worker's own process again

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from core.errors import ImageError
    from core.place import Place
    from store.whereabouts import Whereabouts


@dataclass(frozen=True, slots=True)
class ClaimedImage:
    """An image that a worker holds."""

    id: int
    url: str  # canonical
    fetch_url: str
    strikes: int = 0
    asset_id: int | None = None  # what it showed when it was last captioned
    etag: str | None = None  # validators of the answer that the asset came with, if it came from `fetch_url`
    last_modified: str | None = None
    where: Whereabouts = NOWHERE
    questions: tuple[Place | None, ...] = (None,)  # what is to be asked of it: in these places, or (None) alone

    @property
    def is_alone(self) -> bool:
        """Whether it is asked about by itself, and nothing else."""
        return self.questions == (None,)

    @property
    def networks(self) -> frozenset[str]:
        """From which networks, not public, it may be fetched; CIDR notation."""
        return self.where.networks


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker is done with an image: a picture that was captioned, or an error."""

    image_id: int
    asset_id: int | None = None
    asset_url: str | None = None  # where it was fetched
    error: ImageError | None = None
    etag: str | None = None  # validators of the answer that the asset came with
    last_modified: str | None = None


def claim(
    session: Session, worker: str, limit: int, lease_s: float, *, site_ids: Collection[int] | None = None
) -> list[ClaimedImage]:
    """Lease up to `limit` images to `worker` for `lease_s` seconds; in one statement, once the time is known.

    Sites take turns (store.turns), and within a site the oldest come first. Behind them come those with strikes: a
    picture that kills delays no other, and kills from outside seldom meet the same one again. Takes pending
    images and those whose lease has run out; with `site_ids` only those that these sites need a text for. Rows that
    another transaction holds are passed over on Postgres; on SQLite there is one writer at a time and the lock clause
    renders as nothing.
    """
    now = _now(session)
    # Each is the start of a range of one index, so a claim reads no more rows than it needs.
    pending = _first(limit, "pending_images", Image.state == QueueState.PENDING, is_wanted_by(site_ids))
    expired = _first(
        limit, "expired_leases", Image.state == QueueState.LEASED, Image.lease_expires_at < now, is_wanted_by(site_ids)
    )
    both = union_all(select(pending), select(expired)).subquery()
    free = select(both.c.id).order_by(both.c.strikes, both.c.turn, both.c.id).limit(limit).cte("free")
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
        .returning(
            Image.id,
            Image.url,
            Image.fetch_url,
            Image.strikes,
            Image.asset_id,
            # To another address they say nothing: that of a date least of all.
            case((Image.asset_url == Image.fetch_url, Image.etag)).label("etag"),
            case((Image.asset_url == Image.fetch_url, Image.last_modified)).label("last_modified"),
            Image.turn,
        )
        .execution_options(synchronize_session=False)
    )
    claimed = sorted(rows.all(), key=lambda row: (row.strikes, row.turn, row.id))
    where = whereabouts(session, [row.id for row in claimed])
    return [
        ClaimedImage(
            row.id,
            row.url,
            row.fetch_url,
            row.strikes,
            row.asset_id,
            row.etag,
            row.last_modified,
            where=where.get(row.id, NOWHERE),
        )
        for row in claimed
    ]


def _first(limit: int, name: str, *where: ColumnElement[bool]) -> CTE:
    """The first `limit` images in the order of claims, locked. MATERIALIZED: inlined, Postgres may pick them twice."""
    found = (
        select(Image.id, Image.strikes, Image.turn)
        .where(*where)
        .order_by(Image.strikes, Image.turn, Image.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def _now(session: Session) -> datetime:
    """The clock that all workers share: Postgres serves machines whose own clocks differ, SQLite only one machine."""
    if session.get_bind().dialect.name == "postgresql":
        return session.scalars(select(func.now())).one()
    return datetime.now(UTC)


def _held(worker: str, image_ids: Collection[int]) -> ColumnElement[bool]:
    return Image.id.in_(image_ids) & (Image.state == QueueState.LEASED) & (Image.lease_owner == worker)


def heartbeat(session: Session, worker: str, image_ids: Collection[int], lease_s: float) -> set[int]:
    """Extend the leases of a worker that is still at it; returns the ids that it still holds."""
    if not image_ids:
        return set()
    rows = session.scalars(
        update(Image)
        .where(_held(worker, image_ids))
        .values(lease_expires_at=_now(session) + timedelta(seconds=lease_s))
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    )
    return set(rows)


def release(session: Session, worker: str, image_ids: Collection[int], *, clear_strikes: bool = False) -> int:
    """Put back what a worker did not finish, without its strikes if `clear_strikes`. Returns how many."""
    if not image_ids:
        return 0
    result = session.execute(
        update(Image)
        .where(_held(worker, image_ids))
        .values(
            state=QueueState.PENDING,
            lease_owner=None,
            lease_expires_at=None,
            strikes=0 if clear_strikes else Image.strikes,
        )
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def owners(session: Session) -> set[str]:
    """The workers that hold images, or have left some behind."""
    found = session.scalars(select(Image.lease_owner).where(Image.state == QueueState.LEASED).distinct())
    return {name for name in found if name is not None}


def release_all(session: Session, workers: Collection[str]) -> None:
    """Put back what these workers held, which have died. Their strikes stay."""
    session.execute(
        update(Image)
        .where(Image.state == QueueState.LEASED, Image.lease_owner.in_(workers))
        .values(state=QueueState.PENDING, lease_owner=None, lease_expires_at=None)
        .execution_options(synchronize_session=False)
    )


def mark_tried(session: Session, worker: str, image_ids: Collection[int]) -> None:
    """Note that these pictures go to the device now, so that a picture that ends the worker is known by it.

    Each time is a strike, which a worker that lives to end the image takes away. A picture with one may be what
    killed the worker, and is to be tried alone from then on.
    """
    session.execute(
        update(Image)
        .where(_held(worker, image_ids))
        .values(strikes=Image.strikes + 1)
        .execution_options(synchronize_session=False)
    )


def lock(session: Session, worker: str, image_ids: Collection[int]) -> set[int]:
    """Those of the images that the worker holds; nobody takes them over before the transaction ends."""
    return set(session.scalars(select(Image.id).where(_held(worker, image_ids)).order_by(Image.id).with_for_update()))


def end(session: Session, worker: str, endings: Collection[Ending]) -> set[int]:
    """Mark images captioned or failed. Returns the ids of those whose leases the worker still had.

    Nothing is changed of those whose lease it lost meanwhile.
    """
    by_id = {ending.image_id: ending for ending in endings}
    held = lock(session, worker, by_id)
    if not held:
        return held
    now = datetime.now(UTC)
    failed = [by_id[image_id] for image_id in sorted(held) if by_id[image_id].error is not None]
    captioned = [by_id[image_id] for image_id in sorted(held) if by_id[image_id].error is None]
    for some, outcome in ((failed, _failure), (captioned, _capture)):
        if some:
            session.execute(update(Image), [_ENDED | {"id": ending.image_id} | outcome(ending) for ending in some])
    session.execute(
        insert(session, Attempt),
        [
            {
                "image_id": ending.image_id,
                "worker": worker,
                "outcome": "captioned" if ending.error is None else "failed",
                "stage": ending.error and ending.error.stage,
                "code": ending.error and ending.error.code,
                "message": ending.error and ending.error.message,
                "ended_at": now,
            }
            for ending in (*captioned, *failed)
        ],
    )
    return held


_ENDED = {"lease_owner": None, "lease_expires_at": None, "strikes": 0}


def _capture(ending: Ending) -> dict[str, object]:
    return {
        "state": QueueState.CAPTIONED,
        "asset_id": ending.asset_id,
        "asset_url": ending.asset_url,
        "etag": ending.etag,
        "last_modified": ending.last_modified,
    }


def _failure(ending: Ending) -> dict[str, object]:
    error = ending.error
    assert error is not None
    return {
        "state": QueueState.FAILED,
        "stage": error.stage,
        "code": error.code,
        "message": error.message,
    }


def retry_failed(
    session: Session, stage: str | None = None, code: str | None = None, *, site_id: int | None = None
) -> int:
    """Put failed images back into the queue: all, or those with this stage and code, or of this site.

    Returns how many.
    """
    wanted = [Image.state == QueueState.FAILED, on_site(Image.id, site_id)]
    if stage is not None:
        wanted += [Image.stage == stage, Image.code == code]
    result = session.execute(
        update(Image)
        .where(*wanted)
        .values(state=QueueState.PENDING, turn=UNPLACED, stage=None, code=None, message=None)
        .execution_options(synchronize_session=False)
    )
    line_up(session)
    return int(result.rowcount)  # type: ignore[attr-defined]


def ever_failed(session: Session, stage: str, code: str) -> bool:
    """Whether any image has ever failed in this way."""
    met = exists().where(Attempt.stage == stage, Attempt.code == code)
    return session.scalar(select(met)) or False


def requeue_captioned(session: Session, site_ids: Collection[int] | None = None) -> int:
    """Put captioned images that still need a text, on these sites or anywhere, back: they may have changed."""
    result = session.execute(
        update(Image)
        .where(Image.state == QueueState.CAPTIONED, _occurs(*NEEDS_TEXT), wanted_by(site_ids))
        .values(state=QueueState.PENDING, turn=UNPLACED)
        .execution_options(synchronize_session=False)
    )
    line_up(session)
    return int(result.rowcount)  # type: ignore[attr-defined]


def requeue_images(session: Session, image_ids: Collection[int]) -> int:
    """Put captioned images back into the queue. What people wrote or decided stays, and so do drafts until then.

    Returns how many images.
    """
    for some in pieces(sorted(image_ids)):
        session.execute(
            update(Image)
            .where(Image.id.in_(some), Image.state == QueueState.CAPTIONED)
            .values(state=QueueState.PENDING, turn=UNPLACED)
            .execution_options(synchronize_session=False)
        )
    line_up(session)
    return len(image_ids)


def leased(session: Session, site_ids: Collection[int] | None = None) -> int:
    """How many images, of these sites or in all, some worker holds or has left behind until its lease runs out."""
    held = select(func.count()).select_from(Image).where(Image.state == QueueState.LEASED, wanted_by(site_ids))
    return session.scalar(held) or 0


def waiting(session: Session, site_ids: Collection[int] | None = None) -> int:
    """How many images, of these sites or in all, a worker could claim now or once a lease runs out."""
    states = Image.state.in_([QueueState.PENDING, QueueState.LEASED])
    return session.scalar(select(func.count()).select_from(Image).where(states, wanted_by(site_ids))) or 0


def newest_lease(session: Session) -> datetime | None:
    """When the last of all leases runs out: it changes as long as some worker is at work."""
    return session.scalar(select(func.max(Image.lease_expires_at)).where(Image.state == QueueState.LEASED))


def reconcile(session: Session, image_ids: Sequence[int] | None = None, *, site_id: int | None = None) -> None:
    """Let the queue follow the audit: an image is pending when an occurrence needs a text, else skipped.

    `image_ids` bounds it to those, `site_id` to what the site shows or showed. Images that a worker has or had are
    left as they are.
    """
    of_site = on_site(Image.id, site_id)
    if image_ids is None:
        _reconcile(session, of_site)
    elif not image_ids:
        return
    else:
        for some in pieces(image_ids):
            _reconcile(session, of_site & Image.id.in_(some))
    line_up(session)


def _reconcile(session: Session, scope: ColumnElement[bool]) -> None:
    session.execute(
        update(Image)
        .where(scope, Image.state == QueueState.SKIPPED, _occurs(*NEEDS_TEXT))
        .values(state=QueueState.PENDING, turn=UNPLACED, code=None, message=None)
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
        .where(
            scope,
            or_(
                Image.state == QueueState.PENDING,
                (Image.state == QueueState.SKIPPED) & Image.code.is_distinct_from(reason),
            ),
            ~_occurs(*NEEDS_TEXT),
        )
        .values(state=QueueState.SKIPPED, code=reason)
        .execution_options(synchronize_session=False)
    )


def _occurs(*classifications: Classification) -> ColumnElement[bool]:
    return exists().where(
        Occurrence.image_id == Image.id,
        Occurrence.classification.in_(classifications),
        Occurrence.vanished_crawl_id.is_(None),
    )
