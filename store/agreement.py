"""Texts and how well they fit their pictures: what is to be compared, what was, and what that says of a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from core.agreement import AGREEMENT, Agreement, agreement
from core.records import NEEDS_TEXT, Classification, QueueState, SuggestionState
from store.analyses import NewAnalysis, save_analyses
from store.captions import AssetFacts, save_assets
from store.counts import current_on
from store.decisions_attach import attach_images
from store.models import Analysis, Image, Occurrence, Page, Suggestion
from store.whereabouts import NOWHERE, Whereabouts, whereabouts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy.orm import Session

MOST_SCORES = 64  # of one picture that are kept
_ROWS_AT_ONCE = 1000
_SPEAKS = (Classification.OK, Classification.SUSPICIOUS)
_INTERACTIVE = Occurrence.facts["interactive"].as_string()
_SOLE = Occurrence.facts["sole_content"].as_boolean()


@dataclass(frozen=True, slots=True)
class PictureTexts:
    """An image with the texts that stand for it on a site."""

    image_id: int
    fetch_url: str
    standing: tuple[str, ...]
    where: Whereabouts
    said: Agreement | None  # what this very model said of it before


def images_with_texts(session: Session, site_id: int, after_id: int, limit: int) -> list[int]:
    """The next images of a site that have a text, or need one, in the order of their ids."""
    wanted = (
        select(Occurrence.image_id)
        .where(
            current_on(site_id),
            Occurrence.image_id > after_id,
            or_(_has_text(), Occurrence.classification.in_(NEEDS_TEXT)),
        )
        .distinct()
        .order_by(Occurrence.image_id)
        .limit(limit)
    )
    return [image_id for image_id in session.scalars(wanted) if image_id is not None]


def texts_of_images(session: Session, site_id: int, image_ids: Sequence[int], revision: str) -> list[PictureTexts]:
    """These images with their texts on a site; those whose file could not be had are left out."""
    images = session.execute(
        select(Image.id, Image.fetch_url, Image.asset_id)
        .where(Image.id.in_(image_ids), Image.state != QueueState.FAILED)
        .order_by(Image.id)
    ).all()
    texts: dict[int, dict[str, None]] = {}
    rows = session.execute(
        select(Occurrence.image_id, Occurrence.accessible_name)
        .where(current_on(site_id, few=True), Occurrence.image_id.in_(image_ids), _has_text())
        .group_by(Occurrence.image_id, Occurrence.accessible_name)
        .order_by(func.min(Occurrence.id))
    )
    for image_id, name in rows:
        if image_id is not None and name is not None:
            texts.setdefault(image_id, {})[name] = None
    assets = {row.asset_id for row in images if row.asset_id is not None}
    said = {
        asset_id: agreement(data)
        for asset_id, data in session.execute(
            select(Analysis.asset_id, Analysis.data).where(
                Analysis.asset_id.in_(assets), Analysis.analyser == AGREEMENT, Analysis.revision == revision
            )
        )
    }
    where = whereabouts(session, [row.id for row in images])
    return [
        PictureTexts(
            row.id, row.fetch_url, tuple(texts.get(row.id, ())), where.get(row.id, NOWHERE), said.get(row.asset_id)
        )
        for row in images
    ]


def texts_of_site(session: Session, site_id: int) -> Iterator[str]:
    """All texts that stand on a site for pictures that are no links, then those that are proposed."""
    standing = select(Occurrence.accessible_name).where(current_on(site_id), _has_text()).distinct()
    proposed = select(Suggestion.text).where(
        Suggestion.site_id == site_id, Suggestion.text.is_not(None), Suggestion.state != SuggestionState.REJECTED
    )
    for statement in (standing, proposed):
        for text in session.scalars(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
            if text:
                yield text


def save_agreements(session: Session, revision: str, found: Sequence[tuple[int, AssetFacts, Agreement]]) -> None:
    """Store what a model said of images, whose pictures are known by now; what it said of them before is kept."""
    asset_ids = save_assets(session, (facts for _, facts, _ in found))
    before = {
        asset_id: agreement(data)
        for asset_id, data in session.execute(
            select(Analysis.asset_id, Analysis.data).where(
                Analysis.asset_id.in_(asset_ids.values()),
                Analysis.analyser == AGREEMENT,
                Analysis.revision == revision,
            )
        )
    }
    together: dict[int, Agreement] = {asset_id: one for asset_id, one in before.items() if one is not None}
    for _, facts, one in found:
        asset_id = asset_ids[facts.sha256]
        known = together.get(asset_id, Agreement({}, ()))
        scores = dict(list({**known.scores, **one.scores}.items())[-MOST_SCORES:])
        together[asset_id] = Agreement(scores, tuple(dict.fromkeys((*known.others, *one.others)))[-MOST_SCORES:])
    save_analyses(
        session, [(asset_id, NewAnalysis(AGREEMENT, revision, one.as_data())) for asset_id, one in together.items()]
    )
    for image_id, facts, _ in sorted(found, key=lambda one: one[0]):
        session.execute(
            update(Image)
            .where(Image.id == image_id, Image.asset_id.is_(None))
            .values(asset_id=asset_ids[facts.sha256])
            .execution_options(synchronize_session=False)
        )
    attach_images(session, [image_id for image_id, *_ in found])


def agreements(session: Session, named: Collection[ColumnElement[bool]]) -> Iterator[tuple[int, int, str, float]]:
    """(occurrence id, picture, text, share of other texts that it fits better than) of the `named` occurrences."""
    if session.scalar(select(Analysis.id).where(Analysis.analyser == AGREEMENT).limit(1)) is None:
        return  # in most stores nothing was compared
    newest: dict[int, Agreement | None] = {}
    looked_at = select(Occurrence.image_id).join(Page, Page.id == Occurrence.page_id).where(*named)
    rows = session.execute(
        select(Analysis.asset_id, Analysis.data)
        .join(Image, Image.asset_id == Analysis.asset_id)
        .where(Analysis.analyser == AGREEMENT, Image.id.in_(looked_at))
        .order_by(Analysis.created_at, Analysis.id)
    )
    for asset_id, data in rows:
        newest[asset_id] = agreement(data)
    if not newest:
        return
    places = session.execute(
        select(Occurrence.id, Image.asset_id, Occurrence.accessible_name)
        .join(Image, Image.id == Occurrence.image_id)
        .where(*named, Image.asset_id.is_not(None), _no_function())
        .order_by(Occurrence.id)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for occurrence_id, asset_id, text in places:
        said = newest.get(asset_id or 0)
        share = said.share(text) if said is not None and text is not None else None
        if share is not None and asset_id is not None and text is not None:
            yield occurrence_id, asset_id, text, share


def _has_text() -> ColumnElement[bool]:
    return and_(
        Occurrence.classification.in_(_SPEAKS),
        Occurrence.accessible_name.is_not(None),
        Occurrence.accessible_name != "",
        Occurrence.element != "area",
        _no_function(),
    )


def _no_function() -> ColumnElement[bool]:
    """Not all that there is in a link or button, whose text says where it leads."""
    return or_(_INTERACTIVE.is_(None), _SOLE.is_(None), _SOLE.is_(False))
