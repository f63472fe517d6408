"""Assets and their captions: what the worker found out of pictures. A caption is an analysis (table `analyses`)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update

from core.records import QueueState
from store.counts import on_site
from store.models import CAPTION, IN_PLACE, Analysis, Asset, Image
from store.pieces import pieces
from store.turns import UNPLACED, line_up
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

SUPERSEDED = "\n"  # in the revision of a caption that its model is to give anew


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
    place: str = ""  # digest of the place that it was asked about; '': about the picture alone

    @property
    def analyser(self) -> str:
        """Whose analysis such a caption is."""
        return f"{IN_PLACE}{self.place}" if self.place else CAPTION


@dataclass(frozen=True, slots=True)
class StoredCaption:
    """A caption in the store; the text is None where the model abstained."""

    id: int  # of the analysis
    asset_id: int
    text: str | None
    confidence: float | None  # 0 to 1
    language: str  # of the text: a tag
    cut_off: bool = False  # the model had no tokens for its end
    model: str = ""
    in_place: bool = False  # the model was told where the picture stands
    liked: tuple[str, ...] = ()  # and these words, by whoever runs it
    translation: str | None = None  # of the text, into the language of the places that the caption is used in


@dataclass(frozen=True, slots=True)
class NewCaption:
    """What a model said of an asset; the text is None where it abstained."""

    asset_id: int
    text: str | None
    confidence: float | None
    cut_off: bool = False
    failed: str | None = None  # why a question about a place has no answer: the code of its failure
    liked: tuple[str, ...] = ()  # words that the model was told to like, by whoever runs it


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


def asset_ids(session: Session, sha256s: Collection[str]) -> dict[str, int]:
    """The pictures that the store knows of these, by sha256."""
    rows = session.execute(select(Asset.sha256, Asset.id).where(Asset.sha256.in_(sha256s)))
    return {row.sha256: row.id for row in rows}


def revision_of(key: CaptionKey) -> str:
    """The key as the revision of the analyser CAPTION, in one string that no other key has."""
    return json.dumps([key.model, key.revision, key.prompt_version, key.language], ensure_ascii=False)


def superseded(key: CaptionKey, now: datetime) -> str:
    """The revision under which a caption is kept when the model is to look again: JSON holds no line break."""
    return f"{revision_of(key)}{SUPERSEDED}{now.isoformat()}"


def _made_by(key: CaptionKey) -> ColumnElement[bool]:
    return and_(Analysis.analyser == key.analyser, Analysis.revision == revision_of(key))


def is_caption() -> ColumnElement[bool]:
    """Whether an analysis is what a model said of a picture, alone or in a place."""
    return or_(Analysis.analyser == CAPTION, Analysis.analyser.like(f"{IN_PLACE}%"))


def _caption(row: Row[Any]) -> StoredCaption:
    data = row.data
    return StoredCaption(
        row.id,
        row.asset_id,
        data["text"],
        data["confidence"],
        data["language"],
        data.get("cut_off", False),
        data.get("model", ""),
        "place" in data,
        tuple(data.get("liked", ())),
    )


def find_captions(session: Session, sha256s: Collection[str], key: CaptionKey) -> dict[str, StoredCaption]:
    """The captions that this very model gave to these very bytes before, by sha256."""
    rows = session.execute(
        select(Asset.sha256, Analysis.id, Analysis.asset_id, Analysis.data)
        .join(Asset, Asset.id == Analysis.asset_id)
        .where(Asset.sha256.in_(sha256s), _made_by(key))
    )
    return {row.sha256: _caption(row) for row in rows}


def newest_captions(session: Session, image_ids: Collection[int]) -> dict[int, StoredCaption]:
    """The caption of each image whose picture was looked at, by whichever model did so last, by image id."""
    rows = session.execute(
        select(Image.id.label("image_id"), Analysis.id, Analysis.asset_id, Analysis.data)
        .join(Analysis, Analysis.asset_id == Image.asset_id)
        .where(Image.id.in_(image_ids), Analysis.analyser == CAPTION)
        .order_by(Analysis.created_at, Analysis.id)
    )
    return {row.image_id: _caption(row) for row in rows}


def newest_in_places(session: Session, image_ids: Collection[int]) -> dict[int, dict[str, StoredCaption]]:
    """What was said of each image last, by image id and the digest of the place: '' for the picture alone.

    Of a place only what is no older than what was said of the picture alone, and says something: of what was said at
    once, that of the place counts.
    """
    rows = session.execute(
        select(Image.id.label("image_id"), Analysis.id, Analysis.asset_id, Analysis.data)
        .join(Analysis, Analysis.asset_id == Image.asset_id)
        .where(Image.id.in_(image_ids), is_caption())
        .order_by(Analysis.created_at, Analysis.analyser, Analysis.id)
    )
    newest: dict[int, dict[str, StoredCaption]] = {}
    for row in rows:
        place = row.data.get("place", "")
        if not place:
            newest[row.image_id] = {}
        of_image = newest.setdefault(row.image_id, {})
        of_image.pop(place, None)
        if row.data["text"] or not place:
            of_image[place] = _caption(row)
    return newest


def answered(session: Session, asset_ids: Collection[int], keys: Collection[CaptionKey]) -> set[tuple[int, CaptionKey]]:
    """Those of the questions, of each asset with each key, that this very model has answered."""
    by_row = {(key.analyser, revision_of(key)): key for key in keys}
    found = set()
    for some in pieces(sorted({analyser for analyser, _ in by_row})):
        rows = session.execute(
            select(Analysis.asset_id, Analysis.analyser, Analysis.revision).where(
                Analysis.asset_id.in_(asset_ids), Analysis.analyser.in_(some)
            )
        )
        found |= {(row.asset_id, key) for row in rows if (key := by_row.get((row.analyser, row.revision)))}
    return found


def captioned_assets(session: Session, asset_ids: Collection[int], key: CaptionKey) -> set[int]:
    """Those of the assets that this very model has captioned."""
    return set(session.scalars(select(Analysis.asset_id).where(Analysis.asset_id.in_(asset_ids), _made_by(key))))


def asked_in(session: Session, asset_ids: Collection[int]) -> dict[int, set[str]]:
    """The places that a model, whichever, was asked about these assets in: their digests, '' for alone."""
    found: dict[int, set[str]] = {}
    for some in pieces(sorted(asset_ids)):
        rows = session.execute(
            select(Analysis.asset_id, Analysis.analyser).where(Analysis.asset_id.in_(some), is_caption())
        )
        for row in rows:
            found.setdefault(row.asset_id, set()).add(row.analyser.removeprefix(CAPTION).removeprefix("@"))
    return found


def save_captions(
    session: Session, key: CaptionKey, captions: Iterable[NewCaption], *, at: datetime | None = None
) -> dict[int, StoredCaption]:
    """Store what a model said; the first writer wins where two workers looked at the same bytes. By asset id."""
    now = at or datetime.now(UTC)
    distinct = {caption.asset_id: caption for caption in captions}
    rows = [
        {
            "asset_id": asset_id,
            "analyser": key.analyser,
            "revision": revision_of(key),
            "data": {name: value for name, value in asdict(key).items() if name != "place" or value}
            | {"text": caption.text, "confidence": caption.confidence}
            | ({"cut_off": True} if caption.cut_off else {})
            | ({"failed": caption.failed} if caption.failed else {})
            | ({"liked": list(caption.liked)} if caption.liked else {}),
            "created_at": now,
        }
        for asset_id, caption in sorted(distinct.items())
    ]
    if not rows:
        return {}
    statement = insert(session, Analysis)
    statement = statement.on_conflict_do_update(
        index_elements=["asset_id", "analyser", "revision"], set_={"asset_id": statement.excluded.asset_id}
    )
    saved = session.execute(statement.returning(Analysis.id, Analysis.asset_id, Analysis.data), rows)
    return {row.asset_id: _caption(row) for row in saved}


def look_again(session: Session, key: CaptionKey, asset_ids: Collection[int], *, at: datetime | None = None) -> None:
    """Make the captions that this very model gave before the newest ones of these assets."""
    session.execute(
        update(Analysis)
        .where(Analysis.asset_id.in_(asset_ids), _made_by(key))
        .values(created_at=at or datetime.now(UTC))
        .execution_options(synchronize_session=False)
    )


def requeue_others(session: Session, key: CaptionKey, site_id: int | None = None) -> int:
    """Put images, of the site or of all, back into the queue that only other models have captioned. Returns how many.

    What people wrote or decided stays; a model's pending drafts are replaced once the new caption is there.
    """
    looked_at = exists().where(
        Analysis.asset_id == Image.asset_id,
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
