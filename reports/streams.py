"""Records that a query streams for files alone, since the HTML report needs none of them."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from core.records import NEEDS_TEXT
from reports.issues import Issue, issues
from reports.open_files import OpenFiles
from reports.row_id import row_of_place
from store.site_pages import SitePage, SitePlace, site_pages, site_places
from store.trend import TrendPoint, site_trend

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from reports.ignoring import Ignoring
    from reports.open_files import WrittenFile
    from reports.report_options import ReportOptions
    from reports.traffic import Traffic


def _pages(session: Session, site_id: int, ignored: Ignoring, traffic: Traffic | None) -> Iterator[SitePage]:
    """The pages, each with its visits, and without the places that are ignored among those to mend."""
    with closing(_unasked(session, site_id, ignored)) as unasked:
        waiting = next(unasked, None)
        for page in site_pages(session, site_id):
            number = 0
            if waiting is not None and waiting[0] == page.url:
                number, waiting = waiting[1], next(unasked, None)
            visits = traffic.visits(page.url) if traffic is not None else None
            yield replace(page, left_out=number, visits=visits)


def _unasked(session: Session, site_id: int, ignored: Ignoring) -> Generator[tuple[str, int], None, None]:
    """(page, places on it that need a text by the store's count and are ignored), in the order of the pages."""
    if not ignored.places:
        return
    names = ignored.hidden | ignored.passed
    with closing(site_places(session, site_id)) as places:
        for url, on_page in groupby(places, key=lambda place: place.page_url):
            number = sum(place.classification in NEEDS_TEXT and row_of_place(place) in names for place in on_page)
            if number:
                yield url, number


def _places(session: Session, site_id: int, ignored: Ignoring, _: Traffic | None) -> Iterator[SitePlace]:
    places = site_places(session, site_id)
    return (place for place in places if row_of_place(place) not in ignored.hidden) if ignored.hidden else places


STREAMS: dict[type[Any], Callable[[Session, int, Ignoring, Traffic | None], Iterator[Any]]] = {
    SitePage: _pages,
    SitePlace: _places,
    Issue: lambda session, site_id, ignored, _: issues(session, site_id, ignored),
    TrendPoint: lambda session, site_id, *_: iter(site_trend(session, site_id)),
}


def write_streams(
    session: Session,
    site_id: int,
    folder: Path,
    final: Path,
    options: ReportOptions,
    ignored: Ignoring,
    traffic: Traffic | None,
) -> Iterator[WrittenFile]:
    """Write the files of these records into `folder`; nothing is asked for where no file wants it."""
    for record, stream in STREAMS.items():
        with ExitStack() as stack:
            files: OpenFiles[Any] = OpenFiles(record, folder, options, stack)
            if files:
                for one in stream(session, site_id, ignored, traffic):
                    files.write(one)
            yield from files.written(final)
