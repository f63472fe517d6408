"""places.csv: every place of every row, on every page."""

from __future__ import annotations

from reports.files.csv_writer import CsvWriter
from reports.row import alt_state
from reports.row_id import row_of_place
from store.site_pages import SitePlace

WRITERS = (
    CsvWriter(
        record=SitePlace,
        name="places",
        title="Every place",
        help="Every place of every row to act on, by page: row_id is that of rows.csv, position counts the images of "
        "the page from 1.",
        columns=(
            ("page_url", lambda place: place.page_url),
            ("position", lambda place: str(place.position + 1)),
            ("selector", lambda place: place.selector),
            ("row_id", row_of_place),
            ("image_url", lambda place: place.image_url or ""),
            ("alt_state", lambda place: alt_state(place.alt)),
            ("current_alt", lambda place: place.alt or ""),
            ("classification", lambda place: place.classification),
        ),
        extra=True,
    ),
)
