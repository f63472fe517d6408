"""Addresses with a size in their name that older versions stored: of which picture, by what the store knows of them.

A page that is read again shows more than what is kept of it, so this only has to do until then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from core.identity.image_sizes import Sized, is_made_by_wordpress, sized
from core.identity.urls import canonical_image_url, file_name
from store.models import Image, Occurrence
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

PLACES_AT_ONCE = 2000


def note_originals(session: Session, after_id: int) -> int | None:
    """Note of some occurrences after `after_id` which picture they show a size of. Returns the last id, or None."""
    rows = session.execute(
        select(Occurrence.id, Occurrence.html, Occurrence.facts, Occurrence.context)
        .where(Occurrence.id > after_id)
        .order_by(Occurrence.id)
        .limit(PLACES_AT_ONCE)
    ).all()
    changed = [
        {"id": row.id, "facts": row.facts | {"picture": found.original}}
        for row in rows
        if (found := _size_of(row)) is not None and _is_shown(row, found)
    ]
    if changed:
        session.execute(update(Occurrence), changed)
    return rows[-1].id if rows else None


def _size_of(row: Row[Any]) -> Sized | None:
    address = row.facts.get("address")
    return sized(canonical_image_url(address)) if address is not None and row.facts.get("picture") is None else None


def _is_shown(row: Row[Any], found: Sized) -> bool:
    """Whether what is stored of the place speaks for a size: its measures, its classes, its srcset, its link."""
    if found.measures(row.facts.get("width"), row.facts.get("height")) or is_made_by_wordpress(row.html):
        return True
    link = row.context.get("link_url")
    if link is not None and canonical_image_url(link) == found.original:
        return True
    name = (file_name(found.original) or "").rpartition(".")[0]
    files = re.findall(rf"(?<![\w%-]){re.escape(name)}(?:[-_][\da-z@]+)?\.[a-z]+", row.html)
    return len(set(files)) > 1


def images_at(session: Session, addresses: Iterable[str]) -> dict[str, str]:
    """The canonical address of the image at each of these: where the store has none under its own, that of the picture
    that it would be a size of.
    """
    own = {address: canonical_image_url(address) for address in addresses}
    found = {url: size for url in own.values() if (size := sized(url)) is not None}
    asked = {*found, *(size.original for size in found.values())}
    known: set[str] = set()
    for some in pieces(sorted(asked)):
        known.update(session.scalars(select(Image.url).where(Image.url.in_(some))))
    return {
        address: found[url].original if url in found and url not in known and found[url].original in known else url
        for address, url in own.items()
    }
