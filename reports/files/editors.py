"""editors.csv: every row to act on, with its problem and suggestion, for a person with a spreadsheet."""

from __future__ import annotations

from reports.files.csv_writer import CsvWriter
from reports.folds import Fold
from reports.picture_words import hints, kind

WRITERS = (
    CsvWriter(
        record=Fold,
        name="editors",
        title="For editors",
        help="Every row below with its problem and suggestion, to open in a spreadsheet. Your own text goes into the "
        "column new_alt, what you say of the suggestion into decision (approve, edit, reject, decorative, skip). Both "
        "are meant for all that the row stands for (pages, rows). alt-audit import reads the file back.",
        columns=(
            ("row_id", lambda fold: fold.row.id),
            ("page_url", lambda fold: fold.row.first_page.url),
            ("pages", lambda fold: str(fold.row.pages)),
            ("image_url", lambda fold: fold.row.image_url),
            ("alt_state", lambda fold: fold.row.alt_state),
            ("current_alt", lambda fold: fold.row.alt or ""),
            ("classification", lambda fold: fold.row.classification),
            ("problems", lambda fold: " ".join(finding.message for finding in fold.row.findings)),
            ("rules", lambda fold: ", ".join(finding.rule for finding in fold.row.findings)),
            ("suggested_alt", lambda fold: fold.row.suggested or ""),
            ("new_alt", lambda _: ""),  # the editor's to fill
            ("suggestion_state", lambda fold: (fold.row.suggested is not None and fold.row.suggestion_state) or ""),
            ("suggestion_by", lambda fold: fold.row.author or ""),
            ("confidence", lambda fold: f"{fold.row.confidence:.2f}" if fold.row.confidence is not None else ""),
            ("needs_human", lambda fold: "yes" if fold.row.needs_human else "no"),
            ("heading", lambda fold: fold.row.context.heading or ""),
            ("link_target", lambda fold: fold.row.context.link_url or ""),
            ("selector", lambda fold: fold.row.selector),
            ("note", lambda fold: fold.row.note.replace("; ", " – ")),
            ("language", lambda fold: fold.row.language),
            ("carried", lambda fold: "yes" if fold.row.carried else "no"),
            ("rows", lambda fold: str(fold.rows)),
            ("kind", lambda fold: kind(fold.row)),
            ("hints", lambda fold: ", ".join(hints(fold.row))),
            ("decision", lambda _: ""),  # the editor's, too
            ("seen", lambda fold: fold.row.seen),
        ),
    ),
)
