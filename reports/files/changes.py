"""changes.csv: what happened on the site since the crawl before, one change a line."""

from __future__ import annotations

from reports.diff.folding import FoldedChange
from reports.files.csv_writer import CsvWriter

WRITERS = (
    CsvWriter(
        record=FoldedChange,
        name="changes",
        title="Since last crawl",
        help="What is new, fixed, regressed, edited or gone since the crawl before; what is the same on many pages is "
        "one line. Empty after the first crawl.",
        columns=(
            ("change", lambda change: change.kind),
            ("needs_text", lambda change: "yes" if change.needs_text else "no"),
            ("pages", lambda change: str(change.pages)),
            ("places", lambda change: str(change.occurrences)),
            ("image_url", lambda change: change.image_url or ""),
            ("image_url_before", lambda change: change.image_url_before or ""),
            ("alt_before", lambda change: change.before.alt or ""),
            ("alt_after", lambda change: change.after.alt or ""),
            ("classification_before", lambda change: change.before.classification or ""),
            ("classification_after", lambda change: change.after.classification or ""),
            ("place", lambda change: change.place),
            ("page_urls", lambda change: " ".join(change.examples)),
        ),
    ),
)
