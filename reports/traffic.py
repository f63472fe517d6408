"""Visits of pages, as another program counted them: joined to the pages of a site, and to the rows that stand there.

Nothing is projected: a row has the visits of the pages that it stands on. They lie in a temporary database, of which
SQLite keeps a part in memory.
"""

from __future__ import annotations

import sqlite3
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from core.identity.urls import page_url
from reports.row_id import row_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.folds import Fold, Folds
    from store.site_pages import SitePlace


class Joined(NamedTuple):
    """How the file and the pages of a crawl fit."""

    addresses: int  # of the file
    visits: int
    joined: int  # addresses that are pages of the crawl
    joined_visits: int
    unjoined: tuple[tuple[str, int], ...]  # (address, visits) of the others, the most visited first, a few


class Traffic:
    """Filled with the rows of a file, then joined to one site after the other."""

    def __init__(self, source: str) -> None:
        """`source` says in words where the visits are from: the column and the file."""
        self.source = source
        self._database = sqlite3.connect("")  # a temporary file of its own
        for statement in (
            "CREATE TABLE visits (key PRIMARY KEY, bare, address, visits, page)",
            "CREATE TABLE pages (key PRIMARY KEY, path) WITHOUT ROWID",
            "CREATE INDEX page_paths ON pages (path, key)",
            "CREATE INDEX visited ON visits (page)",
            "CREATE TABLE rows (id PRIMARY KEY, visits) WITHOUT ROWID",
        ):
            self._database.execute(statement)

    def add(self, address: str, visits: int) -> None:
        """Take in what a file says of a page: its address, or its path alone. Said twice, it is added up."""
        key = _path_key(address) if address.startswith("/") else _key(address)
        self._database.execute(
            "INSERT INTO visits (key, bare, address, visits) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET visits = visits + excluded.visits",
            (key, key.partition("?")[0].rstrip("/") or "/", address, visits),
        )

    def join(self, pages: Iterable[str]) -> None:
        """Find the pages of a site: by address without scheme, www. and last slash, by path; else without the query."""
        self._database.execute("DELETE FROM pages")
        self._database.execute("UPDATE visits SET page = NULL")
        keys = ((key, key[key.find("/") :] if "/" in key else "/") for key in map(_key, pages))
        self._database.executemany("INSERT OR IGNORE INTO pages VALUES (?, ?)", keys)
        for form in ("key", "bare"):
            for column in ("key", "path"):
                self._database.execute(
                    f"UPDATE visits SET page = (SELECT min(key) FROM pages WHERE pages.{column} = visits.{form})"  # noqa: S608
                    " WHERE page IS NULL"
                )

    def read_rows(self, places: Iterable[SitePlace]) -> None:
        """Learn what the rows have, of all their places in the order of pages."""
        self._database.execute("DELETE FROM rows")
        for url, there in groupby(places, key=lambda place: place.page_url):
            visits = self.visits(url)
            if visits:
                ids = {row_id(one.image_url, one.context_key, one.alt, one.classification) for one in there}
                self._database.executemany(
                    "INSERT INTO rows VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET visits = visits + excluded.visits",
                    ((one, visits) for one in ids),
                )

    def visits(self, url: str) -> int | None:
        """Of a page; None where the file does not know it."""
        return self._one("SELECT sum(visits) FROM visits WHERE page = ?", _key(url))

    def of(self, fold: Fold, folds: Folds) -> int:
        """Of all the pages that a fold stands on, each once."""
        if fold.rows == 1:
            return self._one("SELECT visits FROM rows WHERE id = ?", fold.row.id) or 0
        return sum(self.visits(page.url) or 0 for page, _ in folds.pages(fold.number))

    def joined(self, examples: int) -> Joined:
        """How the join went."""
        numbers = "SELECT count(*), coalesce(sum(visits), 0) FROM visits"
        addresses, visits = self._database.execute(numbers).fetchone()
        joined, joined_visits = self._database.execute(f"{numbers} WHERE page IS NOT NULL").fetchone()
        left = "SELECT address, visits FROM visits WHERE page IS NULL ORDER BY visits DESC, address LIMIT ?"
        return Joined(addresses, visits, joined, joined_visits, tuple(self._database.execute(left, (examples,))))

    def close(self) -> None:
        """Give the temporary database back."""
        self._database.close()

    def _one(self, query: str, value: str) -> int | None:
        found = self._database.execute(query, (value,)).fetchone()
        return found[0] if found is not None else None


def _key(url: str) -> str:
    """What an address and those that mostly lead to the same page have in common."""
    rest = page_url(url).partition("://")[2].removeprefix("www.")
    path, mark, query = rest.partition("?")
    return f"{path.rstrip('/')}{mark}{query}"


def _path_key(path: str) -> str:
    key = _key(f"http://a{path}")[1:]
    return key if key.startswith("/") else f"/{key}"
