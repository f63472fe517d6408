"""What changes in an occurrence from one crawl to the next: its alt, its classification, whether it is there.

A crawl has one row for an occurrence at most: what it was before the crawl, and what it is after. Whatever
changes an occurrence during a crawl calls `record` or `record_vanished` in the same transaction; `settle`
drops what came to nothing in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, literal, null, select

from store.models import Change, Occurrence
from store.pieces import pieces
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class State:
    """What an audit says of one occurrence; the classification is None where it is not on the page."""

    alt: str | None
    classification: str | None


ABSENT = State(None, None)


@dataclass(frozen=True, slots=True)
class Changed:
    """One occurrence, before and after."""

    occurrence_id: int
    before: State
    after: State


def states(session: Session, page_ids: Collection[int]) -> dict[int, State]:
    """The states of the occurrences on these pages, the vanished ones included, by occurrence id."""
    columns = (Occurrence.id, Occurrence.alt, Occurrence.classification, Occurrence.vanished_crawl_id)
    return {
        row.id: State(row.alt, row.classification) if row.vanished_crawl_id is None else ABSENT
        for some in pieces(page_ids)
        for row in session.execute(select(*columns).where(Occurrence.page_id.in_(some)))
    }


def record(session: Session, crawl_id: int, changes: Iterable[Changed]) -> None:
    """Note what a crawl has changed. Of several changes in one crawl, the first `before` and the last `after` stay.

    For occurrences that were there before; the caller leaves out what it has just seen for the first time.
    """
    rows = [
        {
            "occurrence_id": change.occurrence_id,
            "crawl_id": crawl_id,
            "alt_before": change.before.alt,
            "alt_after": change.after.alt,
            "classification_before": change.before.classification,
            "classification_after": change.after.classification,
        }
        for change in changes
        if change.before != change.after
    ]
    if rows:
        session.execute(_keeping_before(insert(session, Change)), rows)


def record_vanished(session: Session, crawl_id: int, where: ColumnElement[bool]) -> None:
    """Note that the occurrences that `where` selects, and that stand on their pages so far, vanish."""
    names = ("occurrence_id", "crawl_id", "alt_before", "alt_after", "classification_before", "classification_after")
    leaving = select(Occurrence.id, literal(crawl_id), Occurrence.alt, null(), Occurrence.classification, null()).where(
        where, Occurrence.vanished_crawl_id.is_(None)
    )
    session.execute(_keeping_before(insert(session, Change).from_select(names, leaving)))


def settle(session: Session, crawl_id: int) -> None:
    """Drop what came to nothing: as before in the end, or first seen by this very crawl."""
    same = Change.alt_before.is_not_distinct_from(Change.alt_after) & (
        Change.classification_before.is_not_distinct_from(Change.classification_after)
    )
    first_seen = Change.occurrence_id.in_(
        select(Change.occurrence_id)
        .join(Occurrence, Occurrence.id == Change.occurrence_id)
        .where(Change.crawl_id == crawl_id, Occurrence.first_crawl_id == crawl_id)
    )
    session.execute(
        delete(Change)
        .where(Change.crawl_id == crawl_id, same | first_seen)
        .execution_options(synchronize_session=False)
    )


def _keeping_before(statement: Any) -> Any:
    after = {name: statement.excluded[name] for name in ("alt_after", "classification_after")}
    return statement.on_conflict_do_update(index_elements=["occurrence_id", "crawl_id"], set_=after)
