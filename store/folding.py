"""How the places of a site fold into pictures, step by step, and which pictures look alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select

from core.identity.perceptual_hash import look_alikes
from core.records import NEEDS_TEXT
from store.counts import current_on, on_site
from store.models import Asset, Image, Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

_CHUNK = 1000  # rows read together


@dataclass(frozen=True, slots=True)
class Folding:
    """Places folded into pictures. Each number but `fetched` is at most the one before."""

    occurrences: int
    with_address: int  # of these, with a picture to fetch; the others are drawn in the page
    addresses: int  # spellings of an address among these, counted for each image apart
    images: int  # canonical addresses among these
    fetched: int  # of the images, decoded at least once
    pictures: int  # distinct bytes among the fetched
    looks: int  # groups of pictures that look alike, and those that stand alone


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Which pictures of a site look alike; holds only those that have company."""

    group_of: dict[int, int] = field(default_factory=dict)  # asset id -> group, named by its first asset
    members: dict[int, list[int]] = field(default_factory=dict)  # group -> asset ids, in order

    def others(self, asset_id: int, limit: int) -> tuple[list[int], int]:
        """The first `limit` assets that look like this one, and how many more there are."""
        group = self.group_of.get(asset_id)
        if group is None:
            return [], 0
        members = self.members[group]  # may be very many, and is asked for each of them: only its start is read
        named = [member for member in members[: limit + 1] if member != asset_id][:limit]
        return named, len(members) - 1 - len(named)


def find_look_alikes(session: Session, site_id: int) -> LookAlikes:
    """Group the pictures of a site by their perceptual hashes."""
    rows = session.execute(
        select(Asset.id, Asset.phash)
        .where(Asset.phash.is_not(None), Asset.id.in_(select(Image.asset_id).where(on_site(Image.id, site_id))))
        .order_by(Asset.id)
        .execution_options(yield_per=_CHUNK)
    )
    members: defaultdict[int, list[int]] = defaultdict(list)
    for asset_id, group in look_alikes((row.id, row.phash) for row in rows).items():
        members[group].append(asset_id)
    company = {group: ids for group, ids in members.items() if len(ids) > 1}
    return LookAlikes({id_: group for group, ids in company.items() for id_ in ids}, company)


def folding(session: Session, site_id: int, alike: LookAlikes, *, needing_text: bool = False) -> Folding:
    """Fold the places of a site, all or those that need a text."""
    where: list[ColumnElement[bool]] = [current_on(site_id)]
    if needing_text:
        where.append(Occurrence.classification.in_(NEEDS_TEXT))
    places = session.execute(
        select(func.count(Occurrence.id).label("all"), func.count(Occurrence.image_id).label("with_address")).where(
            *where
        )
    ).one()
    spellings = (
        select(Occurrence.image_id, Occurrence.src)
        .where(*where, Occurrence.image_id.is_not(None))
        .distinct()
        .subquery()
    )
    shown = select(spellings.c.image_id).distinct().subquery()
    addresses = session.scalar(select(func.count()).select_from(spellings)) or 0
    images = session.execute(
        select(func.count(Image.id).label("all"), func.count(Image.asset_id).label("fetched")).join(
            shown, shown.c.image_id == Image.id
        )
    ).one()
    pictures = 0
    looks: set[int] = set()  # groups met; a picture without company is one of its own
    alone = 0
    for asset_id in session.scalars(
        select(Image.asset_id)
        .join(shown, shown.c.image_id == Image.id)
        .where(Image.asset_id.is_not(None))
        .distinct()
        .execution_options(yield_per=_CHUNK)
    ):
        pictures += 1
        group = alike.group_of.get(asset_id) if asset_id is not None else None
        if group is None:
            alone += 1
        else:
            looks.add(group)
    return Folding(
        occurrences=places.all,
        with_address=places.with_address,
        addresses=addresses,
        images=images.all,
        fetched=images.fetched,
        pictures=pictures,
        looks=alone + len(looks),
    )


def addresses_of(session: Session, site_id: int, asset_ids: Collection[int]) -> dict[int, str]:
    """One canonical address on the site for each of these assets."""
    # A look into the index for each image, as a scalar: a semi-join would read every occurrence of the site, and
    # this is asked once a page of the report.
    stands = (
        select(literal(1))
        .select_from(Occurrence)
        .join(Page, Page.id == Occurrence.page_id)
        .where(Occurrence.image_id == Image.id, Page.site_id == site_id)
        .limit(1)
        .correlate(Image)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Image.asset_id, func.min(Image.url).label("url"))
        .where(Image.asset_id.in_(asset_ids), stands.is_not(None))
        .group_by(Image.asset_id)
    )
    return {row.asset_id: row.url for row in rows}
