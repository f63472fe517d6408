"""editors.csv: every row to act on, with its problem and suggestion, for a person with a spreadsheet."""

from __future__ import annotations

from reports.files.csv_writer import CsvWriter
from reports.row import Row

WRITERS = (
    CsvWriter(
        record=Row,
        name="editors",
        title="For editors",
        help="Every row below with its problem and suggestion, to open in a spreadsheet. "
        "Your own text goes into the column new_alt.",
        columns=(
            ("row_id", lambda row: row.id),
            ("page_url", lambda row: row.first_page.url),
            ("pages", lambda row: str(row.pages)),
            ("image_url", lambda row: row.image_url),
            ("alt_state", lambda row: row.alt_state),
            ("current_alt", lambda row: row.alt or ""),
            ("classification", lambda row: row.classification),
            ("problems", lambda row: " ".join(finding.message for finding in row.findings)),
            ("rules", lambda row: ", ".join(finding.rule for finding in row.findings)),
            ("suggested_alt", lambda row: row.suggested or ""),
            ("new_alt", lambda _: ""),  # the editor's to fill
            ("suggestion_state", lambda row: (row.suggested is not None and row.suggestion_state) or ""),
            ("suggestion_by", lambda row: row.author or ""),
            ("confidence", lambda row: f"{row.confidence:.2f}" if row.confidence is not None else ""),
            ("needs_human", lambda row: "yes" if row.needs_human else "no"),
            ("heading", lambda row: row.context.heading or ""),
            ("link_target", lambda row: row.context.link_url or ""),
            ("selector", lambda row: row.selector),
            ("note", lambda row: row.note),
            ("language", lambda row: row.language),
            ("carried", lambda row: "yes" if row.carried else "no"),
        ),
    ),
)
