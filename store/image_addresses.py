"""Images by what others know of them: their addresses, and the texts that stand on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from store.counts import current_on
from store.models import Image, Occurrence
from store.pieces import pieces
from store.report import texts_of_many_pictures

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable

    from sqlalchemy.orm import Session

CHUNK = 1000


def images_by_address(session: Session, urls: Iterable[str]) -> Generator[tuple[int, str], None, None]:
    """(id, canonical address) of the images at these addresses."""
    for some in pieces(urls):
        for row in session.execute(select(Image.id, Image.url).where(Image.url.in_(some))):
            yield row.id, row.url


def all_addresses(session: Session) -> Generator[tuple[int, str], None, None]:
    """(id, canonical address) of every image. Whoever stops early closes it, since it holds a cursor."""
    with session.execute(select(Image.id, Image.url).execution_options(yield_per=CHUNK)) as rows:
        for row in rows:
            yield row.id, row.url


def images_sharing(session: Session, site_id: int, texts: Collection[str]) -> set[int]:
    """The images of a site that have one of these alt texts, as far as several images have it."""
    shared = texts_of_many_pictures(session, site_id, 2).intersection(texts) if texts else set()
    found: set[int | None] = set()
    for some in pieces(sorted(shared)):
        table = Occurrence
        found.update(session.scalars(select(table.image_id).where(current_on(site_id), table.alt.in_(some)).distinct()))
    return {image_id for image_id in found if image_id is not None}
