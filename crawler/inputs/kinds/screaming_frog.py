"""`--from-screaming-frog`: the images of an export of inlinks."""

from __future__ import annotations

from contextlib import closing, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.inputs.base import Choice, Input

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.inputs.base import SeenPages


class BlankAlt(StrEnum):
    """What an empty alt text in a CSV file stands for."""

    MISSING = "missing"
    EMPTY = "empty"


@contextmanager
def _read(path: Path, *, blank_alt: BlankAlt = BlankAlt.MISSING) -> Iterator[SeenPages]:
    from crawler.inputs.screaming_frog import Inlinks

    with closing(Inlinks(path, blank_is_empty=blank_alt is BlankAlt.EMPTY)) as inlinks:
        yield inlinks


INPUT = Input(
    title="Screaming Frog",
    option="--from-screaming-frog",
    help="Take the images from this export (all_inlinks.csv or images_missing_alt_text_inlinks.csv); no page is "
    "fetched.",
    read=_read,
    choices=(
        Choice(
            "--blank-alt",
            help="What a blank alt text in the export stands for: a CSV file cannot tell.",
            default=BlankAlt.MISSING,
        ),
    ),
)
