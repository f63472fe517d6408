"""The texts of sites and the pictures that have them, so that drafts do not add up to what the rules condemn.

A site may have a million texts, so they lie in a temporary database, of which SQLite keeps a part in memory.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from core.site_facts import NamedPicture
from rules.site.likeness import alike
from rules.site.pictures import is_shared_too_widely, shows_another

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from core.site_facts import ReplacedPicture
    from rules.rule_options import RuleOptions
    from store.suggestions import ContextGroup

# Of one text; the rest says nothing new, unless they all are variants of two pictures.
MOST_PLACES = 100

_Row: TypeAlias = "tuple[int, str, int, str, str | None, str | None, str | None]"


class SiteTexts:
    """Asked in the order of the drafts: each heeds those before it, as it does beside its neighbours."""

    def __init__(self, database: sqlite3.Connection, rules: RuleOptions) -> None:
        self._database = database
        self._shared = "dup-diff-image" not in rules.disable
        self._stale = "stale" not in rules.disable
        self._replaced: dict[tuple[int, int, str], set[str]] = {}

    def read(
        self, site_id: int, in_use: Iterable[NamedPicture], replaced: Iterable[tuple[int, str, ReplacedPicture]]
    ) -> None:
        """Take over what `store.site_texts` knows of a site."""
        if self._shared:
            self._store(site_id, in_use)
        if self._stale:
            for image_id, context_key, was in replaced:
                if shows_another(was):
                    self._replaced.setdefault((site_id, image_id, context_key), set()).add(_folded(was.alt))

    def taken(self, group: ContextGroup, texts: Iterable[str], of_the_page: Collection[str] = ()) -> frozenset[str]:
        """Those of the texts that are not for this group, since other pictures have them, or one that stood here.

        Two other pictures may have a text that says what both show, but none one that is `of_the_page`, of which nobody
        knows which of its pictures it is about.
        """
        left = self._replaced.get((group.site_id, group.image_id, group.context_key), ())
        return frozenset(
            text for text in texts if _folded(text) in left or self._is_shared(group, text, by_one=text in of_the_page)
        )

    def add(self, group: ContextGroup, text: str) -> None:
        """The group is proposed this text."""
        if self._shared:
            self._store(group.site_id, _places(group, text))

    def _is_shared(self, group: ContextGroup, text: str, *, by_one: bool) -> bool:
        own = _places(group, text)
        if not self._shared or own[0].role == "button":
            return False
        rows = self._database.execute(
            "SELECT picture, link, image_url, phash, role FROM texts WHERE site = ? AND text = ? LIMIT ?",
            (group.site_id, _folded(text), MOST_PLACES + 1),
        ).fetchall()
        if len(rows) > MOST_PLACES:
            return True
        others = [
            NamedPicture(0, text, picture, image_url, phash, role, role is not None, link, None, "")
            for picture, link, image_url, phash, role in rows
        ]
        if by_one and group.functional is None:
            return any(other.picture != group.picture and not alike(other, own[0], few=True) for other in others)
        return is_shared_too_widely([*others, *own])

    def _store(self, site_id: int, places: Iterable[NamedPicture]) -> None:
        self._database.executemany(
            "INSERT OR IGNORE INTO texts (site, text, picture, link, image_url, phash, role)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (_row(site_id, place) for place in places if place.role != "button"),
        )


@contextmanager
def site_texts(rules: RuleOptions) -> Iterator[SiteTexts]:
    """An empty one, as long as the block runs."""
    database = sqlite3.connect("")  # a temporary file of its own
    try:
        database.execute(
            "CREATE TABLE texts (site, text, picture, link, image_url, phash, role,"
            " PRIMARY KEY (site, text, picture, link)) WITHOUT ROWID"
        )
        yield SiteTexts(database, rules)
    finally:
        database.close()


def _folded(text: str) -> str:
    """The text as it is compared: more alike than the rules take it, which fold as the database does."""
    return text.strip().casefold()


def _row(site_id: int, place: NamedPicture) -> _Row:
    return site_id, _folded(place.name), place.picture, place.target or "", place.image_url, place.phash, place.role


def _places(group: ContextGroup, text: str) -> list[NamedPicture]:
    """The group's picture with the text, in each way in which it stands in a link."""
    ways = {place.context.link_url if place.functional else None: place for place in group.occurrences}
    return [
        NamedPicture(
            0, text, group.picture, place.image_url or "", group.phash, place.interactive, place.sole_content, link,
            place.language, "",
        )
        for link, place in ways.items()
    ]  # fmt: skip
