"""The counts of `alt-audit status` and of the reports. They add up: each is read from one snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from core.records import Classification, PageState, QueueState, SuggestionState
from store.models import Asset, Image, Occurrence, Page, Suggestion

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute, Session


def counts(session: Session) -> dict[str, Any]:
    """The JSON of `status --format json`.

    images = the sum of queue, and occurrences = the sum of classifications. Vanished occurrences and pages
    that could not be read are not counted.
    """
    current = Occurrence.vanished_crawl_id.is_(None)
    classifications = _tally(session, Occurrence.classification, current)
    queue = _tally(session, Image.state)
    failures = session.execute(
        select(Image.stage, Image.code, func.count())
        .where(Image.state == QueueState.FAILED)
        .group_by(Image.stage, Image.code)
        .order_by(Image.stage, Image.code)
    )
    suggestions = _tally(session, Suggestion.state)
    return {
        "pages": _count(session, Page, Page.state == PageState.FETCHED),
        "occurrences": sum(classifications.values()),
        "images": sum(queue.values()),
        "assets": _count(session, Asset),
        "classifications": {name: classifications.get(name, 0) for name in Classification},
        "queue": {name: queue.get(name, 0) for name in QueueState},
        "failures": {f"{stage}/{code}": number for stage, code, number in failures},
        "suggestions": {name: suggestions.get(name, 0) for name in SuggestionState},
    }


def _count(session: Session, table: type[Asset | Page], *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _tally(session: Session, column: InstrumentedAttribute[str], *where: Any) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).where(*where).group_by(column))
    return {value: number for value, number in rows}  # noqa: C416 - rows, not pairs, to the type checker
