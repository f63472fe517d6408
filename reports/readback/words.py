"""The words of a sheet: with which editors decide, in the column `decision`, and what a suggestion looks like."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """What an editor says of a suggestion."""

    APPROVE = "approve"  # it may go on the site as it is
    EDIT = "edit"  # the text in new_alt is the one
    REJECT = "reject"  # it is wrong
    DECORATIVE = "decorative"  # the picture needs no text: alt=""
    SKIP = "skip"  # nothing is said


_OTHERS = {
    Word.APPROVE: "approved ok okay yes genehmigen genehmigt freigeben freigegeben annehmen ja approuver approuvé oui "
    "aprobar aprobado sí",
    Word.EDIT: "edited change changed bearbeiten bearbeitet ändern geändert modifier modifié editar editado",
    Word.REJECT: "rejected no ablehnen abgelehnt nein rejeter rejeté non rechazar rechazado",
    Word.DECORATIVE: "decoration dekorativ dekoration schmuck décoratif décorative decorativo decorativa",
    Word.SKIP: "skipped later überspringen später passer ignorer omitir saltar",
}
_WORDS = {name: word for word in Word for name in (word.value, *_OTHERS[word].split())}

# What stands for a suggested alt="": a blank cell says that nothing is suggested.
EMPTY_SUGGESTION = "(empty: decorative)"


def suggestion_cell(suggested: str | None) -> str:
    """A suggestion as editors see it."""
    return EMPTY_SUGGESTION if suggested == "" else suggested or ""


def word_of(text: str) -> Word | None:
    """The decision that a cell names, in English, German, French or Spanish, whatever its case. None: it names none."""
    return _WORDS.get(text.casefold().strip(" .!"))
