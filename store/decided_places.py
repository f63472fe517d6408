"""The pages that lack a decided text, with all their places: for whoever puts texts where pages are made."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select

from core.records import ACCEPTED, Classification
from store.counts import current_on
from store.models import Image, Occurrence, Page, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class DecidedPlace:
    """One place of a page, and the text that a person wants there."""

    element: str
    src: str | None  # as written in the page
    image_url: str | None  # canonical
    alt: str | None  # that the last crawl saw
    text: str | None  # '' for a picture that needs none; None: nothing is decided


def lacks_decided(site_id: int, occurrence_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether an occurrence that people meet has another text than was decided, whatever rules say of it."""
    return exists().where(
        Occurrence.id == occurrence_id,
        Occurrence.classification != Classification.IGNORED,
        Suggestion.site_id == site_id,
        Suggestion.image_id == Occurrence.image_id,
        Suggestion.context_key == Occurrence.context_key,
        Suggestion.state.in_(ACCEPTED),
        Occurrence.alt.is_distinct_from(Suggestion.text),
        or_(Suggestion.text == "", Occurrence.accessible_name.is_distinct_from(Suggestion.text)),
    )


def pages_to_mend(session: Session, site_id: int) -> Iterator[tuple[str, list[DecidedPlace]]]:
    """(address, its places in order) of each page on which a decided text does not stand yet, by address."""
    decided = and_(
        Suggestion.site_id == site_id,
        Suggestion.image_id == Occurrence.image_id,
        Suggestion.context_key == Occurrence.context_key,
        Suggestion.state.in_(ACCEPTED),
    )
    lacking = (
        select(Occurrence.page_id)
        .join(Suggestion, decided)
        .where(current_on(site_id), Occurrence.alt.is_distinct_from(Suggestion.text), Suggestion.text.is_not(None))
    )
    rows = session.execute(
        select(Page.url, Occurrence.element, Occurrence.src, Image.url, Occurrence.alt, Suggestion.text)
        .join(Page, Page.id == Occurrence.page_id)
        .outerjoin(Image, Image.id == Occurrence.image_id)
        .outerjoin(Suggestion, decided)
        .where(current_on(site_id), Occurrence.page_id.in_(lacking))
        .order_by(Page.url, Occurrence.position, Occurrence.id)
        .execution_options(yield_per=1000)
    )
    for url, places in groupby(rows, key=lambda row: row[0]):
        yield url, [DecidedPlace(*place[1:]) for place in places]
