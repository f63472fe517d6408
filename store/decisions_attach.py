"""Showing decisions where they hold: read what concerns one another, ask the pure rules, write what differs.

Decisions and places concern one another through an address or an asset. So a site is worked through in pieces of
some hundred decisions with all that hangs on them, and a batch of images with what hangs on those alone.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, delete, or_, select, update

from core.identity.context_key import VERSION as CONTEXT_VERSION
from core.identity.context_key import context_key
from core.records import Context, DecisionState, ImageKind, Occurrence, SuggestionOrigin, SuggestionState
from store import models
from store.decisions_gather import CHUNK, chunks, read_company
from store.decisions_match import IMAGE_ROLE, Explanation, Matching, Reason, match
from store.models import Asset, DecisionKey, Image, Suggestion
from store.rekey_sizes import images_at
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from store.decisions_gather import Company
    from store.decisions_match import Held

# What is a suggestion's own, whatever text it shows. The rest is a machine's draft, kept while a decision holds.
_OWN = {
    "id", "site_id", "image_id", "context_key", "language", "state", "decision_id", "carried", "draft", "created_at",
    "updated_at", "keywords", "keywords_inputs",
}  # fmt: skip
_DRAFTED = tuple(column.name for column in Suggestion.__table__.columns if column.name not in _OWN)
_CONTEXT = {item.name for item in fields(Context)}
_MACHINES = (SuggestionOrigin.MODEL, SuggestionState.PENDING)  # origin and state of a draft that nobody decided on
_FOLLOWED = (SuggestionState.LIVE, SuggestionState.REGRESSED)  # what crawls say of a decided text


def attach_site(session: Session, site_id: int) -> None:
    """Show each decision of a site where it holds now: after a crawl, or when identities have changed."""
    table, last_id, seen = DecisionKey, 0, set[int]()
    learn_assets(session, table.site_id == site_id)
    while ids := list(
        session.scalars(
            select(table.decision_id)
            .where(table.site_id == site_id, table.decision_id > last_id)
            .order_by(table.decision_id)
            .limit(CHUNK)
        )
    ):
        last_id = ids[-1]
        if left := [id_ for id_ in ids if id_ not in seen]:
            seen.update(attach_decisions(session, site_id, left))


def attach_images(session: Session, image_ids: Iterable[int]) -> None:
    """Show decisions where they hold once more is known of these images: their assets, or their addresses.

    A decision made before its picture was fetched takes the first bytes that are then seen at its address. Call
    this in the transaction that stores them: so no other bytes can have been there in between.
    """
    ids = sorted(set(image_ids))
    if not ids or session.scalar(select(DecisionKey.decision_id).limit(1)) is None:
        return
    found: dict[int, set[int]] = {}
    for chunk in chunks(ids):
        urls = select(Image.url).where(Image.id.in_(chunk))
        assets = select(Asset.sha256).join(Image, Image.asset_id == Asset.id).where(Image.id.in_(chunk))
        learn_assets(session, DecisionKey.image_url.in_(urls))
        rows = session.execute(
            select(DecisionKey.site_id, DecisionKey.decision_id).where(
                or_(DecisionKey.image_url.in_(urls), DecisionKey.asset_sha256.in_(assets))
            )
        )
        holding = session.execute(
            select(Suggestion.site_id, Suggestion.decision_id).where(
                Suggestion.image_id.in_(chunk), Suggestion.decision_id.is_not(None)
            )
        )
        for site_id, decision_id in [*rows, *holding]:
            found.setdefault(site_id, set()).add(decision_id)
    for site_id, decision_ids in sorted(found.items()):
        attach_decisions(session, site_id, sorted(decision_ids))


def attach_decisions(session: Session, site_id: int, decision_ids: Sequence[int]) -> set[int]:
    """Show these decisions, and all that concern them, where they hold. Returns the ids of all that were looked at."""
    seen: set[int] = set()
    for chunk in chunks(sorted(decision_ids)):
        left = [id_ for id_ in chunk if id_ not in seen]
        if left:
            company = read_company(session, site_id, left)
            _apply(session, site_id, company, match(company.places, company.decisions))
            seen.update(decision.id for decision in company.decisions)
    return seen


def explain_decision(session: Session, row: models.Decision) -> Explanation:
    """Where a decision is shown now and why, or why nowhere."""
    if row.undoes_id is not None:
        return Explanation(Reason.UNDO, by=row.undoes_id)
    company = read_company(session, row.site_id, [row.id])
    return match(company.places, company.decisions).explanations[row.id]


def learn_assets(session: Session, which: ColumnElement[bool]) -> None:
    """Give decisions that were made before their picture was fetched the asset that was first seen at their address."""
    known = (
        select(Asset.sha256)
        .join(Image, Image.asset_id == Asset.id)
        .where(Image.url == DecisionKey.image_url)
        .scalar_subquery()
    )
    session.execute(
        update(DecisionKey)
        .where(which, DecisionKey.asset_sha256.is_(None), known.is_not(None))
        .values(asset_sha256=known)
        .execution_options(synchronize_session=False)
    )


def add_keys(session: Session, decision_ids: Sequence[int]) -> None:
    """Work out what decisions were made on by the identities of today. Learnt assets stay."""
    table = models.Decision
    for chunk in chunks(decision_ids):
        rows = session.execute(
            select(
                table.id, table.site_id, table.address, table.asset_sha256, table.role, table.language,
                table.context_key,
                case((table.context_version != CONTEXT_VERSION, table.context)).label("context"),
            ).where(table.id.in_(chunk), table.undoes_id.is_(None))
        ).all()  # fmt: skip
        images = images_at(session, (row.address for row in rows))
        values = [
            {
                "decision_id": row.id,
                "site_id": row.site_id,
                "image_url": images[row.address],
                "context_key": _key_of_today(row),
                "asset_sha256": row.asset_sha256,
            }
            for row in rows
        ]
        if values:
            statement = insert(session, DecisionKey)
            changed = ("image_url", "context_key")
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=["decision_id"], set_={name: statement.excluded[name] for name in changed}
                ),
                values,
            )


def _key_of_today(row: Any) -> str:
    """The context key that the place of a decision would get now; where its context is not known, the one of then."""
    if row.context is None:  # nor is it read where the key is of the rules of today
        return str(row.context_key)
    functional = row.role if row.role != IMAGE_ROLE else None
    place = Occurrence(
        key="",
        kind=ImageKind.IMG,
        element="img",
        selector="",
        html="",
        image_url=row.address,
        lang=row.language,
        interactive=functional,
        sole_content=functional is not None,
        context=_context_of(row.context),
    )
    return context_key(place)


def _context_of(stored: Mapping[str, Any]) -> Context:
    """A context as the store holds it, which an older or newer version may have written."""
    return Context(**{name: value for name, value in stored.items() if name in _CONTEXT})


def _apply(session: Session, site_id: int, company: Company, found: Matching) -> None:
    """Let the suggestions on these images show what holds for each, and nothing else that people decided."""
    table = Suggestion
    rows: dict[tuple[int, str], Mapping[str, Any]] = {
        (row["image_id"], row["context_key"]): dict(row)
        for chunk in chunks(company.image_ids)
        for row in session.execute(
            select(table.__table__).where(table.site_id == site_id, table.image_id.in_(chunk))
        ).mappings()
    }
    _detach(session, [row for key, row in rows.items() if row["decision_id"] and key not in found.holds], found)
    changed = {
        key: held
        for key, held in sorted(found.holds.items())
        if key not in rows or (rows[key]["decision_id"], rows[key]["carried"]) != (held.decision_id, held.carried)
    }
    followed = {row["decision_id"]: row["state"] for row in rows.values() if row["state"] in _FOLLOWED}
    decided = _texts(session, {held.decision_id for held in changed.values()})
    languages = {(place.image_id, place.context_key): place.language for place in company.places}
    new, known = [], []
    for key, held in changed.items():
        there = rows.get(key) or open_suggestion(site_id, *key, languages[key])
        shown = _showing(there, held, decided[held.decision_id], followed)
        if key in rows:
            known.append({"id": there["id"], **shown})
        else:
            new.append({**there, **shown})
    if new:
        session.execute(insert(session, table), new)
    if known:
        session.execute(update(table), known)
    session.expire_all()


def _showing(
    there: Mapping[str, Any], held: Held, decided: tuple[str | None, str, str], followed: Mapping[int, str]
) -> dict[str, Any]:
    """What changes of a suggestion that is to show a decision."""
    text, state, origin = decided
    draft = there["draft"]
    if there["decision_id"] is None and (there["origin"], there["state"]) == _MACHINES:
        draft = {name: there[name] for name in _DRAFTED}
    if text is None and state == DecisionState.PENDING:
        text, origin = (draft or there)["text"], (draft or there)["origin"]
    another = there["decision_id"] != held.decision_id
    return {
        "text": text, "origin": origin, "draft": draft, "decision_id": held.decision_id, "carried": held.carried,
        "state": followed.get(held.decision_id, state) if another else there["state"], "updated_at": datetime.now(UTC),
    }  # fmt: skip


def _texts(session: Session, decision_ids: Iterable[int]) -> dict[int, tuple[str | None, str, str]]:
    table = models.Decision
    return {
        id_: (text, state, origin)
        for chunk in chunks(sorted(decision_ids))
        for id_, text, state, origin in session.execute(
            select(table.id, table.text, table.state, table.origin).where(table.id.in_(chunk))
        )
    }


def open_suggestion(site_id: int, image_id: int, key: str, language: str) -> dict[str, Any]:
    """The columns of a suggestion without a text, for people to decide on."""
    now = datetime.now(UTC)
    return {
        "site_id": site_id, "image_id": image_id, "context_key": key, "language": language, "text": None,
        "state": SuggestionState.PENDING, "origin": SuggestionOrigin.HUMAN, "source": "none", "needs_human": False,
        "decision_id": None, "carried": False, "draft": None, "created_at": now, "updated_at": now,
    }  # fmt: skip


def _detach(session: Session, rows: Sequence[Mapping[str, Any]], found: Matching) -> None:
    """Let suggestions show the machine's draft again. Without one, or of another picture, they are drafted anew."""
    gone, restored = [], []
    for row in rows:
        explained = found.explanations.get(row["decision_id"])
        if row["draft"] is None or (explained is not None and explained.reason is Reason.OTHER_PICTURE):
            gone.append(row["id"])
            continue
        restored.append({
            **{name: value for name, value in row["draft"].items() if name in _DRAFTED},
            "id": row["id"], "state": SuggestionState.PENDING, "decision_id": None, "carried": False, "draft": None,
            "updated_at": datetime.now(UTC),
        })  # fmt: skip
    for chunk in chunks(gone):
        session.execute(delete(Suggestion).where(Suggestion.id.in_(chunk)))
    if restored:
        session.execute(update(Suggestion), restored)
