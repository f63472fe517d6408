"""`--from-screaming-frog`: the images of an export of inlinks."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.inputs.base import Choice, Input

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.inputs.base import SeenPages
    from crawler.inputs.seen_rows import SeenRows


class BlankAlt(StrEnum):
    """What an empty alt text in a CSV file stands for."""

    MISSING = "missing"
    EMPTY = "empty"


@contextmanager
def _read(path: Path, *, blank_alt: BlankAlt = BlankAlt.MISSING) -> Iterator[SeenPages]:
    from core.errors import UsageError
    from crawler.inputs.image_tables import image_table
    from crawler.inputs.screaming_frog import Inlinks

    blank_is_empty = blank_alt is BlankAlt.EMPTY
    pages: SeenRows | None
    try:
        pages = Inlinks(path, blank_is_empty=blank_is_empty)
    except UsageError:
        # Sheets that people make of exports hold page, image and alt text, and no more.
        pages = image_table(path, blank_is_empty=blank_is_empty)
        if pages is None:
            raise
    with pages:
        yield pages


INPUT = Input(
    title="Screaming Frog",
    option="--from-screaming-frog",
    help="Take the images from this export (all_inlinks.csv or images_missing_alt_text_inlinks.csv, or XLSX), or from "
    "a table of page, image and alt text; no page is fetched.",
    read=_read,
    choices=(
        Choice(
            "--blank-alt",
            help="What a blank alt text in the export stands for: a CSV file cannot tell.",
            default=BlankAlt.MISSING,
        ),
    ),
)
