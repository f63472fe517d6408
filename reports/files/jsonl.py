"""rows.jsonl: every row with all that is known of it, one JSON object a line."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

from reports.files.program_file import ProgramFile
from reports.picture_words import keywords, kind
from reports.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.report_records import ImageFacts

KEYS = (
    "row_id", "shown_as", "name", "image_url", "image", "element", "role", "alt", "alt_state", "classification",
    "severity", "findings", "places", "pages", "first_page", "more_pages", "selector", "html", "context", "context_key",
    "language", "suggested", "suggestion_state", "source", "author", "carried", "confidence", "status", "needs_human",
    "publishable", "note", "seen", "kind", "keywords",
)  # fmt: skip


def as_json(row: Row) -> dict[str, Any]:
    """The object of a row. null is what is missing or not known; more_pages are the next few after first_page."""
    values: dict[str, Any] = {key: getattr(row, key) for key in KEYS if hasattr(row, key)}
    return values | {
        "row_id": row.id,
        "image_url": row.image.url if row.image is not None else None,
        "image": _image(row.image) if row.image is not None else None,
        "findings": [asdict(finding) for finding in row.findings],
        "places": row.occurrences,
        "first_page": asdict(row.first_page),
        "more_pages": [asdict(page) for page in row.more_pages],
        "context": {name: value for name, value in asdict(row.context).items() if value is not None},
        "kind": kind(row) or None,
        "keywords": keywords(row),
    }


def _image(image: ImageFacts) -> dict[str, Any]:
    asset = image.asset
    picture = None
    if asset is not None:
        picture = {
            "sha256": asset.sha256,
            "format": asset.format,
            "width": asset.width,
            "height": asset.height,
            "warnings": asset.warnings,
            "analyses": asset.analyses,
        }
    return {
        "fetch_url": image.fetch_url,
        "state": image.state,
        "stage": image.stage,
        "code": image.code,
        "message": image.message,
        "picture": picture,
    }


@contextmanager
def _lines(file: IO[str]) -> Iterator[Callable[[Row], None]]:
    def write(row: Row) -> None:
        values = as_json(row)
        file.write(json.dumps({key: values[key] for key in KEYS}, ensure_ascii=False) + "\n")

    yield write


WRITERS = (
    ProgramFile(
        record=Row,
        name="jsonl",
        file_name="rows.jsonl",
        title="Every row, for programs",
        help="JSON Lines: every row of rows.csv with all that is known of it and its picture.",
        headings=KEYS,
        body=_lines,
    ),
)
