"""What could not be captioned and what could not be read, streamed for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from core.records import PageState, QueueState, Stage
from store.models import Image, Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Executable, Row
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ImageFailure:
    """An image that could not be captioned, and one page that shows it."""

    url: str
    stage: Stage
    code: str
    message: str
    page_url: str


def image_failures(session: Session, site: str) -> Iterator[ImageFailure]:
    """Every failed image of the site, by stage, code and address."""
    shown = (
        select(Occurrence.image_id, func.min(Page.id).label("page_id"))
        .join(Page, Page.id == Occurrence.page_id)
        .where(Page.site == site, Occurrence.image_id.is_not(None))
        .group_by(Occurrence.image_id)
        .subquery()
    )
    statement = (
        select(Image.url, Image.stage, Image.code, Image.message, Page.url.label("page_url"))
        .join(shown, shown.c.image_id == Image.id)
        .join(Page, Page.id == shown.c.page_id)
        .where(Image.state == QueueState.FAILED)
        .order_by(Image.stage, Image.code, Image.url)
    )
    for row in _stream(session, statement):
        yield ImageFailure(row.url, Stage(row.stage), row.code or "", row.message or "", row.page_url)


@dataclass(frozen=True, slots=True)
class PageFailure:
    """A page that the audit did not read."""

    url: str
    state: PageState  # failed or skipped
    code: str
    status: int | None  # HTTP status


def page_failures(session: Session, site: str) -> Iterator[PageFailure]:
    """Every failed and every skipped page of the site, the failed ones first."""
    statement = (
        select(Page.url, Page.state, Page.failure, Page.status)
        .where(Page.site == site, Page.state.in_([PageState.FAILED, PageState.SKIPPED]))
        .order_by(Page.state, Page.failure, Page.url)
    )
    for row in _stream(session, statement):
        yield PageFailure(row.url, PageState(row.state), row.failure or "", row.status)


def _stream(session: Session, statement: Executable) -> Iterable[Row[Any]]:
    return session.execute(statement, execution_options={"yield_per": 1000})
