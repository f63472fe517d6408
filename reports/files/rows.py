"""rows.csv: every row by itself; shown_as is the row that stands for it where people look."""

from __future__ import annotations

from reports.files.csv_writer import CsvWriter
from reports.picture_words import keywords, kind
from reports.row import Row

WRITERS = (
    CsvWriter(
        record=Row,
        name="rows",
        title="Every row",
        help="Every row by itself, those of one cause too: shown_as names the row that stands for them in editors.csv.",
        columns=(
            ("row_id", lambda row: row.id),
            ("shown_as", lambda row: row.shown_as),
            ("page_url", lambda row: row.first_page.url),
            ("pages", lambda row: str(row.pages)),
            ("places", lambda row: str(row.occurrences)),
            ("image_url", lambda row: row.image_url),
            ("alt_state", lambda row: row.alt_state),
            ("current_alt", lambda row: row.alt or ""),
            ("classification", lambda row: row.classification),
            ("rules", lambda row: ", ".join(finding.rule for finding in row.findings)),
            ("suggested_alt", lambda row: row.suggested or ""),
            ("suggestion_state", lambda row: (row.suggested is not None and row.suggestion_state) or ""),
            ("link_target", lambda row: row.context.link_url or ""),
            ("selector", lambda row: row.selector),
            ("language", lambda row: row.language),
            ("context_key", lambda row: row.context_key),
            ("kind", kind),
            ("keywords", lambda row: ", ".join(keywords(row))),
        ),
    ),
)
