"""A list of pages in a file: plain lines, a column of a CSV file, or a sitemap."""

from __future__ import annotations

import codecs
import csv
from typing import IO, TYPE_CHECKING

from core.errors import UsageError
from crawler.inputs.base import BadLine, UrlList
from crawler.urls.start_urls import listed_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_SITEMAP_BYTES = 52_428_800  # the sitemap protocol's own limit
DELIMITERS = ",;\t|"
_SNIFFED_BYTES = 65_536
_GZIP = "\x1f\u2039"  # the first bytes of a gzip file, read as windows-1252
# Names of the column that holds the address, in the languages of the tools that write such files.
_ADDRESS_COLUMNS = frozenset(
    "url urls address adresse dirección direccion indirizzo endereço endereco adres アドレス loc page link".split()
)


def open_text(path: Path) -> IO[str]:
    """A text file with line ends as they are: UTF-8 or UTF-16 with or without a mark, else windows-1252.

    Raises UsageError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_SNIFFED_BYTES)
        return path.open(encoding=_encoding(start), errors="replace", newline="")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start[1:2] == b"\0":
        return "utf-16-le"
    if start[:1] == b"\0":
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def read_list(path: Path) -> UrlList:
    """The pages that a file names.

    Blank lines and lines that begin with # say nothing. Raises UsageError when the file cannot be read or
    names no page at all.
    """
    with open_text(path) as file:
        start = file.read(_SNIFFED_BYTES)
        file.seek(0)
        is_sitemap = start.startswith(_GZIP) or start.lstrip().startswith("<")
        entries = _sitemap(path) if is_sitemap else _entries(file, start.lstrip())
        return pages_of(path, entries, "Write one address a line, such as https://example.com/.")


def pages_of(path: Path, entries: Iterable[tuple[int, str]], advice: str) -> UrlList:
    """The pages at (line, address) in a file. Raises UsageError, with the advice, when it names none."""
    urls: dict[str, None] = {}
    bad = []
    good = 0
    for number, text in entries:
        url = listed_url(text)
        if url is None:
            bad.append(BadLine(number, text[:100], "no http(s) address"))
        else:
            good += 1
            urls[url] = None
    if not urls:
        problems = "".join(f"\n  line {line.number}: {line.text!r}: {line.reason}" for line in bad[:5])
        raise UsageError(f"{path} names no page. {advice}{problems}")
    return UrlList(tuple(urls), good - len(urls), tuple(bad))


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


def _entries(file: IO[str], start: str) -> Iterator[tuple[int, str]]:
    """(line number, text) of what should be an address."""
    first = start.splitlines()[0] if start else ""
    delimiter = delimiter_of(first)
    names = [name.strip().casefold() for name in next(csv.reader([first], delimiter=delimiter), [])]
    column = next((place for place, name in enumerate(names) if name in _ADDRESS_COLUMNS), None)
    if column is None:
        for number, line in enumerate(file, 1):
            if line.strip() and not line.lstrip().startswith("#"):
                yield number, line.strip()
        return
    rows = csv.reader(file, delimiter=delimiter)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield rows.line_num, f"(unreadable: {error})"
            continue
        if row is None:
            return
        if any(row) and [cell.strip().casefold() for cell in row] != names:
            yield rows.line_num, row[column] if column < len(row) else ""


def delimiter_of(header: str) -> str:
    """What separates the columns: the candidate that stands most often in the first line."""
    return max(DELIMITERS, key=header.count)
