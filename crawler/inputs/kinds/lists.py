"""`--list`: the pages that a file names, or the images that it says stand on them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.inputs.base import Choice, Input

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.inputs.base import Content


class ListImages(StrEnum):
    """What is done with what a list says of images."""

    USE = "use"
    IGNORE = "ignore"


_NOTE = (
    "The file says which images stand on its pages: these are taken. --list-images ignore reads the pages themselves.",
)


def _read(path: Path, *, list_images: ListImages = ListImages.USE) -> Content:
    from core.errors import UsageError
    from crawler.inputs.image_tables import image_table
    from crawler.inputs.lists import is_sitemap, read_list
    from crawler.inputs.screaming_frog import Inlinks

    if list_images is ListImages.IGNORE or is_sitemap(path):
        return read_list(path)
    try:
        return Inlinks(path, notes=_NOTE)
    except UsageError:  # it is none, or shows no image
        return image_table(path, notes=_NOTE) or read_list(path)


INPUT = Input(
    title="List",
    option="--list",
    help="Read the pages that this file names, and no others: one URL a line, a CSV file, an Excel workbook or a "
    "sitemap. Where its rows hold images with their alt texts, too, these are taken, and no page is fetched.",
    read=_read,
    choices=(
        Choice(
            "--list-images",
            help="Whether to take the images of a list whose rows hold them, or to read its pages.",
            default=ListImages.USE,
        ),
    ),
)
