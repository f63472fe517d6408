"""Assets, captions and suggestions: what the worker found out, and what it proposes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, func, select, true, update

from core.languages import primary_subtag
from core.records import NEEDS_TEXT, Context, QueueState, SuggestionOrigin, SuggestionState, functional_role
from store.counts import on_site
from store.models import Asset, Caption, Image, Occurrence, Page, Suggestion
from store.turns import UNPLACED, line_up
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy.orm import Session

OCCURRENCES_READ = 20  # of one group; what the first twenty agree on, the group says


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """One distinct picture as it was decoded."""

    sha256: str
    format: str
    width: int  # pixels, upright
    height: int
    byte_size: int
    phash: str | None  # 64 bits in hexadecimal; None for a picture of one shade
    warnings: tuple[str, ...]
    thumbnail: bytes  # WebP


@dataclass(frozen=True, slots=True)
class CaptionKey:
    """What makes two captions of one asset the same piece of work."""

    model: str
    revision: str
    prompt_version: str
    language: str


@dataclass(frozen=True, slots=True)
class StoredCaption:
    """A caption in the store; the text is None where the model abstained."""

    id: int
    asset_id: int
    text: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class NewCaption:
    """What a model said of an asset; the text is None where it abstained."""

    asset_id: int
    text: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class ContextGroup:
    """The occurrences of one image on one site that share a context key and need a text, the first twenty of them."""

    site_id: int
    image_id: int
    image_url: str
    context_key: str
    language: str  # of these places: a primary subtag, or UNDETERMINED
    contexts: tuple[Context, ...]
    functional: str | None  # 'link' or 'button' when the picture is all there is in it
    page_titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A composed alt text; text None means that there is nothing to propose."""

    text: str | None
    source: str  # caption, link, figcaption, product, heading, none
    needs_human: bool


def save_assets(session: Session, facts: Iterable[AssetFacts]) -> dict[str, int]:
    """Store pictures, or find those with the same bytes. Returns their ids by sha256."""
    now = datetime.now(UTC)
    # In one order everywhere, so that two workers never wait for each other.
    distinct = sorted({one.sha256: one for one in facts}.items())
    rows = [asdict(one) | {"warnings": list(one.warnings), "created_at": now} for _, one in distinct]
    if not rows:
        return {}
    statement = insert(session, Asset)
    # An update also when the row was there before, so that RETURNING gives it; assets of a store that is older than
    # the perceptual hash get theirs when they are met again.
    statement = statement.on_conflict_do_update(index_elements=["sha256"], set_={"phash": statement.excluded.phash})
    return dict(session.execute(statement.returning(Asset.sha256, Asset.id), rows).all())


def _made_by(key: CaptionKey) -> ColumnElement[bool]:
    return and_(*(getattr(Caption, name) == value for name, value in asdict(key).items()))


def find_captions(session: Session, sha256s: Collection[str], key: CaptionKey) -> dict[str, StoredCaption]:
    """The captions that this very model gave to these very bytes before, by sha256."""
    rows = session.execute(
        select(Asset.sha256, Caption.id, Caption.asset_id, Caption.text, Caption.confidence)
        .join(Asset, Asset.id == Caption.asset_id)
        .where(Asset.sha256.in_(sha256s), _made_by(key))
    )
    return {row.sha256: StoredCaption(*row[1:]) for row in rows}


def captioned_assets(session: Session, asset_ids: Collection[int], key: CaptionKey) -> set[int]:
    """Those of the assets that this very model has captioned."""
    return set(session.scalars(select(Caption.asset_id).where(Caption.asset_id.in_(asset_ids), _made_by(key))))


def save_captions(session: Session, key: CaptionKey, said: Iterable[NewCaption]) -> dict[int, StoredCaption]:
    """Store what a model said; the first writer wins where two workers looked at the same bytes. By asset id."""
    now = datetime.now(UTC)
    distinct = {one.asset_id: one for one in said}
    rows = [asdict(distinct[asset_id]) | asdict(key) | {"created_at": now} for asset_id in sorted(distinct)]
    if not rows:
        return {}
    statement = insert(session, Caption)
    identity = ["asset_id", *asdict(key)]
    statement = statement.on_conflict_do_update(index_elements=identity, set_={"asset_id": statement.excluded.asset_id})
    saved = session.execute(statement.returning(Caption.id, Caption.asset_id, Caption.text, Caption.confidence), rows)
    return {row.asset_id: StoredCaption(*row) for row in saved}


def context_groups(session: Session, image_ids: Sequence[int]) -> list[ContextGroup]:
    """The contexts in which these images need a text, in a stable order."""
    nth = (
        func.row_number()
        .over(partition_by=(Page.site_id, Occurrence.image_id, Occurrence.context_key), order_by=Occurrence.id)
        .label("nth")
    )
    numbered = (
        select(
            Image.id.label("image_id"),
            Image.url.label("image_url"),
            Page.site_id,
            Occurrence.context_key,
            Occurrence.context,
            Occurrence.facts,
            Page.title,
            nth,
        )
        .join(Occurrence, Occurrence.image_id == Image.id)
        .join(Page, Page.id == Occurrence.page_id)
        .where(
            Image.id.in_(image_ids),
            Occurrence.vanished_crawl_id.is_(None),
            Occurrence.classification.in_(NEEDS_TEXT),
        )
        .subquery()
    )
    rows = session.execute(
        select(numbered)
        .where(numbered.c.nth <= OCCURRENCES_READ)
        .order_by(numbered.c.image_id, numbered.c.site_id, numbered.c.context_key, numbered.c.nth)
    )
    groups = []
    key = attrgetter("image_id", "site_id", "context_key")
    for (image_id, site_id, context_key), members in groupby(rows, key=key):
        found = list(members)
        facts = found[0].facts
        groups.append(
            ContextGroup(
                site_id=site_id,
                image_id=image_id,
                image_url=found[0].image_url,
                context_key=context_key,
                language=primary_subtag(facts.get("lang")),
                contexts=tuple(Context(**row.context) for row in found),
                functional=functional_role(facts.get("interactive"), bool(facts.get("sole_content"))),
                page_titles=tuple(dict.fromkeys(row.title for row in found if row.title)),
            )
        )
    return groups


def save_suggestions(session: Session, drafts: Iterable[tuple[ContextGroup, StoredCaption, Draft]]) -> None:
    """Propose texts. Only a model's pending draft is ever replaced, never what a person wrote or decided."""
    now = datetime.now(UTC)
    rows = [
        {
            "site_id": group.site_id,
            "image_id": group.image_id,
            "context_key": group.context_key,
            "language": group.language,
            "caption_id": caption.id,
            "text": draft.text,
            "state": SuggestionState.PENDING,
            "origin": SuggestionOrigin.MODEL,
            "source": draft.source,
            "needs_human": draft.needs_human,
            "created_at": now,
            "updated_at": now,
        }
        for group, caption, draft in drafts
    ]
    if not rows:
        return
    statement = insert(session, Suggestion)
    replaced = ("caption_id", "text", "source", "needs_human", "updated_at")
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["site_id", "image_id", "context_key"],
            set_={name: statement.excluded[name] for name in replaced},
            where=(Suggestion.state == SuggestionState.PENDING) & (Suggestion.origin == SuggestionOrigin.MODEL),
        ),
        rows,
    )


def _stands_undrafted(site_id: int | None = None) -> ColumnElement[bool]:
    """An image stands on a site in a context for which no text was drafted yet."""
    drafted = exists().where(
        Suggestion.site_id == Page.site_id,
        Suggestion.image_id == Occurrence.image_id,
        Suggestion.context_key == Occurrence.context_key,
    )
    return exists().where(
        Occurrence.image_id == Image.id,
        Occurrence.page_id == Page.id,
        Occurrence.vanished_crawl_id.is_(None),
        Occurrence.classification.in_(NEEDS_TEXT),
        true() if site_id is None else Page.site_id == site_id,
        ~drafted,
    )


def needs_drafts(session: Session, site_id: int | None = None) -> bool:
    """Whether a crawl, of the site or of any, has met captioned images in new contexts."""
    undrafted = exists().where(Image.state == QueueState.CAPTIONED, _stands_undrafted(site_id))
    return session.scalar(select(undrafted)) or False


def without_suggestion(session: Session, key: CaptionKey, limit: int) -> list[tuple[int, StoredCaption]]:
    """Captioned images that a crawl has since met in a new context, with the caption they have.

    Composing for those needs no look at the picture. Returns up to `limit` (image id, caption) pairs.
    """
    rows = session.execute(
        select(Image.id, Caption.id, Caption.asset_id, Caption.text, Caption.confidence)
        .join(Caption, Caption.asset_id == Image.asset_id)
        .where(
            Image.state == QueueState.CAPTIONED,
            _made_by(key),
            _stands_undrafted(),
        )
        .order_by(Image.id)
        .limit(limit)
    )
    return [
        (image_id, StoredCaption(caption_id, asset_id, text, confidence))
        for image_id, caption_id, asset_id, text, confidence in rows
    ]


def requeue_others(session: Session, key: CaptionKey, site_id: int | None = None) -> int:
    """Put images, of the site or of all, back into the queue that only other models have captioned. Returns how many.

    What people wrote or decided stays; a model's pending drafts are replaced once the new caption is there.
    """
    looked_at = exists().where(
        Caption.asset_id == Image.asset_id,
        _made_by(key),
    )
    result = session.execute(
        update(Image)
        .where(Image.state == QueueState.CAPTIONED, ~looked_at, on_site(Image.id, site_id))
        .values(state=QueueState.PENDING, turn=UNPLACED)
        .execution_options(synchronize_session=False)
    )
    line_up(session)
    return int(result.rowcount)  # type: ignore[attr-defined]
