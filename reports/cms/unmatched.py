"""unmatched.csv: the texts that are not in the file for the content system, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reports.files.csv_writer import CsvWriter


class Reason(StrEnum):
    """Why a text is not handed over."""

    NOT_FOUND = "not_found"
    NEEDS_EXPORT = "needs_export"
    AMBIGUOUS = "ambiguous"
    SEVERAL_TEXTS = "several_texts"
    OTHER_LANGUAGE = "other_language"
    OTHER_TEXT = "other_text"
    DECORATIVE = "decorative"
    TOO_LONG = "too_long"
    FORBIDDEN = "forbidden"
    UNCLEAR_LIST = "unclear_list"
    NO_ADDRESS = "no_address"


WHAT_TO_DO = {
    Reason.NOT_FOUND: "The export has no such picture. Is it the export of this site, and of all of it? Pictures of the"
    " theme are in none.",
    Reason.NEEDS_EXPORT: "The page alone does not tell which record this is: give the system's export with --join.",
    Reason.AMBIGUOUS: "The export has the picture in several places, and the text may not be right for all: set it by"
    " hand.",
    Reason.SEVERAL_TEXTS: "The system keeps one text for the picture, and several are approved: decide on one, or set"
    " them by hand.",
    Reason.OTHER_LANGUAGE: "Texts in several languages, and the system takes one here: choose with --language.",
    Reason.OTHER_TEXT: "The system has another text than the page had, which somebody wrote: compare the two by hand.",
    Reason.DECORATIVE: 'The system has no way to say alt="" of a picture: set it in the template or the page.',
    Reason.TOO_LONG: "Shorten the text, and export again.",
    Reason.FORBIDDEN: "The system does not take a character of the text: change it, and export again.",
    Reason.UNCLEAR_LIST: "The export's list of texts for this product cannot be told apart: set it by hand.",
    Reason.NO_ADDRESS: "The picture stands in the page itself, not in a file: change the page.",
}


@dataclass(frozen=True, slots=True)
class Unmatched:
    """One text that is left out."""

    reason: Reason
    detail: str
    image_url: str
    text: str
    page_url: str
    product: str
    row_id: str


UNMATCHED = CsvWriter(
    record=Unmatched,
    name="unmatched",
    title="Left out",
    help="Approved texts that are not in the file for the system, and why.",
    columns=(
        ("reason", lambda one: one.reason),
        ("detail", lambda one: one.detail),
        ("what_to_do", lambda one: WHAT_TO_DO[one.reason]),
        ("image_url", lambda one: one.image_url),
        ("alt_text", lambda one: one.text),
        ("page_url", lambda one: one.page_url),
        ("product", lambda one: one.product),
        ("row_id", lambda one: one.row_id),
    ),
)
