"""Which questions a captioner that is told of places is to answer: about pictures in their places, or alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select

from core.languages import UNDETERMINED
from core.records import QueueState
from store.captions import CaptionKey, answered, asked_in
from store.counts import on_site
from store.models import Image
from store.site_alts import SiteAlts
from store.suggestions import context_groups, stored_drafts
from store.wanted import wanted_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy.orm import Session

    from core.place import Place

Questions = tuple["Place | None", ...]  # None: about the picture alone

IMAGES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class PlaceKeys:
    """What a captioner's answers are stored under, and how many questions about one picture it is asked, at most."""

    alone: CaptionKey
    version: str  # of questions about places
    limit: int
    liked: tuple[str, ...] = ()  # words that the operator has the captioner told of

    def of(self, place: Place | None) -> CaptionKey:
        """The key of an answer about a picture in a place, or alone."""
        if place is None:
            return self.alone
        language = self.alone.language if place.language == UNDETERMINED else place.language
        return replace(self.alone, prompt_version=self.version, language=language, place=place.digest)


def questions(
    session: Session,
    image_ids: Sequence[int],
    limit: int,
    site_ids: Collection[int] | None = None,
    alts: SiteAlts | None = None,
) -> dict[int, Questions]:
    """What is to be asked of each image: about the places that need a text and that nobody has decided on.

    Of an image in many places, `limit` questions at most: about those that it stands in most often and, for all others,
    about the picture alone. An image that is not among the keys has no such place. `alts` gives the samples of a site.
    """
    places: dict[int, dict[str, tuple[int, Place]]] = {}
    decided = {key for key, draft in stored_drafts(session, image_ids).items() if not draft.machine}
    for group in context_groups(session, image_ids):
        if (group.site_id, group.image_id, group.context_key) in decided:
            continue
        if site_ids is not None and group.site_id not in site_ids:
            continue
        place = group.place
        if alts is not None:
            place = replace(place, alts=alts.of(session, group.site_id, place.language))
        of_image = places.setdefault(group.image_id, {})
        number, _ = of_image.get(place.digest, (0, place))
        of_image[place.digest] = (number + len(group.occurrences), place)
    return {image_id: _bounded(of_image, limit) for image_id, of_image in places.items()}


def _bounded(places: dict[str, tuple[int, Place]], limit: int) -> Questions:
    told = [(-number, digest, place) for digest, (number, place) in places.items() if digest]
    told.sort(key=lambda one: one[:2])
    alone = len(told) < len(places) or len(told) > limit
    kept: list[Place | None] = [place for _, _, place in told[: limit - alone]]
    return (*kept, *([None] if alone else []))


def waiting_questions(session: Session, limit: int, site_ids: Collection[int] | None = None) -> Iterator[Questions]:
    """What is to be asked of each image that waits, or is in work, for these sites or for all."""
    states = (QueueState.PENDING, QueueState.LEASED)
    for some in _images(session, Image.state.in_(states), wanted_by(site_ids)):
        asked = questions(session, sorted(some), limit, site_ids, SiteAlts())
        yield from (asked.get(image_id, (None,)) for image_id in sorted(some))


def moved(session: Session, limit: int, site_ids: Collection[int] | None = None) -> Iterator[int]:
    """Captioned images that a model was asked about in places, and that stand in another one now."""
    for some in _images(session, Image.state == QueueState.CAPTIONED, Image.asset_id.is_not(None), wanted_by(site_ids)):
        asked_before = asked_in(session, set(some.values()))
        some = {image_id: asset_id for image_id, asset_id in some.items() if asked_before.get(asset_id, set()) - {""}}
        asked = questions(session, sorted(some), limit, site_ids)
        for image_id, ones in sorted(asked.items()):
            if not {one.digest if one is not None else "" for one in ones} <= asked_before[some[image_id]]:
                yield image_id


def unanswered(session: Session, keys: PlaceKeys, site_id: int | None = None) -> Iterator[int]:
    """Captioned images with a question that this very captioner has not answered."""
    shown = on_site(Image.id, site_id)
    for some in _images(session, Image.state == QueueState.CAPTIONED, Image.asset_id.is_not(None), shown):
        asked = questions(session, sorted(some), keys.limit)
        wanted = {
            image_id: {(asset_id, keys.of(one)) for one in asked.get(image_id, (None,))}
            for image_id, asset_id in some.items()
        }
        of_keys = {key for ones in wanted.values() for _, key in ones}
        have = answered(session, sorted(set(some.values())), of_keys)
        yield from (image_id for image_id, ones in sorted(wanted.items()) if not ones <= have)


def _images(session: Session, *which: ColumnElement[bool]) -> Iterator[dict[int, int]]:
    """(image -> its picture, 0 where it is not known) in pieces."""
    last_id = 0
    while True:
        rows = session.execute(
            select(Image.id, Image.asset_id).where(Image.id > last_id, *which).order_by(Image.id).limit(IMAGES_AT_ONCE)
        ).all()
        if not rows:
            return
        yield {row.id: row.asset_id or 0 for row in rows}
        last_id = rows[-1].id
