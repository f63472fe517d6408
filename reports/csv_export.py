"""The CSV files: for editors and for people (safe to open in a spreadsheet), and for importers (raw)."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, TextIO

from core.failures import explain
from reports.status import alt_state, author, confidence, needs_human, note
from reports.texts import row_id

if TYPE_CHECKING:
    from _csv import Writer

    from store.failures import ImageFailure, PageFailure
    from store.report import OccurrenceGroup

EDITORS_COLUMNS = (
    "row_id", "page_url", "pages", "image_url", "alt_state", "current_alt", "classification", "problems",
    "rules", "suggested_alt", "new_alt", "suggestion_state", "suggestion_by", "confidence", "needs_human",
    "heading", "link_target", "selector", "note",
)  # fmt: skip
IMPORT_COLUMNS = ("image_url", "page_url", "alt_text", "context_key", "state")
FAILURES_COLUMNS = ("kind", "url", "page_url", "state", "stage", "code", "message", "what_to_do")

CELL_CHARS = 32_767  # Excel spills what is longer into the next cells

# What a spreadsheet runs as a formula: OWASP, CSV Injection. Full-width forms count in some locales, white
# space before the sign is dropped by some programs, and a quote that stands there already is doubled so that
# `restore` can tell it from ours.
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r\n]")


def neutralise(text: str) -> str:
    """The text as a spreadsheet may show it: one that could run as a formula gets a quote in front."""
    return f"'{text}" if _FORMULA.match(text) else text


def restore(text: str) -> str:
    """The text that `neutralise` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def spreadsheet(file: TextIO) -> Writer:
    """A writer of CSV as Excel reads it; the file was opened with `utf-8-sig` and newline=''."""
    return csv.writer(file, lineterminator="\r\n")


def editors_row(group: OccurrenceGroup) -> list[str]:
    """One line of editors.csv. `new_alt` is empty: it is the editor's to fill."""
    suggestion, image = group.suggestion, group.image
    text = suggestion.text if suggestion is not None else None
    sure = confidence(group)
    return _safe(
        row_id(image.url if image else None, group.context_key),
        group.first_page.url,
        str(group.pages),
        image.url if image else "",
        alt_state(group.alt),
        group.alt or "",
        group.classification,
        " ".join(finding.message for finding in group.findings),
        ", ".join(finding.rule for finding in group.findings),
        text or "",
        "",
        suggestion.state if suggestion is not None and text is not None else "",
        author(group),
        f"{sure:.2f}" if sure is not None else "",
        "yes" if needs_human(group) else "no",
        group.context.heading or "",
        group.context.link_url or "",
        group.selector,
        note(group),
    )


def import_row(group: OccurrenceGroup) -> list[str]:
    """One line of import.csv, every text as it is; for groups that are `importable`."""
    assert group.image is not None
    assert group.suggestion is not None
    assert group.suggestion.text is not None
    return [
        group.image.url,
        group.first_page.url,
        group.suggestion.text,
        group.context_key,
        group.suggestion.state,
    ]


def image_failure_row(failure: ImageFailure) -> list[str]:
    """One line of failures.csv."""
    reason = explain(failure.code, failure.stage)
    message = failure.message or reason.happened
    return _safe("image", failure.url, failure.page_url, "failed", failure.stage, failure.code, message, reason.action)


def page_failure_row(failure: PageFailure) -> list[str]:
    """One line of failures.csv."""
    reason = explain(failure.code)
    status = f" (HTTP status {failure.status})" if failure.status else ""
    message = reason.happened + status
    return _safe("page", failure.url, failure.url, failure.state, "crawl", failure.code, message, reason.action)


def _safe(*cells: str) -> list[str]:
    return [neutralise(cell[: CELL_CHARS - 1]) for cell in cells]
