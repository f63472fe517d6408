"""failures.csv: what the audit did not cover, for whoever can repair it."""

from __future__ import annotations

from reports.failure import FailureRow
from reports.files.csv_writer import CsvWriter

WRITERS = (
    CsvWriter(
        record=FailureRow,
        name="failures",
        title="What was not covered",
        help="Every failed image and every page that was not read, with the reason.",
        columns=(
            ("kind", lambda failure: failure.kind),
            ("url", lambda failure: failure.url),
            ("page_url", lambda failure: failure.page_url),
            ("state", lambda failure: failure.state),
            ("stage", lambda failure: failure.stage),
            ("code", lambda failure: failure.code),
            ("message", lambda failure: failure.message),
            ("what_to_do", lambda failure: failure.action),
        ),
    ),
)
