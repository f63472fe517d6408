"""Records that a query streams for files alone, since the HTML report needs none of them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
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
    from reports.traffic import Traffic


def _visited(session: Session, site_id: int, traffic: Traffic | None) -> Iterator[SitePage]:
    pages = site_pages(session, site_id)
    if traffic is None:
        return pages
    return (replace(page, visits=traffic.visits(page.url)) for page in pages)


STREAMS: dict[type[Any], Callable[[Session, int, Traffic | None], Iterator[Any]]] = {
    SitePage: _visited,
    SitePlace: lambda session, site_id, _: site_places(session, site_id),
    Issue: lambda session, site_id, _: issues(session, site_id),
}


def write_streams(
    session: Session, site_id: int, folder: Path, final: Path, options: ReportOptions, traffic: Traffic | None
) -> Iterator[WrittenFile]:
    """Write the files of these records into `folder`; nothing is asked for where no file wants it."""
    for record, stream in STREAMS.items():
        with ExitStack() as stack:
            files: OpenFiles[Any] = OpenFiles(record, folder, options, stack)
            if files:
                for one in stream(session, site_id, traffic):
                    files.write(one)
            yield from files.written(final)
