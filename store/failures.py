"""What could not be captioned and what could not be read, streamed for the report.

Whoever stops early closes the stream, since it holds a cursor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from core.records import PageState, QueueState, Stage
from store.models import Image, Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.orm import Session

CHUNK = 1000  # rows fetched together


@dataclass(frozen=True, slots=True)
class ImageFailure:
    """An image that could not be captioned, and one page that shows it."""

    url: str
    stage: Stage
    code: str
    message: str
    page_url: str


def image_failures(session: Session, site_id: int) -> Generator[ImageFailure, None, None]:
    """Every failed image of the site, by stage, code and address."""
    shown = (
        select(Occurrence.image_id, func.min(Page.id).label("page_id"))
        .join(Page, Page.id == Occurrence.page_id)
        .where(Page.site_id == site_id, Occurrence.image_id.is_not(None))
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
    with session.execute(statement, execution_options={"yield_per": CHUNK}) as rows:
        for row in rows:
            yield ImageFailure(row.url, Stage(row.stage), row.code or "", row.message or "", row.page_url)


@dataclass(frozen=True, slots=True)
class PageFailure:
    """A page that the audit did not read."""

    url: str
    state: PageState  # failed or skipped
    code: str
    status: int | None  # HTTP status


def page_failures(session: Session, site_id: int) -> Generator[PageFailure, None, None]:
    """Every failed and every skipped page of the site, the failed ones first."""
    statement = (
        select(Page.url, Page.state, Page.failure, Page.status)
        .where(Page.site_id == site_id, Page.state.in_([PageState.FAILED, PageState.SKIPPED]))
        .order_by(Page.state, Page.failure, Page.url)
    )
    with session.execute(statement, execution_options={"yield_per": CHUNK}) as rows:
        for row in rows:
            yield PageFailure(row.url, PageState(row.state), row.failure or "", row.status)
