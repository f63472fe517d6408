"""Places that are silent on purpose: `alt=""` or a role of presentation, and no rule takes it for an error.

Backgrounds and the posters of videos are left out: nobody chose silence for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from core.records import Classification, Context, ImageKind
from store.analyses import newest_analyses
from store.counts import current_on
from store.models import Asset, Finding, Image, Occurrence, Page, Suggestion
from store.report_records import PageName

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

CHUNK = 500  # groups whose details are read together


@dataclass(frozen=True, slots=True)
class SilentGroup:
    """Silent occurrences of one image in one context; what is said of a place is that of the first."""

    image_url: str | None
    sha256: str | None  # of the picture, in hexadecimal; None: it was not fetched
    occurrences: int
    pages: int
    first_page: PageName
    element: str
    in_link: bool  # or button
    context: Context
    width: int | None  # pixels: of the picture, else as the page says
    height: int | None
    kind: str  # of the picture, '' where it is not known
    faults: tuple[str, ...]  # messages of the rules that ask for a look
    texts_elsewhere: bool  # the image has a text in another place
    decided: str | None  # the text that a person wants there; '' is none; None: nobody has said


def silent_groups(session: Session, site_id: int) -> Generator[SilentGroup, None, None]:
    """Those in most places first. Whoever stops early closes it, since it holds a cursor."""
    table = Occurrence
    kind = func.coalesce(table.facts["kind"].as_string(), ImageKind.IMG)
    groups = (
        select(
            func.min(table.id).label("first_id"),
            table.image_id,
            table.context_key,
            func.count().label("occurrences"),
            func.count(table.page_id.distinct()).label("pages"),
        )
        .where(
            current_on(site_id),
            table.classification == Classification.DECORATIVE,
            kind.not_in([ImageKind.BACKGROUND, ImageKind.POSTER]),
        )
        .group_by(table.image_id, table.context_key)
        .subquery()
    )
    named = (
        select(table.id)
        .where(table.image_id == groups.c.image_id, func.trim(table.alt) != "", current_on(site_id, few=True))
        .correlate(groups)
        .exists()
    )
    facts = ("width", "height", "interactive")
    statement = (
        select(
            groups, table.element, table.context, Page.url.label("page_url"), Page.title, Image.url.label("image_url"),
            Asset.sha256, Asset.width.label("asset_width"), Asset.height.label("asset_height"),
            *(table.facts[name].as_string().label(name) for name in facts), named.label("texts_elsewhere"),
        )
        .select_from(groups)
        .join(table, table.id == groups.c.first_id)
        .join(Page, Page.id == table.page_id)
        .outerjoin(Image, Image.id == groups.c.image_id)
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .order_by(groups.c.occurrences.desc(), Image.url.is_(None), Image.url, groups.c.context_key, groups.c.first_id)
        .execution_options(yield_per=CHUNK)
    )  # fmt: skip
    with session.execute(statement) as rows:
        for chunk in rows.partitions():
            yield from _with_details(session, site_id, chunk)


def _with_details(session: Session, site_id: int, groups: Sequence[Row[Any]]) -> Iterator[SilentGroup]:
    image_ids = {group.image_id for group in groups if group.image_id is not None}
    said = newest_analyses(session, image_ids)
    faults = _faults(session, [group.first_id for group in groups])
    decided = _decided(session, site_id, image_ids)
    for group in groups:
        yield SilentGroup(
            image_url=group.image_url,
            sha256=group.sha256,
            occurrences=group.occurrences,
            pages=group.pages,
            first_page=PageName(group.page_url, group.title),
            element=group.element,
            in_link=group.interactive is not None,
            context=Context(**group.context),
            width=group.asset_width or _pixels(group.width),
            height=group.asset_height or _pixels(group.height),
            kind=str(said.get(group.image_id, {}).get("kind", {}).get("kind", "")),
            faults=tuple(faults.get(group.first_id, ())),
            texts_elsewhere=group.texts_elsewhere,
            decided=decided.get((group.image_id, group.context_key)),
        )


def _pixels(written: str | None) -> int | None:
    return int(float(written)) if written else None


def _faults(session: Session, occurrence_ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for occurrence_id, message in session.execute(
        select(Finding.occurrence_id, Finding.message)
        .where(Finding.occurrence_id.in_(occurrence_ids))
        .order_by(Finding.id)
    ):
        found.setdefault(occurrence_id, []).append(message)
    return found


def _decided(session: Session, site_id: int, image_ids: Collection[int]) -> dict[tuple[int, str], str]:
    rows = session.execute(
        select(Suggestion.image_id, Suggestion.context_key, Suggestion.text).where(
            Suggestion.site_id == site_id,
            Suggestion.image_id.in_(image_ids),
            Suggestion.text.is_not(None),
            Suggestion.state.not_in(["pending", "rejected"]),
        )
    )
    return {(image_id, context_key): text for image_id, context_key, text in rows if text is not None}
