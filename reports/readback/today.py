"""What of a site a sheet may be about."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reports.row import row_of
from reports.row_id import context_of, image_of, image_part
from store.image_addresses import all_addresses, images_by_address
from store.pieces import pieces
from store.report import occurrence_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from reports.readback.read import SheetRow
    from reports.row import Row


def images_named(session: Session, rows: Sequence[SheetRow]) -> set[int]:
    """The images that these rows are of, by the addresses that they give; where none fits, of all that there are."""
    left = {image_of(said.row_id) for said in rows} - {image_part(None)}
    found: set[int] = set()
    for addresses in (
        images_by_address(session, sorted({said.image_url for said in rows if said.image_url})),
        all_addresses(session),
    ):
        with closing(addresses):
            while left and (named := next(addresses, None)) is not None:
                image_id, url = named
                if (part := image_part(url)) in left:
                    found.add(image_id)
                    left.discard(part)
    return found


def rows_of_drawings(session: Session, site_id: int, rows: Sequence[SheetRow]) -> Iterator[Row]:
    """What there is to do on the pictures without an address that these rows name."""
    keys = {context_of(said.row_id) for said in rows if image_of(said.row_id) == image_part(None)}
    for some in pieces(sorted(keys)):
        with closing(occurrence_groups(session, site_id, drawings=some)) as groups:
            yield from map(row_of, groups)
