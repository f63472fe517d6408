"""A list of pages in a file: plain lines, a column of a table, whatever it is called, or a sitemap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.errors import UsageError
from crawler.inputs.base import BadLine, UrlList
from crawler.inputs.columns import SAMPLE_ROWS, best_table, content
from crawler.inputs.tables import open_text, sample, tables
from crawler.urls.start_urls import listed_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from crawler.inputs.columns import Columns
    from crawler.inputs.tables import Table

MAX_SITEMAP_BYTES = 52_428_800  # the sitemap protocol's own limit
MAX_BAD_LINES = 1000  # kept, of those that cannot be used
_PATH = re.compile(r"/[\w.~%/?=&-]*\Z")
_ADVICE = "Write one address a line, such as https://example.com/, or give a table with a column of them."


def is_sitemap(path: Path) -> bool:
    """Whether a file begins like XML or gzip. Raises UsageError when it cannot be read."""
    with open_text(path) as file:
        start = file.read(1000).lstrip("\ufeff \r\n\t")
    in_brackets = start[1:5].lower() == "http"  # as addresses stand in mails
    return (start.startswith("<") and not in_brackets) or start.startswith("\x1f")


def read_list(path: Path) -> UrlList:
    """The pages that a file names.

    Blank lines and lines that begin with # say nothing. Raises UsageError when the file cannot be read or
    names no page at all.
    """
    if is_sitemap(path):
        return pages_of(path, _sitemap(path), _ADVICE)
    ways = tables(path)
    found = best_table(ways)
    if found is None:
        raise _names_no_page(path, ways)
    return pages_in(path, *found)


def pages_in(path: Path, table: Table, columns: Columns) -> UrlList:
    """The pages in a column of a table."""
    column = f"column {columns.title}" if columns.title and not table.is_lines else None
    sheet = f"sheet {table.name}" if table.name else None
    return pages_of(path, _cells(table, columns), _ADVICE, ", ".join(filter(None, [sheet, column])) or None)


def _cells(table: Table, columns: Columns) -> Iterator[tuple[int, str]]:
    for row in content(table, columns):
        yield row.number, row.cells[columns.page].strip() if columns.page < len(row.cells) else ",".join(row.cells)


def _names_no_page(path: Path, ways: Sequence[Table]) -> UsageError:
    """The error for a file without an address, which shows the first of what stands there instead."""
    cells = [(row.number, cell.strip()) for row in sample(ways[-1], 5) for cell in row.cells[:1]]
    every = [cell for table in ways for row in sample(table, SAMPLE_ROWS) for cell in row.cells]
    if path_only := next((cell for cell in every if _PATH.match(cell)), None):
        return UsageError(
            f"{path} names no page: its addresses have no host ({path_only[:60]}). "
            "Put the site in front of each, as in https://example.com/page, or export whole addresses."
        )
    problems = "".join(f"\n  line {number}: {text[:100]!r}: no http(s) address" for number, text in cells)
    return UsageError(f"{path} names no page. {_ADVICE}{problems}")


def pages_of(path: Path, entries: Iterable[tuple[int, str]], advice: str, column: str | None = None) -> UrlList:
    """The pages at (line, address) in a file. Raises UsageError, with the advice, when it names none."""
    urls: dict[str, None] = {}
    bad: list[BadLine] = []
    good = refused = 0
    for number, text in entries:
        url = listed_url(text)
        if url is None:
            refused += 1
            if len(bad) < MAX_BAD_LINES:
                bad.append(BadLine(number, text[:100], "no http(s) address"))
        else:
            good += 1
            urls[url] = None
    if not urls:
        problems = "".join(f"\n  line {line.number}: {line.text!r}: {line.reason}" for line in bad[:5])
        raise UsageError(f"{path} names no page. {advice}{problems}")
    return UrlList(tuple(urls), good - len(urls), tuple(bad), refused - len(bad), column)


def _sitemap(path: Path) -> Iterator[tuple[int, str]]:
    from crawler.inputs.sitemaps import read_sitemap

    if path.stat().st_size > MAX_SITEMAP_BYTES:
        raise UsageError(f"{path} is larger than {MAX_SITEMAP_BYTES} bytes, the limit for a sitemap")
    sitemap = read_sitemap(path.absolute().as_uri(), path.read_bytes(), MAX_SITEMAP_BYTES)
    if sitemap is None:
        raise UsageError(f"{path} begins like XML, but is no sitemap that can be read")
    if sitemap.sitemaps:
        raise UsageError(
            f"{path} is an index that names {len(sitemap.sitemaps)} other sitemaps, no pages. Give one of those."
        )
    yield from enumerate(sitemap.pages, 1)
