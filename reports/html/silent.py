"""The pages that list what is silent on purpose: what looks informative, and the rest, some in a page."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.text import counted
from reports.silent import looks_informative, signs
from reports.texts import Link, bounded, image_name, link
from store.silent import silent_groups

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from jinja2 import Environment
    from sqlalchemy.orm import Session

    from store.silent import SilentGroup
    from store.sites import Site

PER_PAGE = 250
INFORMATIVE = "silent"  # the names of the files begin so
REST = "decoration"
_TITLES = {
    INFORMATIVE: "Silent on purpose, and looks informative",
    REST: "Silent on purpose",
}


@dataclass(frozen=True, slots=True)
class SilentPlaces:
    """How many places are silent on purpose."""

    places: int
    informative: int  # of them
    first_informative: str | None  # the first page of those; None: there are none
    first_rest: str | None


@dataclass(frozen=True, slots=True)
class SilentView:
    """One image in one context."""

    name: str
    image: Link | None
    thumbnail: str | None
    places: str
    page: Link
    heading: str | None
    signs: tuple[str, ...]


def write_silent(
    session: Session, site: Site, folder: Path, templates: Environment, pictured: Collection[str]
) -> SilentPlaces:
    """Write the pages; `pictured` are the pictures that have a thumbnail in the report. Holds one page of each kind."""
    lists = {name: _List(name, site.name, folder, templates) for name in _TITLES}
    with closing(silent_groups(session, site.id)) as groups:
        for group in groups:
            name = INFORMATIVE if looks_informative(group) else REST
            lists[name].add(_view(group, pictured), group.occurrences)
    for one in lists.values():
        one.close()
    informative, rest = lists[INFORMATIVE], lists[REST]
    return SilentPlaces(informative.places + rest.places, informative.places, informative.first, rest.first)


@dataclass(slots=True)
class _List:
    name: str
    site: str
    folder: Path
    templates: Environment
    places: int = 0
    _pages: int = 0
    _views: list[SilentView] = field(default_factory=list)

    @property
    def first(self) -> str | None:
        return self._file(1) if self._pages else None

    def add(self, view: SilentView, places: int) -> None:
        if len(self._views) == PER_PAGE:
            self._write(last=False)
        self._views.append(view)
        self.places += places

    def close(self) -> None:
        if self._views:
            self._write(last=True)

    def _write(self, *, last: bool) -> None:
        self._pages += 1
        page = self.templates.get_template("silent.html").generate(
            site=self.site,
            title=_TITLES[self.name],
            informative=self.name == INFORMATIVE,
            number=self._pages,
            previous=self._file(self._pages - 1) if self._pages > 1 else None,
            following=None if last else self._file(self._pages + 1),
            start=(self._pages - 1) * PER_PAGE + 1,
            entries=self._views,
        )
        with (self.folder / self._file(self._pages)).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(page)
        self._views = []

    def _file(self, number: int) -> str:
        return f"{self.name}-{number:03d}.html"


def _view(group: SilentGroup, pictured: Collection[str]) -> SilentView:
    url = group.image_url
    where = f"{counted(group.occurrences, 'place')} on {counted(group.pages, 'page')}"
    return SilentView(
        name=image_name(url) if url is not None else f"{group.element} in the page",
        image=link(url) if url is not None else None,
        thumbnail=f"thumbnails/{group.sha256}.webp" if group.sha256 in pictured else None,
        places=where,
        page=link(group.first_page.url, group.first_page.title),
        heading=bounded(group.context.heading) if group.context.heading else None,
        signs=tuple(signs(group)),
    )
