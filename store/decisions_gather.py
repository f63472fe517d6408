"""Reading decisions and places that concern one another: through an address, an asset, or a suggestion that is held."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from core.languages import primary_subtag
from store import models
from store.decisions_match import IMAGE_ROLE, Decided, Place, path_of
from store.hints import not_by_index
from store.models import Asset, DecisionKey, Image, Page, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

CHUNK = 500  # values in one statement


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in lists of at most CHUNK."""
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


@dataclass(slots=True)
class Company:
    """Decisions and places of a site that concern one another, with the suggestions on the images of the places."""

    decisions: list[Decided] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    image_ids: list[int] = field(default_factory=list)


def read_company(session: Session, site_id: int, decision_ids: Sequence[int]) -> Company:
    """All that these decisions of a site concern, and that concerns them."""
    keys, images = _grow(session, site_id, decision_ids)
    decisions = list(_decisions(session, keys))
    company = Company(decisions, image_ids=sorted(images))
    company.places += _standing(session, site_id, images, {decision.page for decision in decisions})
    company.places += _gone(session, site_id, images, company)
    return company


def _grow(
    session: Session, site_id: int, decision_ids: Sequence[int]
) -> tuple[dict[int, Any], dict[int, tuple[str, str | None]]]:
    """All keys of decisions, by id, and images as (address, sha256), by id, that hang on these decisions."""
    keys: dict[int, Any] = {}
    images: dict[int, tuple[str, str | None]] = {}
    urls, assets = set[str](), set[str]()
    new_keys, new_images = set(decision_ids), set[int]()
    while new_keys or new_images:
        fresh_urls, fresh_assets = set[str](), set[str]()
        for chunk in chunks(sorted(new_keys)):
            for key in session.execute(select(DecisionKey.__table__).where(DecisionKey.decision_id.in_(chunk))):
                keys[key.decision_id] = key
                fresh_urls.add(key.image_url)
                fresh_assets.update([key.asset_sha256] if key.asset_sha256 else [])
            held = select(Suggestion.image_id).where(
                Suggestion.decision_id.in_(chunk), not_by_index(Suggestion.site_id) == site_id
            )
            new_images.update(session.scalars(held))
        for chunk in chunks(sorted(new_images - images.keys())):
            for id_, url, sha256 in session.execute(_images().where(Image.id.in_(chunk))):
                images[id_] = url, sha256
                fresh_urls.add(url)
                fresh_assets.update([sha256] if sha256 else [])
        fresh_urls, fresh_assets = fresh_urls - urls, fresh_assets - assets
        urls |= fresh_urls
        assets |= fresh_assets
        new_keys, new_images = set(), set()
        for column, image_column, values in (
            (DecisionKey.image_url, Image.url, fresh_urls),
            (DecisionKey.asset_sha256, Asset.sha256, fresh_assets),
        ):
            for chunk in chunks(sorted(values)):
                here = select(DecisionKey.decision_id).where(
                    not_by_index(DecisionKey.site_id) == site_id, column.in_(chunk)
                )
                new_keys.update(session.scalars(here))
                new_images.update(row.id for row in session.execute(_images().where(image_column.in_(chunk))))
        new_keys -= keys.keys()
        new_images -= images.keys()
    return keys, images


def _images() -> Any:
    return select(Image.id, Image.url, Asset.sha256).outerjoin(Asset, Asset.id == Image.asset_id)


def _decisions(session: Session, keys: dict[int, Any]) -> Iterator[Decided]:
    table, undoing = models.Decision, aliased(models.Decision)
    undone = exists().where(undoing.undoes_id == table.id).label("undone")
    columns = (table.id, table.role, table.language, table.context, table.page_url, table.replaces_id, undone)
    for chunk in chunks(sorted(keys)):
        for row in session.execute(select(*columns).where(table.id.in_(chunk))):
            key = keys[row.id]
            yield Decided(
                id=row.id,
                image_url=key.image_url,
                asset=key.asset_sha256,
                role=row.role,
                language=row.language,
                context_key=key.context_key,
                context=row.context,
                page=path_of(row.page_url),
                undone=bool(row.undone),
                replaces=row.replaces_id,
            )


def _standing(
    session: Session, site_id: int, images: dict[int, tuple[str, str | None]], wanted_pages: set[str]
) -> Iterator[Place]:
    """The places of these images on the site now. Their contexts are those of the first occurrence of each."""
    table = models.Occurrence
    for chunk in chunks(sorted(images)):
        here = (
            table.image_id.in_(chunk),
            table.vanished_crawl_id.is_(None),
            not_by_index(Page.site_id) == site_id,
        )
        where = (table.image_id, table.context_key)
        pages: dict[tuple[int | None, str], set[str]] = {}
        on = select(*where, Page.url).join(Page, Page.id == table.page_id).where(*here)
        for image_id, key, url in session.execute(on.execution_options(yield_per=1000)):
            if (path := path_of(url)) in wanted_pages:
                pages.setdefault((image_id, key), set()).add(path)
        first = select(func.min(table.id)).join(Page, Page.id == table.page_id).where(*here).group_by(*where)
        rows = session.execute(select(*where, table.facts, table.context).where(table.id.in_(first)))
        for row in rows:
            facts = row.facts
            url, sha256 = images[row.image_id]
            yield Place(
                image_id=row.image_id,
                image_url=url,
                asset=sha256,
                role=(facts.get("interactive") if facts.get("sole_content") else None) or IMAGE_ROLE,
                language=primary_subtag(facts.get("lang")),
                context_key=row.context_key,
                context=row.context,
                pages=frozenset(pages.get((row.image_id, row.context_key), ())),
            )


def _gone(
    session: Session, site_id: int, images: dict[int, tuple[str, str | None]], company: Company
) -> Iterator[Place]:
    """What no page shows any more, but has a suggestion that a decision holds."""
    standing = {(place.image_id, place.context_key) for place in company.places}
    roles = {decision.id: (decision.role, decision.language) for decision in company.decisions}
    for chunk in chunks(sorted(images)):
        rows = session.execute(
            select(Suggestion.image_id, Suggestion.context_key, Suggestion.decision_id).where(
                Suggestion.site_id == site_id, Suggestion.image_id.in_(chunk), Suggestion.decision_id.is_not(None)
            )
        )
        for image_id, key, decision_id in rows:
            if (image_id, key) not in standing and decision_id in roles:
                url, sha256 = images[image_id]
                role, language = roles[decision_id]
                yield Place(image_id, url, sha256, role, language, key, standing=False)
