"""The file of a product feed: a table (CSV with any separator, a workbook), JSON Lines, or one JSON list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.errors import UsageError
from core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from captioning.datasets.feed import Feed
    from captioning.datasets.records import Captions
    from crawler.inputs.tables import Table

MAX_LINE_CHARS = 10_000_000  # of JSON Lines
MAX_JSON_BYTES = 500_000_000
_LISTS = ("products", "items", "data")  # of an object that is a feed


def read_feed(path: Path, captions: Captions) -> Feed:
    """The products of a file. Raises UsageError where it cannot be read, or has no column that is known."""
    from captioning.datasets.feed import Feed
    from crawler.inputs.tables import open_text

    feed = Feed(captions)
    with open_text(path) as file:
        start = file.read(4096).lstrip().removeprefix("\ufeff").lstrip()
    if start.startswith("<"):
        raise UsageError(f"{path} is XML: have the feed exported as CSV, TSV or JSON Lines")
    if start.startswith("{"):
        _read_lines(path, feed)
    elif start.startswith("["):
        _read_list(path, feed)
    else:
        _read_table(path, feed)
    if not feed.rows:
        raise UsageError(f"{path} holds no row that can be read")
    return feed


def _read_lines(path: Path, feed: Feed) -> None:
    from crawler.inputs.tables import open_text

    with open_text(path) as file:
        for number, line in _lines(file):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            _take(feed, number, row)
    if not feed.rows:  # an object over several lines
        _read_list(path, feed)


def _lines(file: Any) -> Iterator[tuple[int, str]]:
    number = 0
    while line := file.readline(MAX_LINE_CHARS):
        number += 1
        yield number, line
        while len(line) == MAX_LINE_CHARS and not line.endswith("\n"):  # what is longer is not JSON of ours
            line = file.readline(MAX_LINE_CHARS)


def _read_list(path: Path, feed: Feed) -> None:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise UsageError(f"{path} is larger than 500 MB: have it exported as JSON Lines, an object in each line")
    try:
        read = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is neither JSON nor JSON Lines ({error})") from error
    if isinstance(read, dict):
        read = next((read[name] for name in _LISTS if isinstance(read.get(name), list)), [])
    feed.left_out.clear()
    for number, row in enumerate(read, 1):
        _take(feed, number, row)


def _take(feed: Feed, number: int, row: object) -> None:
    from captioning.datasets.feed import Reason

    if isinstance(row, dict):
        feed.add(number, row)
    else:
        feed.refuse(number, Reason.UNREADABLE)


def _read_table(path: Path, feed: Feed) -> None:
    from captioning.datasets.feed import Reason, known_columns
    from crawler.inputs.tables import NOT_CSV, sample, tables

    ways = [(known_columns(head[0].cells), way) for way in tables(path) if (head := sample(way, 1))]
    best, table = max(ways, key=lambda way: way[0], default=(0, None))
    if table is None or not best:
        raise UsageError(
            f"{path} has no column of pictures (image, image_link, Image Src, ...){_first_cells(ways)}; what columns "
            "may be called stands in docs/captioners-of-your-own.md"
        )
    rows = table.rows()
    names = next(rows).cells
    for number, cells in rows:
        if cells and cells[0].startswith(NOT_CSV):
            feed.refuse(number, Reason.UNREADABLE)
        else:
            feed.add(number, _row(names, cells))


def _row(names: list[str], cells: list[str]) -> dict[str, Any]:
    """The cells by their columns; of columns with one name all that is there."""
    row: dict[str, list[str]] = {}
    for name, cell in zip(names, cells, strict=False):
        if cell.strip():
            row.setdefault(name, []).append(cell)
    return {name: some[0] if len(some) == 1 else some for name, some in row.items()}


def _first_cells(ways: list[tuple[int, Table]]) -> str:
    from crawler.inputs.tables import sample

    if not ways:
        return ""
    cells = max((sample(way, 1)[0].cells for _, way in ways), key=len)
    return f", only {shorten(', '.join(cells), 200)}"
