"""Keywords of pictures in their places: what they are to be made from, and what was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, exists, func, select, update

from core.records import Classification, Context, SuggestionState
from store.models import Occurrence, Page, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

PLACES_READ = 20  # of one suggestion


@dataclass(frozen=True, slots=True)
class Described:
    """A suggestion, whoever wrote it, and what its places say."""

    suggestion_id: int
    language: str  # of the places: a primary subtag, or UNDETERMINED
    text: str | None  # what is proposed, or decided; None: nothing, or it was rejected
    silent: bool  # a person said that it needs no text
    contexts: tuple[Context, ...]  # of twenty of the places at most
    alts: tuple[str, ...]  # that stand there, and with which no rule finds fault
    inputs: str | None  # what its keywords were made from; None: it has none


@dataclass(frozen=True, slots=True)
class Keywords:
    """What a suggestion is given."""

    suggestion_id: int
    words: tuple[str, ...]
    inputs: str | None  # digest of what they were made from; None: nothing was asked


def described(session: Session, *, after_id: int, limit: int, site_id: int | None = None) -> list[Described]:
    """The next suggestions, in the order of their ids, whose places still stand."""
    stands = exists().where(
        Page.id == Occurrence.page_id,
        Page.site_id == Suggestion.site_id,
        Occurrence.image_id == Suggestion.image_id,
        Occurrence.context_key == Suggestion.context_key,
        Occurrence.vanished_crawl_id.is_(None),
    )
    suggestions = session.execute(
        select(
            Suggestion.id,
            Suggestion.site_id,
            Suggestion.image_id,
            Suggestion.context_key,
            Suggestion.language,
            case((Suggestion.state != SuggestionState.REJECTED, Suggestion.text)).label("text"),
            (Suggestion.decision_id.is_not(None) & (Suggestion.text == "")).label("silent"),
            Suggestion.keywords_inputs,
        )
        .where(Suggestion.id > after_id, stands, *([Suggestion.site_id == site_id] if site_id is not None else []))
        .order_by(Suggestion.id)
        .limit(limit)
    ).all()
    key = (Page.site_id, Occurrence.image_id, Occurrence.context_key)
    nth = func.row_number().over(partition_by=key, order_by=Occurrence.id)
    numbered = (
        select(*key, Occurrence.id, Occurrence.classification, Occurrence.alt, Occurrence.context, nth.label("nth"))
        .join(Page, Page.id == Occurrence.page_id)
        .where(
            Occurrence.image_id.in_({row.image_id for row in suggestions}),
            Page.site_id.in_({row.site_id for row in suggestions}),
            Occurrence.vanished_crawl_id.is_(None),
        )
        .subquery()
    )
    places: dict[tuple[int, int, str], list[tuple[Context, str | None]]] = {}
    for row in session.execute(select(numbered).where(numbered.c.nth <= PLACES_READ).order_by(numbered.c.id)):
        alt = row.alt if row.classification == Classification.OK else None
        places.setdefault((row.site_id, row.image_id, row.context_key), []).append((Context(**row.context), alt))
    found = []
    for row in suggestions:
        here = places.get((row.site_id, row.image_id, row.context_key), [])
        found.append(
            Described(
                row.id,
                row.language,
                row.text,
                bool(row.silent),
                tuple(context for context, _ in here),
                tuple(dict.fromkeys(alt for _, alt in here if alt)),
                row.keywords_inputs,
            )
        )
    return found


def save_keywords(session: Session, given: Iterable[Keywords]) -> None:
    """Store keywords, and nothing else of their suggestions: what a person wrote or decided stays as it is."""
    # In one order everywhere, so that two processes never wait for each other.
    rows = [
        {"of": one.suggestion_id, "words": list(one.words), "made_from": one.inputs}
        for one in sorted(given, key=lambda one: one.suggestion_id)
    ]
    if not rows:
        return
    statement = (
        update(Suggestion)
        .where(Suggestion.id == bindparam("of"))
        .values(keywords=bindparam("words"), keywords_inputs=bindparam("made_from"))
    )
    session.connection().execute(statement, rows)
