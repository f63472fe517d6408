"""The journal of what people decided: append-only, and the truth that suggestions are derived from.

A decision holds what the person saw (site, page, address as written, asset, role, language, context), what they
said and what stood before. It is never changed nor deleted; taking one back is a further row. Which suggestion
shows it is for `store.decisions_attach` to say, by the rules of `store.decisions_match`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from core.errors import UsageError
from core.identity.context_key import VERSION as CONTEXT_VERSION
from core.records import DecisionState, SuggestionOrigin, SuggestionState
from core.text import counted, storable
from store import models
from store.decisions_attach import add_keys, attach_decisions, explain_decision
from store.decisions_match import IMAGE_ROLE
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from store.decisions_match import Explanation

MAX_TEXT_CHARS = 2000  # as much of an alt attribute as a crawl reads: a longer one would never be found on the site
MAX_NAME_CHARS = 200  # of a person or a batch


class DecisionError(UsageError):
    """A decision that cannot be taken as it was asked for."""


class DecisionClashError(DecisionError):
    """Somebody else decided on the same suggestion in between."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person had before them when deciding: the text and state of the suggestion."""

    text: str | None
    state: str


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


def decide(
    session: Session,
    site_id: int,
    suggestion_id: int,
    state: DecisionState,
    text: str | None = None,
    *,
    who: str,
    seen: Seen,
    batch: str | None = None,
) -> Decision:
    """Write down what a person says of a suggestion, and show it wherever it holds.

    approved takes the text as it stands, edited and pending take a new one (pending: it waits for somebody to
    approve it; without a text, the suggestion is open again), rejected refuses what stands, decorative says that
    the picture needs none. `seen` is what the person had before them. Raises DecisionClashError when something else
    stands by now, and DecisionError for a text, name or state that does not fit, or a suggestion that is not there.
    """
    table = models.Suggestion
    row = session.scalars(
        select(table).where(table.id == suggestion_id, table.site_id == site_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise DecisionError(f"there is no suggestion {suggestion_id} on this site: load the list again")
    if (row.text, row.state) != (seen.text, seen.state):
        raise DecisionClashError(
            f"somebody else decided on suggestion {suggestion_id} meanwhile: it is {row.state} now, with the text "
            f"{row.text!r}. Look at it again before you decide."
        )
    decided_text, origin = _text_of(state, text, row)
    values = _facts(session, row) | {
        "text": decided_text,
        "state": state,
        "origin": origin,
        "who": _name("person", who),
        "batch": _name("batch", batch) if batch is not None else None,
        "at": datetime.now(UTC),
        "before_text": row.text,
        "before_state": row.state,
        "replaces_id": row.decision_id,
        "undoes_id": None,
    }
    id_ = session.scalars(insert(session, models.Decision).returning(models.Decision.id), [values]).one()
    add_keys(session, [id_])
    attach_decisions(session, site_id, [id_])
    return read_decision(session, id_)


def _text_of(state: DecisionState, text: str | None, row: models.Suggestion) -> tuple[str | None, SuggestionOrigin]:
    origin = SuggestionOrigin(row.origin)
    if state is DecisionState.UNDONE:
        raise DecisionError("a decision is taken back with undo")
    if state is DecisionState.DECORATIVE:
        return "", SuggestionOrigin.HUMAN
    if state is DecisionState.PENDING and text is None:
        return None, origin
    if state in {DecisionState.APPROVED, DecisionState.REJECTED}:
        if text is not None and text != row.text:
            raise DecisionError(f"the text is another than the one that stands: say edited instead of {state}")
        if state is DecisionState.APPROVED and not row.text:
            raise DecisionError("there is no text to approve: say edited, with one, or decorative")
        return row.text, origin
    cleaned = storable(text or "")
    if not cleaned.strip():
        raise DecisionError("the text is empty: for a picture that needs none, say decorative")
    if len(cleaned) > MAX_TEXT_CHARS:
        raise DecisionError(
            f"the text has {counted(len(cleaned), 'character')}; at most {MAX_TEXT_CHARS:,} are kept. Shorten it."
        )
    return cleaned, SuggestionOrigin.IMPORT if state is DecisionState.PENDING else SuggestionOrigin.HUMAN


def _name(what: str, name: str) -> str:
    cleaned = storable(name)
    if not cleaned.strip():
        raise DecisionError(f"the name of the {what} is empty: say who decides")
    if len(cleaned) > MAX_NAME_CHARS:
        raise DecisionError(f"the name of the {what} has more than {MAX_NAME_CHARS} characters. Shorten it.")
    return cleaned


def _facts(session: Session, row: models.Suggestion) -> dict[str, Any]:
    """What the person saw: the first place of the suggestion, one that stands before one that is gone."""
    table = models.Occurrence
    place = session.execute(
        select(table.facts, table.context, models.Page.url, models.Image.url.label("image_url"), models.Asset.sha256)
        .join(models.Page, models.Page.id == table.page_id)
        .join(models.Image, models.Image.id == table.image_id)
        .outerjoin(models.Asset, models.Asset.id == models.Image.asset_id)
        .where(table.image_id == row.image_id, table.context_key == row.context_key, models.Page.site_id == row.site_id)
        .order_by(table.vanished_crawl_id.is_not(None), table.id)
        .limit(1)
    ).one_or_none()
    if place is None:
        raise DecisionError(f"what suggestion {row.id} was made for is no longer known: load the list again")
    facts = place.facts
    return {
        "site_id": row.site_id,
        "page_url": place.url,
        "address": facts.get("picture") or facts.get("address") or place.image_url,
        "asset_sha256": place.sha256,
        "role": (facts.get("interactive") if facts.get("sole_content") else None) or IMAGE_ROLE,
        "language": row.language,
        "context": place.context,
        "context_key": row.context_key,
        "context_version": CONTEXT_VERSION,
    }


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
    name, now = _name("person", who), datetime.now(UTC)
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


def read_decision(session: Session, decision_id: int) -> Decision:
    """One row of the journal. Raises DecisionError when there is none."""
    found = _read(session, [decision_id])
    if not found:
        raise DecisionError(f"there is no decision {decision_id}")
    return found[0]


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
