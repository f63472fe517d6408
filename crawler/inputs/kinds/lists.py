"""`--list`: the pages that a file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.inputs.base import Input, UrlList

if TYPE_CHECKING:
    from pathlib import Path


def _read(path: Path) -> UrlList:
    from crawler.inputs.lists import read_list

    return read_list(path)


INPUT = Input(
    title="List",
    option="--list",
    help="Read the pages that this file names, and no others: one URL a line, a CSV file or a sitemap.",
    read=_read,
)
