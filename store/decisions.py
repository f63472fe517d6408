"""The journal of what people decided: append-only, and the truth that suggestions are derived from.

A decision holds what the person saw (site, page, address as written, asset, role, language, context), what they
said and what stood before. It is never changed nor deleted; taking one back is a further row. `store.deciding`
writes them; which suggestion shows one is for `store.decisions_attach` to say, by the rules of `store.decisions_match`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from core.records import DecisionState, SuggestionOrigin, SuggestionState
from store import models
from store.deciding import DecisionError, Seen, name_of
from store.decisions_attach import attach_decisions, explain_decision
from store.decisions_gather import chunks
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from store.decisions_match import Explanation


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the journal. `undoes` names the decision that it takes back, when the state is undone."""

    id: int
    site_id: int
    page_url: str
    address: str  # of the image, as written on the page; of a decision from before the journal, the canonical one
    asset: str | None  # sha256; None: not known when it was made
    role: str  # image, link or button
    language: str  # primary subtag
    context: dict[str, Any] | None  # as the crawl stored it; None: not known
    text: str | None
    state: DecisionState
    origin: SuggestionOrigin  # who wrote the text
    who: str | None  # None: made before the journal was kept
    at: datetime
    batch: str | None
    before: Seen
    replaces: int | None  # the decision that held before
    undoes: int | None


def undo(
    session: Session, site_id: int, *, who: str, decision_id: int | None = None, batch: str | None = None
) -> list[Decision]:
    """Take back one decision, or what is left of a batch; what stood before stands again. Returns the new rows.

    Raises DecisionError when there is no such decision or batch on the site, or it is taken back already.
    """
    if (decision_id is None) == (batch is None):
        raise TypeError("name a decision or a batch")
    table = models.Decision
    which = table.id == decision_id if decision_id is not None else table.batch == batch
    undoing = aliased(table)
    taken_back = exists().where(undoing.undoes_id == table.id)
    rows = session.scalars(
        select(table).where(which, table.site_id == site_id, table.undoes_id.is_(None), ~taken_back).order_by(table.id)
    ).all()
    if not rows:
        what = f"decision {decision_id}" if decision_id is not None else f"batch {batch!r}"
        raise DecisionError(f"there is no {what} to take back on this site, or it is taken back already")
    name, now = name_of("person", who), datetime.now(UTC)
    copied = (
        "site_id", "page_url", "address", "asset_sha256", "role", "language", "context", "context_key",
        "context_version", "origin", "batch",
    )  # fmt: skip
    values = [
        {column: getattr(row, column) for column in copied}
        | {
            "text": row.before_text, "state": DecisionState.UNDONE, "who": name, "at": now, "before_text": row.text,
            "before_state": row.state, "replaces_id": None, "undoes_id": row.id,
        }
        for row in rows
    ]  # fmt: skip
    statement = insert(session, table).returning(table.id)
    added = sorted(session.scalars(statement, values))
    attach_decisions(session, site_id, [row.id for row in rows])
    return _read(session, added)


def _read(session: Session, ids: Sequence[int]) -> list[Decision]:
    found = []
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        rows = session.scalars(select(models.Decision).where(models.Decision.id.in_(some)).order_by(models.Decision.id))
        found += [_record(row) for row in rows]
    return found


def journal(session: Session, site_id: int, *, newer_than: int = 0) -> Iterator[Decision]:
    """The decisions of a site, the oldest first, those that take one back included; after one with an id, if named."""
    table = models.Decision
    rows = session.scalars(
        select(table)
        .where(table.site_id == site_id, table.id > newer_than)
        .order_by(table.id)
        .execution_options(yield_per=500)
    )
    return map(_record, rows)


def images_decided_on(session: Session, site_id: int, *, newer_than: int) -> tuple[set[int], int]:
    """The images that decisions after one with this id are on, those of the same bytes included; the newest id."""
    table, key = models.Decision, models.DecisionKey
    new = session.execute(
        select(table.id, table.undoes_id).where(table.site_id == site_id, table.id > newer_than).order_by(table.id)
    ).all()
    image, asset, images = models.Image, models.Asset, set[int]()
    for some in chunks({row.undoes_id or row.id for row in new}):
        mine = key.decision_id.in_(some)
        images.update(session.scalars(select(image.id).where(image.url.in_(select(key.image_url).where(mine)))))
        same = select(asset.id).where(asset.sha256.in_(select(key.asset_sha256).where(mine)))
        images.update(session.scalars(select(image.id).where(image.asset_id.in_(same))))
    return images, new[-1].id if new else newer_than


def newest_decision(session: Session, site_id: int) -> int:
    """The id of the site's newest decision, 0 where nobody has decided anything."""
    return session.scalar(select(func.max(models.Decision.id)).where(models.Decision.site_id == site_id)) or 0


def decision_on(session: Session, site_id: int, image_id: int, context_key: str) -> Decision | None:
    """The decision that holds for an image in a context, None where there is none."""
    table = models.Suggestion
    here = (table.site_id == site_id, table.image_id == image_id, table.context_key == context_key)
    row = session.scalars(select(models.Decision).join(table, table.decision_id == models.Decision.id).where(*here))
    found = row.one_or_none()
    return _record(found) if found is not None else None


def explain(session: Session, decision_id: int) -> Explanation:
    """Where a decision is shown now and why, or why nowhere. Raises DecisionError when there is none."""
    row = session.get(models.Decision, decision_id)
    if row is None:
        raise DecisionError(f"there is no decision {decision_id}")
    return explain_decision(session, row)


def _record(row: models.Decision) -> Decision:
    return Decision(
        id=row.id,
        site_id=row.site_id,
        page_url=row.page_url,
        address=row.address,
        asset=row.asset_sha256,
        role=row.role,
        language=row.language,
        context=row.context,
        text=row.text,
        state=DecisionState(row.state),
        origin=SuggestionOrigin(row.origin),
        who=row.who,
        at=row.at,
        batch=row.batch,
        before=Seen(row.before_text, SuggestionState(row.before_state)),
        replaces=row.replaces_id,
        undoes=row.undoes_id,
    )
