"""import.csv: the texts that may go on the site, for a program."""

from __future__ import annotations

from reports.files.csv_writer import CsvWriter
from reports.row import Row

WRITERS = (
    CsvWriter(
        record=Row,
        name="import",
        title="For the CMS",
        help="The texts that a person approved, ready to be put on the site; drafts only with --include-pending.",
        columns=(
            ("image_url", lambda row: row.image_url),
            ("page_url", lambda row: row.first_page.url),
            ("alt_text", lambda row: row.suggested or ""),
            ("context_key", lambda row: row.context_key),
            ("state", lambda row: row.suggestion_state or ""),
        ),
        wanted=lambda row: row.publishable,
        raw=True,
    ),
)
