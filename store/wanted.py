"""Which images need a text, for some sites or for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, select, true

from core.records import NEEDS_TEXT
from store.models import Image, Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Collection


def _needs(site_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """Occurrences on these sites that need a text."""
    return (
        Occurrence.classification.in_(NEEDS_TEXT),
        Occurrence.vanished_crawl_id.is_(None),
        Page.id == Occurrence.page_id,
        Page.site_id.in_(site_ids),
    )


def wanted_by(site_ids: Collection[int] | None) -> ColumnElement[bool]:
    """Images that sites need a text for; None means any site, and what no place needs any more, too."""
    if site_ids is None:
        return true()
    return Image.id.in_(select(Occurrence.image_id).where(*_needs(site_ids), Occurrence.image_id.is_not(None)))


def is_wanted_by(site_ids: Collection[int] | None) -> ColumnElement[bool]:
    """The same, asked of one image after the other: a claim looks at few, and a site may have very many.

    With 20,000 images that wait, all of one site, a claim takes 3 ms, and 150 where they are listed first.
    """
    if site_ids is None:
        return true()
    return exists().where(Occurrence.image_id == Image.id, *_needs(site_ids))
