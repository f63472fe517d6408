"""The first page of rows to act on; further ones have pages of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.html.section import Section

if TYPE_CHECKING:
    from reports.html.paging import RowsView
    from reports.html.sources import ReportSources


def first_rows(sources: ReportSources) -> RowsView:
    """The rows that stand on the front page."""
    return sources.rows


SECTION = Section("rows", "Rows", "sections/rows.html", first_rows)
