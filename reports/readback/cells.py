"""What the cell with a new text says, and what a spreadsheet program has made of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.sheets.workbook import CellKind
from core.text import collapse
from reports.files.csv_writer import restore
from reports.readback.words import EMPTY_SUGGESTION

if TYPE_CHECKING:
    from core.sheets.workbook import Cell

AS_TEXT = "Format the column as text, and type it again."
_NOT_TEXTS = {
    CellKind.NUMBER: f"the cell holds a number, not a text. {AS_TEXT}",
    CellKind.DATE: f"the cell holds a date or time, not a text. {AS_TEXT}",
    CellKind.TRUTH: f"the cell holds TRUE or FALSE, not a text. {AS_TEXT}",
    CellKind.FORMULA: f"the cell holds a formula, not a text. {AS_TEXT}",
    CellKind.ERROR: f"the spreadsheet could not compute this cell. {AS_TEXT}",
}
# What Excel and LibreOffice show where they cannot compute, in any language: #NAME?, #WERT!, #N/A, Err:508, #####.
_ERROR = re.compile(r"#[A-ZÀ-Þ0-9/ ]{2,12}[?!]|#N/?[ADV]\b\.?|(?:Err|Fehler|Erreur):\d{3}|#{3,}")
_VALUE = re.compile(
    r"[-+]?\d[\d.,:/-]*(?:E[-+]?\d+)?\s?(?:[%€$£]|[AP]M)?|TRUE|FALSE|WAHR|FALSCH|VRAI|FAUX|VERDADERO|FALSO", re.I
)
_EMPTY_ALT = re.compile(r"""\(?alt\s*=\s*(?:""|''|“”)\)?""", re.I)
_WORD = re.compile(r"\w")
# A question mark where none is written: at the beginning of a word or within one.
_LOST = re.compile(r"(?<![\w.!?)\]}\"'”’»])\?|\?\w|\?\?\?")


class NotTakenError(ValueError):
    """A cell whose text is not taken; the message says why, and what to do."""


def typed(text: str) -> str:
    """What a cell says, in one line: without the quote that keeps a text of ours from being run as a formula."""
    return collapse(restore(collapse(text)))


def text_of(cell: Cell, *, lossy: bool) -> tuple[str | None, str | None]:
    """The text of a cell in one line, None where nothing is typed; and what to look at in it, None where all is well.

    `lossy`: the file was saved in an encoding that has not all letters. Raises NotTakenError.
    """
    if cell.kind is not CellKind.TEXT:
        raise NotTakenError(_NOT_TEXTS[cell.kind])
    text = typed(cell.text)
    if not text:
        return None, None
    if text == EMPTY_SUGGESTION or _EMPTY_ALT.fullmatch(text):
        raise NotTakenError("an empty alt is no text: write decorative into decision, and nothing here.")
    if _ERROR.fullmatch(text):
        raise NotTakenError(_NOT_TEXTS[CellKind.ERROR])
    if not _WORD.search(text):
        raise NotTakenError("there is no word in it. For a picture that needs no text, write decorative into decision.")
    if lossy and _LOST.search(text):
        raise NotTakenError(
            "letters were lost: the file was saved in an encoding without them. Save it as XLSX or CSV UTF-8."
        )
    if _VALUE.fullmatch(text):
        return text, "looks like a number, date or truth value: the spreadsheet may have made it of another text"
    return text, None
