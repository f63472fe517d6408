"""What was answered about pictures in their places, to rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from captioning.captioners.placed import FOLLOWED_ORDER
from core.errors import ImageError
from core.failures import find
from store import captions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from core.place import Place
    from inference.protocol import Caption
    from store.captions import CaptionKey, NewCaption, StoredCaption
    from store.places import PlaceKeys


def store_answers(
    session: Session,
    places: PlaceKeys,
    of_assets: Sequence[tuple[int, Mapping[Place | None, Caption | ImageError | None]]],
) -> tuple[dict[int, StoredCaption], set[int]]:
    """Store the answers about pictures; None: it is in the store.

    Returns one of each picture, and the pictures that have a new one.
    A place that an answer failed in for good is not asked about again: it is stored without a text, with the reason.
    """
    by_key: dict[CaptionKey, dict[int, NewCaption | None]] = {}
    for asset_id, answers in of_assets:
        for place, answer in answers.items():
            for key, new in _rows(places, asset_id, place, answer):
                of_key = by_key.setdefault(key, {})
                of_key[asset_id] = of_key.get(asset_id) or new
    have = captions.answered(session, sorted({asset_id for asset_id, _ in of_assets}), by_key.keys())
    said: dict[int, StoredCaption] = {}
    fresh = set()
    at = datetime.now(UTC)  # of all: what is said of the picture alone later than in a place would count there, too
    # In one order everywhere, so that two workers do not wait for each other.
    for key in sorted(by_key, key=lambda key: (key.analyser, captions.revision_of(key))):
        rows = {asset_id: new for asset_id, new in by_key[key].items() if new is not None}
        fresh |= {asset_id for asset_id in rows if (asset_id, key) not in have}
        saved = captions.save_captions(session, key, rows.values(), at=at)
        captions.look_again(session, key, sorted(by_key[key]), at=at)
        for asset_id, caption in saved.items():
            if asset_id not in said or said[asset_id].text is None:
                said[asset_id] = caption
    return said, fresh


def _rows(
    places: PlaceKeys, asset_id: int, place: Place | None, answer: Caption | ImageError | None
) -> Iterable[tuple[CaptionKey, NewCaption | None]]:
    key = places.of(place)
    if answer is None:
        yield key, None
    elif isinstance(answer, ImageError):
        reason = find(answer.stage, answer.code)
        if place is not None and not (reason is not None and reason.again):
            yield key, captions.NewCaption(asset_id, None, None, failed=answer.code)
    else:
        if answer.alone:
            yield key, captions.NewCaption(asset_id, None, None, failed=FOLLOWED_ORDER)
            key = places.alone
        liked = places.liked if key.place else ()
        yield key, captions.NewCaption(asset_id, answer.text, answer.confidence, answer.cut_off, liked=liked)
