"""Whose turn it is: images that wait stand in the line of their site, and the lines move on side by side.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996), with every image of the same weight: an image that
joins a line gets the turn behind the last one of its line, and none before the lowest that waits now. Whoever claims
takes the lowest turns, so a line of 40,000 delays one of 40 by 40 images, whichever came first. An image that several
sites want stands in the line of one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Subquery, bindparam, case, exists, func, or_, select, update

from core.records import NEEDS_TEXT, QueueState
from store.models import Image, Occurrence, Page, Site

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

UNPLACED = 0  # the turn of an image that has just become pending

_WAITS = Image.state == QueueState.PENDING
# Strikes come first in the index: without a look at them it cannot be used.
_UNPLACED = _WAITS & or_(
    (Image.strikes == 0) & (Image.turn == UNPLACED), (Image.strikes > 0) & (Image.turn == UNPLACED)
)


def line_up(session: Session) -> None:
    """Give every pending image without a turn its place in the line of its site."""
    line = _line()
    joining = {
        row.site_id: row.images
        for row in session.execute(select(line.c.site_id, func.count().label("images")).group_by(line.c.site_id))
    }
    now = _now(session)
    if joining:
        last = _last_turns(session, joining.keys())
        _set_last_turns(session, {site_id: max(now, last[site_id]) for site_id in joining})
        nth = func.row_number().over(partition_by=line.c.site_id, order_by=line.c.image_id).label("nth")
        placed = select(line.c.image_id, (Site.last_turn + nth).label("turn")).join(Site, Site.id == line.c.site_id)
        placed_images = placed.subquery()
        session.execute(
            update(Image)
            .where(Image.id == placed_images.c.image_id)
            .values(turn=placed_images.c.turn)
            .execution_options(synchronize_session=False)
        )
        _set_last_turns(session, {site_id: max(now, last[site_id]) + joining[site_id] for site_id in joining})
    # What stands nowhere is in no line.
    session.execute(update(Image).where(_UNPLACED).values(turn=now + 1).execution_options(synchronize_session=False))


def _line() -> Subquery:
    """(image id, site id) of the images without a turn: the first site that needs a text for it, or else has it."""
    needed = Occurrence.classification.in_(NEEDS_TEXT) & Occurrence.vanished_crawl_id.is_(None)
    site_id = func.coalesce(func.min(case((needed, Page.site_id))), func.min(Page.site_id)).label("site_id")
    return (
        select(Image.id.label("image_id"), site_id)
        .join(Occurrence, Occurrence.image_id == Image.id)
        .join(Page, Page.id == Occurrence.page_id)
        .where(_UNPLACED)
        .group_by(Image.id)
        .subquery()
    )


def _now(session: Session) -> int:
    """The lowest turn that waits; when nothing does, the highest that was given."""
    lowest = select(func.min(Image.turn)).where(_WAITS, Image.strikes == 0, Image.turn > UNPLACED)
    return session.scalar(lowest) or session.scalar(select(func.max(Site.last_turn))) or 0


def _last_turns(session: Session, site_ids: Collection[int]) -> dict[int, int]:
    """The last turn in each site's line; 0 for a line in which nobody waits. Locks the rows of the sites.

    The lock lets others go on writing pages of the site (FOR NO KEY UPDATE).
    """
    locked = select(Site).where(Site.id.in_(site_ids)).order_by(Site.id).with_for_update(key_share=True)
    given = {site.id: site.last_turn for site in session.scalars(locked.execution_options(populate_existing=True))}
    return {site_id: turn if _still_waits(session, site_id, turn) else 0 for site_id, turn in given.items()}


def _still_waits(session: Session, site_id: int, turn: int) -> bool:
    """Whether the image that was given this turn in the line of the site waits: so the line is not served yet."""
    there: ColumnElement[bool] = exists().where(
        _WAITS,
        Image.strikes == 0,
        Image.turn == turn,
        Occurrence.image_id == Image.id,
        Page.id == Occurrence.page_id,
        Page.site_id == site_id,
    )
    return turn > UNPLACED and bool(session.scalar(select(there)))


def _set_last_turns(session: Session, turns: dict[int, int]) -> None:
    session.connection().execute(
        update(Site).where(Site.id == bindparam("site_id")).values(last_turn=bindparam("turn")),
        [{"site_id": site_id, "turn": turn} for site_id, turn in sorted(turns.items())],
    )
