"""What a content system may know a picture by: all that its places on a site say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from store.counts import current_on
from store.models import Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

CHUNK = 500  # images whose places are read together
MAX_VALUES = 50  # kept of each kind for an image: a logo stands on every page


@dataclass(frozen=True, slots=True)
class KnownBy:
    """Of one image, in the order of its places, no value twice: dicts for their keys alone."""

    addresses: dict[str, None] = field(default_factory=dict)  # absolute, as its pages write them
    media_ids: dict[str, None] = field(default_factory=dict)  # its numbers in the content system
    product_ids: dict[str, None] = field(default_factory=dict)  # sku, gtin and the like of the products it is of
    pages: dict[str, None] = field(default_factory=dict)


def known_by(session: Session, site_id: int, image_ids: Sequence[int]) -> dict[int, KnownBy]:
    """What the places of these images say of them, where they stand on the site now; in the order given."""
    known = {image_id: KnownBy() for image_id in image_ids}
    for start in range(0, len(image_ids), CHUNK):
        columns = (
            Occurrence.image_id,
            Occurrence.facts["address"].as_string().label("address"),
            Occurrence.facts["media_id"].as_string().label("media_id"),
            Occurrence.facts["product_ids"].as_string().label("product_ids"),
            Page.url,
        )
        with session.execute(
            select(*columns)
            .join(Page, Page.id == Occurrence.page_id)
            .where(current_on(site_id, few=True), Occurrence.image_id.in_(image_ids[start : start + CHUNK]))
            .order_by(Occurrence.id)
            .execution_options(yield_per=CHUNK)
        ) as rows:
            for image_id, address, media_id, product_ids, page in rows:
                one = known[image_id]
                _keep(one.addresses, address)
                _keep(one.media_ids, media_id)
                _keep(one.pages, page)
                for product_id in (product_ids or "").splitlines():
                    _keep(one.product_ids, product_id)
    return known


def _keep(values: dict[str, None], value: str | None) -> None:
    if value is not None and len(values) < MAX_VALUES:
        values[value] = None
