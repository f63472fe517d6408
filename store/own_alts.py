"""Texts that people wrote on a site and no rule finds fault with: what drafts learn from, and say again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from core.languages import primary_subtag
from core.records import Classification, PageState, functional_role
from store.models import Asset, Finding, Image, Occurrence, Page
from store.occurrences import COLUMNS, record
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from core import records
    from store.suggestions import ContextGroup

MAX_EXAMPLES = 2000  # pictures of a site: more teach nothing new
MAX_ELSEWHERE = 20  # texts of one picture


@dataclass(frozen=True, slots=True)
class OwnAlt:
    """A place with a good text."""

    occurrence: records.Occurrence
    page_title: str | None
    alt: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A good text that a picture has in other places of its site."""

    alt: str
    language: str  # a primary subtag
    functional: str | None
    link_url: str | None
    same: bool  # else it is a picture that looks the same
    places: int


def is_good(site_id: int | ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    """What holds of occurrences, joined with their pages, that have a good text on this site."""
    return (
        Page.site_id == site_id,
        Page.state == PageState.FETCHED,
        Page.status.is_not(None),  # else an export told of it, and it was never read here
        Page.variant_of_id.is_(None),
        Occurrence.vanished_crawl_id.is_(None),
        Occurrence.classification == Classification.OK,
        Occurrence.alt.is_not(None),
        ~exists().where(Finding.occurrence_id == Occurrence.id),
    )


def own_alts(session: Session, site_id: int) -> Iterator[OwnAlt]:
    """One place of each picture of the site that has a good text; of very many pictures some, spread over the site."""
    first = (
        select(func.min(Occurrence.id))
        .join(Page, Page.id == Occurrence.page_id)
        .where(*is_good(site_id), Occurrence.image_id.is_not(None))
        .group_by(Occurrence.image_id)
    )
    ids = sorted(session.scalars(first))
    chosen = ids[:: -(-len(ids) // MAX_EXAMPLES)] if ids else []
    columns: tuple[Any, ...] = (
        *(getattr(Occurrence, name) for name in COLUMNS),
        Occurrence.facts,
        Occurrence.context,
        Image.url.label("image_url"),
        Image.fetch_url,
        Page.title.label("page_title"),
    )
    for some in pieces(chosen):
        rows = session.execute(
            select(*columns)
            .join(Page, Page.id == Occurrence.page_id)
            .join(Image, Image.id == Occurrence.image_id)
            .where(Occurrence.id.in_(some))
            .order_by(Occurrence.id)
        )
        for row in rows:
            if row.alt.strip():
                yield OwnAlt(record(row), row.page_title, row.alt)


def with_texts_elsewhere(session: Session, groups: Iterable[ContextGroup]) -> list[ContextGroup]:
    """The groups, with the good texts that their picture, or one that looks the same, has elsewhere on their site."""
    groups = list(groups)
    found: dict[tuple[int, int], list[Elsewhere]] = {}
    for site_id in sorted({group.site_id for group in groups}):
        images = sorted({group.image_id for group in groups if group.site_id == site_id})
        for some in pieces(images):
            for image_id, text in _elsewhere(session, site_id, some):
                texts = found.setdefault((site_id, image_id), [])
                if len(texts) < MAX_ELSEWHERE:
                    texts.append(text)
    return [replace(group, elsewhere=tuple(found.get((group.site_id, group.image_id), ()))) for group in groups]


def _elsewhere(session: Session, site_id: int, image_ids: Sequence[int]) -> Iterator[tuple[int, Elsewhere]]:
    """(image id, text), the most used first."""
    relatives = _relatives(session, image_ids)
    lang = func.coalesce(Occurrence.facts["lang_guessed"].as_string(), Occurrence.facts["lang"].as_string())
    what = (
        Occurrence.image_id,
        Occurrence.alt,
        lang.label("lang"),
        Occurrence.facts["interactive"].as_string().label("interactive"),
        Occurrence.facts["sole_content"].as_boolean().label("sole_content"),
        Occurrence.context["link_url"].as_string().label("link_url"),
    )
    found: list[tuple[int, Elsewhere]] = []
    for some in pieces(sorted(relatives)):
        rows = session.execute(
            select(*what, func.count().label("places"))
            .join(Page, Page.id == Occurrence.page_id)
            .where(*is_good(site_id), Occurrence.image_id.in_(some))
            .group_by(*what)
        )
        for row in rows:
            functional = functional_role(row.interactive, bool(row.sole_content))
            for image_id, same in relatives[row.image_id]:
                text = Elsewhere(row.alt, primary_subtag(row.lang), functional, row.link_url, same, row.places)
                found.append((image_id, text))
    return iter(sorted(found, key=lambda one: (one[0], not one[1].same, -one[1].places, one[1].alt)))


def _relatives(session: Session, image_ids: Sequence[int]) -> dict[int, list[tuple[int, bool]]]:
    """The images that show what one of these does: by id, of which, and whether it is the very picture."""
    mine = select(Image.id, Image.asset_id, Asset.phash).outerjoin(Asset, Asset.id == Image.asset_id)
    rows = session.execute(mine.where(Image.id.in_(image_ids))).all()
    of_asset: dict[int, set[int]] = {}
    of_look: dict[str, set[int]] = {}
    found: dict[int, dict[int, bool]] = {id_: {id_: True} for id_, _, _ in rows}
    for id_, asset_id, phash in rows:
        if asset_id is not None:
            of_asset.setdefault(asset_id, set()).add(id_)
        if phash is not None:
            of_look.setdefault(phash, set()).add(id_)
    for some in pieces(sorted(of_look)):
        alike = select(Image.id, Asset.phash).join(Asset, Asset.id == Image.asset_id).where(Asset.phash.in_(some))
        for id_, phash in session.execute(alike):
            for own in of_look.get(phash or "", ()):
                found.setdefault(id_, {}).setdefault(own, False)
    for asset_ids in pieces(sorted(of_asset)):
        for id_, asset_id in session.execute(select(Image.id, Image.asset_id).where(Image.asset_id.in_(asset_ids))):
            found.setdefault(id_, {}).update(dict.fromkeys(of_asset.get(asset_id or 0, ()), True))
    return {id_: list(owners.items()) for id_, owners in found.items()}
