"""What drafts of a site are compared with: the texts in use there, and those of pictures that were replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from core.records import NEEDS_TEXT, SuggestionState
from core.site_facts import NamedPicture, ReplacedPicture
from store.counts import current_on
from store.models import Asset, Image, Occurrence, Page, Suggestion
from store.sitewide import NAMED_PICTURE, ROWS_AT_ONCE, StoredSite, named_picture, replacing
from store.suggestions import DRAFTED_FOR, MACHINE_DRAFT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


def texts_in_use(session: Session, site_id: int) -> Iterator[NamedPicture]:
    """What stands on the site now, then what is to: decided texts, and drafts of pictures that are looked at again."""
    yield from StoredSite(session, site_id).named_pictures()
    rows = session.execute(
        select(Suggestion.text.label("accessible_name"), *NAMED_PICTURE)
        .join(Page, Page.site_id == Suggestion.site_id)
        .join(
            Occurrence,
            and_(
                Occurrence.page_id == Page.id,
                Occurrence.image_id == Suggestion.image_id,
                Occurrence.context_key == Suggestion.context_key,
                Occurrence.vanished_crawl_id.is_(None),
            ),
        )
        .join(Image, Image.id == Suggestion.image_id)
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .where(
            Suggestion.site_id == site_id,
            Suggestion.text.is_not(None),
            Suggestion.state != SuggestionState.REJECTED,
            or_(~MACHINE_DRAFT, ~DRAFTED_FOR),
        )
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    yield from map(named_picture, rows)


def replaced_pictures(session: Session, site_id: int) -> Iterator[tuple[int, str, ReplacedPicture]]:
    """(image id, context key, what it replaced) of places that need a text; its `alt` is that of the old picture."""
    rows = session.execute(
        replacing()
        .add_columns(Occurrence.image_id, Occurrence.context_key)
        .where(current_on(site_id), Occurrence.classification.in_(NEEDS_TEXT))
    )
    for row in rows:
        was = ReplacedPicture(row.id, row.old_alt, row.url, row.old_url, row.phash, row.old_phash)
        yield row.image_id, row.context_key, was
