"""Records that a query streams for files alone, since the HTML report needs none of them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from reports.issues import Issue, issues
from reports.open_files import OpenFiles
from store.site_pages import SitePage, SitePlace, site_pages, site_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from reports.open_files import WrittenFile
    from reports.report_options import ReportOptions

STREAMS: dict[type[Any], Callable[[Session, int], Iterator[Any]]] = {
    SitePage: site_pages,
    SitePlace: site_places,
    Issue: issues,
}


def write_streams(
    session: Session, site_id: int, folder: Path, final: Path, options: ReportOptions
) -> Iterator[WrittenFile]:
    """Write the files of these records into `folder`; nothing is asked for where no file wants it."""
    for record, stream in STREAMS.items():
        with ExitStack() as stack:
            files: OpenFiles[Any] = OpenFiles(record, folder, options, stack)
            if files:
                for one in stream(session, site_id):
                    files.write(one)
            yield from files.written(final)
