"""The rows of a site as everything that is handed over has them: without what people ignore."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reports.ignoring import Ignoring
from reports.row import row_of
from store.pieces import pieces
from store.report import occurrence_groups
from store.site_pages import group_pages

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

    from sqlalchemy.orm import Session

    from reports.report_options import ReportOptions
    from reports.row import Row


def ignoring(session: Session, site_id: int, options: ReportOptions) -> Ignoring:
    """What the options ignore on a site; it counts what it hides."""
    return Ignoring(options.ignore, lambda row: group_pages(session, site_id, row.key))


def asked_for(
    session: Session, site_id: int, ignored: Ignoring, *, include_pending: bool = False
) -> Generator[Row, None, None]:
    """The rows to act on, worst first. Whoever stops early closes it, since it holds a cursor."""
    with closing(occurrence_groups(session, site_id)) as groups:
        for group in groups:
            row = ignored.kept(row_of(group, include_pending=include_pending))
            if row is not None:
                yield row


def rows_of_images(session: Session, site_id: int, image_ids: Collection[int]) -> Iterator[Row]:
    """All rows of these images, ignored ones too."""
    for some in pieces(sorted(image_ids)):
        with closing(occurrence_groups(session, site_id, images=some)) as groups:
            yield from map(row_of, groups)
