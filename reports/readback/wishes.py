"""What a row of a sheet asks for, beside what stands there today. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.records import ACCEPTED, DecisionState, SuggestionState
from core.text import shorten
from reports.files.csv_writer import spreadsheet_cell
from reports.readback.cells import NotTakenError, typed
from reports.readback.words import Word, suggestion_cell
from reports.row import RowStatus

if TYPE_CHECKING:
    from reports.readback.read import SheetRow
    from reports.row import Row

_NAMED_CHARS = 80  # of a text that is quoted
_SEEN = re.compile("[a-p]{8}")


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision that a row asks for."""

    state: DecisionState
    text: str | None = None  # of an edit
    settled: bool = field(default=False, compare=False)  # people have decided so already


def wish(said: SheetRow, row: Row) -> Wish:
    """What to decide.

    Raises NotTakenError where the row contradicts itself, is not about this picture, or somebody has decided since.
    """
    if row.key.image_id is None:
        raise NotTakenError(
            "it is a drawing in the page itself, which has no address to remember it by: put the text into the page."
        )
    if said.image_url and said.image_url != as_typed(row.image_url):
        raise NotTakenError(
            "row_id and image_url are of different rows: columns were sorted apart, or one was pasted over. Take a new "
            "file of the report, and sort all columns together."
        )
    wanted = _wanted(said, row)
    if _is_so(wanted, said, row):
        return replace(wanted, settled=True)
    if _has_changed(said, row):
        if row.status in {RowStatus.DECIDED, RowStatus.REJECTED}:
            raise NotTakenError(
                f"decided since the file was written: it is {row.suggestion_state} now, with the text "
                f"{_quoted(row.suggested)}, and here stands {_quoted(wanted.text or said.suggested_alt)}. Decide again "
                "in a new file of the report."
            )
        if wanted.state in {DecisionState.APPROVED, DecisionState.REJECTED}:
            raise NotTakenError(
                f"another text is suggested since the file was written: {_quoted(row.suggested)}; it was "
                f"{_quoted(said.suggested_alt)}. Write the text that you mean into new_alt, or take a new file."
            )
    return wanted


def as_typed(text: str) -> str:
    """A text of ours as it comes back from a cell that nobody has touched."""
    return typed(spreadsheet_cell(text))


def _wanted(said: SheetRow, row: Row) -> Wish:
    word, text, suggested = said.word, said.new_alt, row.suggested
    if word in {Word.REJECT, Word.DECORATIVE} and text is not None:
        raise NotTakenError(f"it says {word}, and has a text: empty new_alt, or write edit.")
    if word is Word.DECORATIVE:
        return Wish(DecisionState.DECORATIVE)
    if word is Word.REJECT:
        if suggested is None:
            raise NotTakenError("there is no suggestion to reject: write a text of your own, or leave the row empty.")
        return Wish(DecisionState.REJECTED)
    if text is not None:
        same = bool(suggested) and as_typed(suggested or "") == text
        return Wish(DecisionState.APPROVED) if same else Wish(DecisionState.EDITED, text)
    if word is Word.EDIT:
        raise NotTakenError("it says edit, and new_alt is empty: write the text there, or approve.")
    if suggested is None:
        raise NotTakenError("there is no suggestion to approve: write the text into new_alt, or decorative.")
    return Wish(DecisionState.APPROVED if suggested.strip() else DecisionState.DECORATIVE)


def _is_so(wanted: Wish, said: SheetRow, row: Row) -> bool:
    """Whether people have decided so already: by this file, too."""
    as_seen = said.new_alt is not None or said.suggested_alt is None or _shows_suggestion(said, row)
    if wanted.state is DecisionState.REJECTED:
        return row.suggestion_state is SuggestionState.REJECTED and as_seen
    if row.suggestion_state not in ACCEPTED:
        return False
    if wanted.state is DecisionState.DECORATIVE:
        return row.suggested == ""
    return wanted.state is DecisionState.APPROVED and as_seen


def _has_changed(said: SheetRow, row: Row) -> bool:
    """Whether something else was suggested or decided when the file was written; where it does not say, by the text."""
    seen = (said.seen or "").lower()
    if _SEEN.fullmatch(seen):
        return seen != row.seen
    return row.status in {RowStatus.DECIDED, RowStatus.REJECTED} or not _shows_suggestion(said, row)


def _shows_suggestion(said: SheetRow, row: Row) -> bool:
    return said.suggested_alt is not None and said.suggested_alt in {
        as_typed(row.suggested or ""),
        as_typed(suggestion_cell(row.suggested)),
    }


def _quoted(text: str | None) -> str:
    return f"“{shorten(text, _NAMED_CHARS)}”" if text else "none"
