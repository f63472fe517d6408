"""What an evaluation of drafts reads of a store, and changes in a copy of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from core.languages import primary_subtag
from core.records import QueueState, SuggestionReason, SuggestionSource
from store.analyses import newest_analyses
from store.captions import newest_captions
from store.models import Asset, Image, Occurrence, Page, Suggestion
from store.occurrences import COLUMNS, record
from store.own_alts import is_good
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy.orm import Session

    from core import records


@dataclass(frozen=True, slots=True)
class GoodAlt:
    """A place whose alt text no rule finds fault with."""

    page_id: int
    page_url: str
    image_id: int
    image_url: str
    key: str  # of the place on its page
    alt: str


@dataclass(frozen=True, slots=True)
class DraftedPlace:
    """A place whose text was hidden, and what was drafted for it."""

    page_url: str
    page_title: str | None
    occurrence: records.Occurrence
    language: str  # a primary subtag
    image_id: int
    asset_sha256: str | None
    caption: str | None  # a model's
    text: str | None
    source: SuggestionSource
    reason: SuggestionReason | None
    needs_human: bool
    confidence: float | None
    kind: str | None = None  # of the picture; None where nobody has looked for it


def good_alts(session: Session, site_id: int) -> Iterator[GoodAlt]:
    """The alt texts of a site's pages that broke no rule when they were read, in a stable order."""
    rows = session.execute(
        select(Page.id, Page.url, Occurrence.image_id, Image.url, Occurrence.key, Occurrence.alt)
        .join(Page, Page.id == Occurrence.page_id)
        .join(Image, Image.id == Occurrence.image_id)
        .where(*is_good(site_id))
        .order_by(Page.id, Occurrence.position)
        .execution_options(yield_per=1000)
    )
    for page_id, page_url, image_id, image_url, key, alt in rows:
        if image_id is not None and alt is not None and alt.strip():
            yield GoodAlt(page_id, page_url, image_id, image_url, key, alt)


def forget_versions(session: Session, page_ids: Collection[int]) -> None:
    """Have these pages read anew by the next crawl, whether they have changed or not."""
    for some in pieces(page_ids):
        session.execute(
            update(Page)
            .where(Page.id.in_(some))
            .values(etag=None, last_modified=None, body_sha256=None, reader=None)
            .execution_options(synchronize_session=False)
        )


def wait_for_these_alone(session: Session, image_ids: Collection[int], *, captions: bool) -> int:
    """Take all images out of the queue but these; without `captions` these, too, as if no model knew a word for them.

    Returns how many of them wait.
    """
    wanted = set(image_ids)
    waiting = set(session.scalars(select(Image.id).where(Image.state == QueueState.PENDING)))
    changed = update(Image).execution_options(synchronize_session=False)
    for some in pieces(sorted(waiting - wanted)):
        # Neither waiting nor skipped, of which some would wait again when places are judged anew.
        session.execute(changed.where(Image.id.in_(some)).values(state=QueueState.FAILED))
    for some in pieces(sorted(wanted) if not captions else ()):
        session.execute(changed.where(Image.id.in_(some)).values(state=QueueState.CAPTIONED))
    return len(waiting & wanted)


def drafted_places(session: Session, site_id: int, places: Collection[tuple[str, str]]) -> Iterator[DraftedPlace]:
    """Of these places, by (page's address, key), those that still stand there without a text, with their drafts."""
    wanted = set(places)
    for urls in pieces(sorted({url for url, _ in wanted})):
        rows = session.execute(
            select(
                Page.url.label("page_url"),
                Page.title.label("page_title"),
                Occurrence.image_id,
                *(getattr(Occurrence, name) for name in COLUMNS),
                Occurrence.facts,
                Occurrence.context,
                Image.url.label("image_url"),
                Image.fetch_url,
                Asset.sha256,
                Suggestion.text,
                Suggestion.source,
                Suggestion.reason,
                Suggestion.needs_human,
                Suggestion.confidence,
            )
            .join(Page, Page.id == Occurrence.page_id)
            .join(Image, Image.id == Occurrence.image_id)
            .outerjoin(Asset, Asset.id == Image.asset_id)
            .outerjoin(
                Suggestion,
                (Suggestion.site_id == Page.site_id)
                & (Suggestion.image_id == Occurrence.image_id)
                & (Suggestion.context_key == Occurrence.context_key),
            )
            .where(
                Page.site_id == site_id,
                Page.url.in_(urls),
                Occurrence.vanished_crawl_id.is_(None),
                Occurrence.alt.is_(None),
            )
            .order_by(Page.url, Occurrence.position)
        ).all()
        rows = [row for row in rows if (row.page_url, row.key) in wanted]
        image_ids = sorted({row.image_id for row in rows})
        captions, analyses = newest_captions(session, image_ids), newest_analyses(session, image_ids)
        for row in rows:
            occurrence = record(row)
            caption = captions.get(row.image_id)
            yield DraftedPlace(
                page_url=row.page_url,
                page_title=row.page_title,
                occurrence=occurrence,
                language=primary_subtag(occurrence.lang),
                image_id=row.image_id,
                asset_sha256=row.sha256,
                caption=caption.text if caption is not None else None,
                text=row.text,
                source=SuggestionSource(row.source or SuggestionSource.NONE),
                reason=SuggestionReason(row.reason) if row.reason else None,
                needs_human=bool(row.needs_human),
                confidence=row.confidence,
                kind=analyses.get(row.image_id, {}).get("kind", {}).get("kind"),
            )
