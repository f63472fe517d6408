"""editors.xlsx and editors.csv: every row to act on, with problem and suggestion, for a person with a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.files.csv_writer import CsvWriter
from reports.files.xlsx_writer import Column, XlsxWriter, is_installed
from reports.folds import Fold
from reports.picture_words import hints, kind
from reports.readback.words import EMPTY_SUGGESTION, suggestion_cell
from reports.row import AltState

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS: dict[str, Callable[[Fold], str]] = {
    "row_id": lambda fold: fold.row.id,
    "page_url": lambda fold: fold.row.first_page.url,
    "pages": lambda fold: str(fold.row.pages),
    "image_url": lambda fold: fold.row.image_url,
    "alt_state": lambda fold: fold.row.alt_state,
    "current_alt": lambda fold: fold.row.alt or "",
    "classification": lambda fold: fold.row.classification,
    "problems": lambda fold: " ".join(finding.message for finding in fold.row.findings),
    "rules": lambda fold: ", ".join(finding.rule for finding in fold.row.findings),
    "suggested_alt": lambda fold: suggestion_cell(fold.row.suggested),
    "new_alt": lambda _: "",  # the editor's to fill
    "suggestion_state": lambda fold: (fold.row.suggested is not None and fold.row.suggestion_state) or "",
    "suggestion_by": lambda fold: fold.row.author or "",
    "confidence": lambda fold: f"{fold.row.confidence:.2f}" if fold.row.confidence is not None else "",
    "needs_human": lambda fold: "yes" if fold.row.needs_human else "no",
    "heading": lambda fold: fold.row.context.heading or "",
    "link_target": lambda fold: fold.row.context.link_url or "",
    "selector": lambda fold: fold.row.selector,
    "note": lambda fold: fold.row.note.replace("; ", " – "),
    "language": lambda fold: fold.row.language,
    "carried": lambda fold: "yes" if fold.row.carried else "no",
    "rows": lambda fold: str(fold.rows),
    "kind": lambda fold: kind(fold.row),
    "hints": lambda fold: ", ".join(hints(fold.row)),
    "decision": lambda _: "",  # the editor's, too
    "seen": lambda fold: fold.row.seen,
}

CSV = CsvWriter(
    record=Fold,
    name="editors",
    title="For editors, as CSV",
    help="Every row below with its problem and suggestion, for a spreadsheet. Your own text goes into the column "
    "new_alt, what you say of the suggestion into decision (approve, edit, reject, decorative, skip). Both are meant "
    "for all that the row stands for (pages, rows). alt-audit import reads the file back.",
    columns=tuple(COLUMNS.items()),
)

_STATES = {AltState.MISSING: "(no alt attribute)", AltState.EMPTY: '(alt="")'}
_IN_SIGHT = (
    Column("Picture", lambda _: "", "The picture, where it could be fetched.", 15),
    Column(
        "Page",
        COLUMNS["page_url"],
        "A page on which it stands. Unfold the columns on the right for more.",
        32,
        links=True,
    ),
    Column("What is wrong", COLUMNS["problems"], "Why the row is here, and what to do.", 42),
    Column(
        "Current alt",
        lambda fold: fold.row.alt or _STATES[fold.row.alt_state],
        "The text that stands there now.",
        24,
    ),
    Column(
        "Suggested alt",
        COLUMNS["suggested_alt"],
        f"A draft. Compare it with the picture. {EMPTY_SUGGESTION}: it needs no text.",
        34,
    ),
    Column("Note", COLUMNS["note"], "What the draft is worth, or why there is none.", 28),
    Column(
        "Decision",
        COLUMNS["decision"],
        "approve: the suggestion goes on the site. edit: your text does. reject: the suggestion is wrong. decorative: "
        "the picture needs no text. skip, or nothing: you say nothing.",
        13,
        is_theirs=True,
    ),
    Column("New alt", COLUMNS["new_alt"], "Your own text, where the suggestion will not do.", 40, is_theirs=True),
)
_SHOWN = {"page_url", "problems", "current_alt", "suggested_alt", "note", "decision", "new_alt"}
WORKBOOK = XlsxWriter(
    name="workbook",
    file_name="editors.xlsx",
    title="For editors",
    help="Every row below with its picture, problem and suggestion, for Excel, LibreOffice or Google Sheets. Choose a "
    "decision, or write a text into New alt; the first sheet says how. alt-audit import reads the file back.",
    how_to=(
        "What to do:",
        "On the next sheet, each row is one picture with one alt text. Choose a decision, or write your own text.",
        "Save the file as XLSX and send it back. Rows that you leave empty or delete stay as they are.",
        "",
        "Decisions:",
        f"approve – the suggested text is right and may go on the site; {EMPTY_SUGGESTION} means no text.",
        "edit – the text in New alt is to go on the site. Whoever writes a text there need not say edit.",
        "reject – the suggestion is wrong, and you have no better text yet.",
        'decorative – the picture says nothing that the page does not say: it gets an empty text (alt="").',
        "skip – you say nothing of it. An empty cell means the same.",
        "",
        "What a good alt text says:",
        "What the picture shows or, in a link or button, where it leads or what it does. In the language of the page.",
        "In a sentence or less, without “image of”. Where all of it stands beside the picture, choose decorative.",
        "",
        "Good to know:",
        "A row may stand for many places: unfold the columns on the right (pages, rows) to see how many.",
        "Sort and filter as you like, all columns together. Keep the headings and the folded columns row_id and seen.",
        "Every cell is a text: what you type is kept as you typed it, also 1/2 or =.",
    ),
    columns=(
        *_IN_SIGHT,
        *(Column(name, text) for name, text in COLUMNS.items() if name not in _SHOWN),
    ),
    decision="Decision",
)

WRITERS = (WORKBOOK, CSV) if is_installed() else (CSV,)
# What is not written, and why.
LEFT_OUT = (
    () if is_installed() else ('editors.xlsx, with pictures and a list of decisions: pip install "alt-audit[xlsx]"',)
)
