"""The markup of a row with the text that is proposed or decided, to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.records import ALT_ELEMENTS
from core.start_tag import is_whole
from reports.apply.edits import edited
from reports.apply.html_source import escaped, image_tags, with_alt
from reports.row import RowStatus

if TYPE_CHECKING:
    from reports.row import Row

MAX_TEXT_CHARS = 1000  # of a longer text nothing is shown that could be copied: it stands in the files


def corrected(row: Row) -> str | None:
    """The whole tag, or the attribute alone where a part of the tag was kept; None where there is nothing to put in."""
    text = row.suggested
    if text is None or len(text) > MAX_TEXT_CHARS or row.settled or row.element not in ALT_ELEMENTS:
        return None
    if row.status not in {RowStatus.DRAFTED, RowStatus.DECIDED}:
        return None
    tags = image_tags(row.html) if is_whole(row.html) else []
    return edited(row.html, [with_alt(tags[0], text)]) if tags else f'alt="{escaped(text)}"'
