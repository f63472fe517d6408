"""Writing down what people decide, one text or thousands at once, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from core.errors import UsageError
from core.identity.context_key import VERSION as CONTEXT_VERSION
from core.languages import primary_subtag
from core.records import DecisionState, SuggestionOrigin, SuggestionState
from core.text import counted, storable
from store import models
from store.decisions_attach import add_keys, attach_decisions, open_suggestion
from store.decisions_gather import chunks
from store.decisions_match import IMAGE_ROLE
from store.hints import not_by_index
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

MAX_TEXT_CHARS = 2000  # as much of an alt attribute as a crawl reads: a longer one would never be found on the site
MAX_NAME_CHARS = 200  # of a person or a batch


class DecisionError(UsageError):
    """A decision that cannot be taken as it was asked for."""


class DecisionClashError(DecisionError):
    """Somebody else decided on the same suggestion in between."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person had before them when deciding: the text and state of the suggestion, the default where none is."""

    text: str | None = None
    state: str = SuggestionState.PENDING


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says of an image in a context, and what they had before them.

    approved takes the text as it stands, edited and pending take a new one (pending: it waits for somebody to
    approve it; without a text, the suggestion is open again), rejected refuses what stands, decorative says that
    the picture needs none.
    """

    image_id: int
    context_key: str
    state: DecisionState
    text: str | None
    seen: Seen

    @property
    def place(self) -> tuple[int, str]:
        """What the decision is on: image id, context key."""
        return self.image_id, self.context_key


def decide(
    session: Session, site_id: int, choices: Sequence[Choice], *, who: str, batch: str | None = None
) -> list[int | DecisionError]:
    """Write down what a person says, and show it wherever it holds; for each choice its decision's id, or why not.

    A refused choice changes nothing and keeps no other from being taken: DecisionClashError where something else
    stands by now, DecisionError for a text or state that does not fit, or a place that the site does not have. Raises
    DecisionError for a name of a person or batch that does not do, ValueError for two choices on one place.
    """
    who, batch = name_of("person", who), name_of("batch", batch) if batch is not None else None
    if len({choice.place for choice in choices}) < len(choices):
        raise ValueError("two choices on one place")
    answers: list[int | DecisionError] = []
    for some in chunks(choices):
        answers += _write_down(session, site_id, some, who, batch)
    ids = [answer for answer in answers if isinstance(answer, int)]
    add_keys(session, ids)
    attach_decisions(session, site_id, ids)  # all at once: what concerns several of them is read once
    return answers


def _write_down(
    session: Session, site_id: int, choices: Sequence[Choice], who: str, batch: str | None
) -> list[int | DecisionError]:
    places = [choice.place for choice in choices]
    suggestions = _suggestions(session, site_id, places)
    seen_there = _seen_there(session, site_id, places)

    @cache  # of a suggestion that is not there, its language alone counts
    def blank(language: str) -> SimpleNamespace:
        return SimpleNamespace(**open_suggestion(site_id, 0, "", language))

    now = datetime.now(UTC)
    refused: dict[tuple[int, str], DecisionError] = {}
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for choice in choices:
        facts, place = seen_there.get(choice.place), choice.place
        if facts is None:
            refused[place] = DecisionError("what was decided on is no longer known: load the list again")
            continue
        suggestion = suggestions.get(place) or blank(facts["language"])
        try:
            text, origin = _text_of(choice, suggestion)
        except DecisionError as error:
            refused[place] = error
            continue
        rows[place] = facts | {
            "site_id": site_id,
            "language": suggestion.language,
            "context_key": choice.context_key,
            "context_version": CONTEXT_VERSION,
            "text": text,
            "state": choice.state,
            "origin": origin,
            "who": who,
            "batch": batch,
            "at": now,
            "before_text": suggestion.text,
            "before_state": suggestion.state,
            "replaces_id": suggestion.decision_id,
            "undoes_id": None,
        }
    new = {place: row["language"] for place, row in rows.items() if place not in suggestions}
    for place in new.keys() - _begun(session, site_id, new):
        del rows[place]
        refused[place] = DecisionClashError("somebody else decided meanwhile: look at it again before you decide.")
    ids: list[int] = []
    if rows:
        statement = insert(session, models.Decision).returning(models.Decision.id, sort_by_parameter_order=True)
        ids = list(session.scalars(statement, list(rows.values())))
    answers = dict(zip(rows, ids, strict=True)) | refused
    return [answers[place] for place in places]


def standing(session: Session, site_id: int, places: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Seen]:
    """What stands at these (image id, context key) now; the default where nothing is suggested."""
    table, found = models.Suggestion, dict.fromkeys(places, Seen())
    for some in chunks(places):
        rows = session.execute(
            select(table.image_id, table.context_key, table.text, table.state).where(
                table.site_id == site_id, _on(table, some)
            )
        )
        found |= {(row.image_id, row.context_key): Seen(row.text, row.state) for row in rows}
    return found


def drafts_at(session: Session, site_id: int, places: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Seen]:
    """What is proposed at these places by a machine, and nobody has decided on."""
    return {
        place: Seen(row.text, row.state)
        for some in chunks(places)
        for place, row in _suggestions(session, site_id, some).items()
        if (row.state, row.origin) == (SuggestionState.PENDING, SuggestionOrigin.MODEL)
    }


def _on(table: type[models.Suggestion | models.Occurrence], places: Sequence[tuple[int, str]]) -> ColumnElement[bool]:
    """Rows on these (image id, context key); the images by themselves for SQLite, which has no index for pairs."""
    return and_(
        table.image_id.in_({image_id for image_id, _ in places}),
        tuple_(table.image_id, table.context_key).in_(places),
    )


def _begun(session: Session, site_id: int, places: Mapping[tuple[int, str], str]) -> set[tuple[int, str]]:
    """Open suggestions for places that have none, in these languages; returns those where nobody was faster."""
    if not places:
        return set()
    values = [open_suggestion(site_id, *place, language) for place, language in sorted(places.items())]
    table = models.Suggestion
    statement = insert(session, table).on_conflict_do_nothing().returning(table.image_id, table.context_key)
    return {(image_id, key) for image_id, key in session.execute(statement, values)}


def _suggestions(session: Session, site_id: int, places: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Any]:
    table = models.Suggestion
    rows = session.execute(
        select(table.image_id, table.context_key, table.language, table.text, table.state, table.origin,
               table.decision_id)
        .where(table.site_id == site_id, _on(table, places))
        .order_by(table.id)  # in one order everywhere, so that two people never wait for each other
        .with_for_update()
    )  # fmt: skip
    return {(row.image_id, row.context_key): row for row in rows}


def _seen_there(
    session: Session, site_id: int, places: Sequence[tuple[int, str]]
) -> dict[tuple[int | None, str], dict[str, Any]]:
    """What the person saw: the first occurrence of each, one that stands before one that is gone."""
    table = models.Occurrence
    key = (table.image_id, table.context_key)
    nth = func.row_number().over(partition_by=key, order_by=(table.vanished_crawl_id.is_not(None), table.id))
    ordered = (
        select(table.id, nth.label("nth"))
        .join(models.Page, models.Page.id == table.page_id)
        .where(_on(table, places), not_by_index(models.Page.site_id) == site_id)
        .subquery()
    )
    rows = session.execute(
        select(*key, table.facts, table.context, models.Page.url, models.Image.url.label("image_url"),
               models.Asset.sha256)
        .join(ordered, ordered.c.id == table.id)
        .join(models.Page, models.Page.id == table.page_id)
        .join(models.Image, models.Image.id == table.image_id)
        .outerjoin(models.Asset, models.Asset.id == models.Image.asset_id)
        .where(ordered.c.nth == 1)
    )  # fmt: skip
    return {
        (row.image_id, row.context_key): {
            "page_url": row.url,
            "address": row.facts.get("picture") or row.facts.get("address") or row.image_url,
            "asset_sha256": row.sha256,
            "role": (row.facts.get("interactive") if row.facts.get("sole_content") else None) or IMAGE_ROLE,
            "language": primary_subtag(row.facts.get("lang")),
            "context": row.context,
        }
        for row in rows
    }


def _text_of(choice: Choice, suggestion: Any) -> tuple[str | None, SuggestionOrigin]:
    state, text, origin = choice.state, choice.text, SuggestionOrigin(suggestion.origin)
    if (suggestion.text, suggestion.state) != (choice.seen.text, choice.seen.state):
        raise DecisionClashError(
            f"somebody else decided meanwhile: it is {suggestion.state} now, with the text {suggestion.text!r}. "
            "Look at it again before you decide."
        )
    if state is DecisionState.UNDONE:
        raise DecisionError("a decision is taken back with undo")
    if state is DecisionState.DECORATIVE:
        return "", SuggestionOrigin.HUMAN
    if state is DecisionState.PENDING and text is None:
        return None, origin
    if state in {DecisionState.APPROVED, DecisionState.REJECTED}:
        if text is not None and text != suggestion.text:
            raise DecisionError(f"the text is another than the one that stands: say edited instead of {state}")
        if state is DecisionState.APPROVED and not suggestion.text:
            raise DecisionError("there is no text to approve: say edited, with one, or decorative")
        return suggestion.text, origin
    cleaned = storable(text or "")
    if not cleaned.strip():
        raise DecisionError("the text is empty: for a picture that needs none, say decorative")
    if len(cleaned) > MAX_TEXT_CHARS:
        raise DecisionError(
            f"the text has {counted(len(cleaned), 'character')}; at most {MAX_TEXT_CHARS:,} are kept. Shorten it."
        )
    return cleaned, SuggestionOrigin.IMPORT if state is DecisionState.PENDING else SuggestionOrigin.HUMAN


def name_of(what: str, name: str) -> str:
    """The name of a person or batch, fit to be stored. Raises DecisionError where it is empty or too long."""
    cleaned = storable(name)
    if not cleaned.strip():
        raise DecisionError(f"the name of the {what} is empty: say who decides")
    if len(cleaned) > MAX_NAME_CHARS:
        raise DecisionError(f"the name of the {what} has more than {MAX_NAME_CHARS} characters. Shorten it.")
    return cleaned
