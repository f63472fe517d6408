"""Tables that say which image stands on which page, with its alt text or as the img element that it is.

So do exports of Lumar (DeepCrawl), Sitebulb and others, and sheets that people have made of them.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.identity.urls import absolute
from crawler.inputs.base import ImportCounts
from crawler.inputs.columns import best_table, content
from crawler.inputs.seen_rows import IMAGE, TAG, Row, SeenRows
from crawler.inputs.tables import tables
from crawler.urls.start_urls import listed_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.inputs.columns import Columns
    from crawler.inputs.tables import Table

MAX_TAG_CHARS = 20_000
_TAG = re.compile(rf"<img\b(?:\"[^\"]*\"|'[^']*'|[^'\">]){{0,{MAX_TAG_CHARS}}}>", re.I)


class ImageTable(SeenRows):
    """Such a table, read once and put in the order of its pages. Close it after use."""

    def __init__(
        self, path: Path, table: Table, columns: Columns, *, blank_is_empty: bool = False, notes: tuple[str, ...] = ()
    ) -> None:
        """`blank_is_empty`: a blank alt text means alt="". Raises UsageError when no row shows an image."""
        counts = ImportCounts()
        super().__init__(_rows(table, columns, counts), counts, blank_is_empty=blank_is_empty, notes=notes)
        if not counts.images:
            self.close()
            raise UsageError(f"{path} shows no image: none of its {counts.rows} rows has a page and an image")


def image_table(path: Path, *, blank_is_empty: bool = False, notes: tuple[str, ...] = ()) -> ImageTable | None:
    """The table in a file; None when it says nothing of images. Raises UsageError when the file cannot be read."""
    found = best_table(tables(path))
    if found is None or not found[1].shows_images:
        return None
    return ImageTable(path, *found, blank_is_empty=blank_is_empty, notes=notes)


def _rows(table: Table, columns: Columns, counts: ImportCounts) -> Iterator[Row]:
    for number, cells in content(table, columns):
        counts.rows += 1
        cell = _cell(cells, columns.page)
        page = listed_url(cell)
        if page is None:
            counts.refuse(number, cell or ",".join(cells), "the page is no web address")
            continue
        for row in _images(page, cells, columns, counts, number):
            counts.images += 1
            counts.hosts[page.split("/", 3)[2]] += 1
            yield row


def _images(page: str, cells: list[str], columns: Columns, counts: ImportCounts, number: int) -> Iterator[Row]:
    if columns.tags is not None:
        tags = [tag for tag in _TAG.findall(_markup(_cell(cells, columns.tags))) if _is_img(tag)]
        counts.other_rows += not tags
        for tag in tags:
            yield page, TAG, tag, "", "", ""
        return
    assert columns.image is not None
    given = _cell(cells, columns.image)
    address = absolute(page, given) if given else None
    if address is not None:
        alt = _cell(cells, columns.alt)
        counts.blank_alts += not alt
        yield page, IMAGE, address, alt, "", ""
    elif given:
        counts.refuse(number, given, "the image is no web address")
    else:
        counts.other_rows += 1


def _is_img(tag: str) -> bool:
    """Whether a browser sees an img element too: `<img-zoom>` is none, nor is one whose quotes go on behind its end."""
    from crawler.page.dom import parse_html

    root = parse_html(tag)[0].root
    return root is not None and next(root.iter_elements("img"), None) is not None


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _markup(cell: str) -> str:
    """The markup in a cell, which some programs escape as HTML or as JSON does."""
    if "<" not in cell:
        cell = html.unescape(cell)
    return cell.replace('\\"', '"')
