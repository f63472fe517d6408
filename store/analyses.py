"""What analysers other than captioners said of assets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from core.records import NEEDS_TEXT
from store.captions import is_caption
from store.counts import current_on, on_site
from store.models import TRANSLATION, Analysis, Asset, Image, Occurrence
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

_ROWS_AT_ONCE = 1000
KIND = "kind"  # the analyser that says what kind of picture one is
FAILED = "failed"  # the only key of an analysis that is none: the reason why the analyser broke on the picture


@dataclass(frozen=True, slots=True)
class NewAnalysis:
    """What an analyser said of a picture; under FAILED alone why it could not."""

    analyser: str
    revision: str
    data: dict[str, Any]

    @property
    def failure(self) -> str | None:
        """Why there is none; None where there is one."""
        return self.data.get(FAILED) if len(self.data) == 1 else None


def save_analyses(session: Session, analyses: Iterable[tuple[int, NewAnalysis]]) -> None:
    """Store what was said of assets, by their ids. The newest answer of a revision is kept."""
    now = datetime.now(UTC)
    distinct = {(asset_id, one.analyser, one.revision): one.data for asset_id, one in analyses}
    # In one order everywhere, so that two workers never wait for each other.
    rows = [
        {"asset_id": asset_id, "analyser": analyser, "revision": revision, "data": data, "created_at": now}
        for (asset_id, analyser, revision), data in sorted(distinct.items(), key=lambda item: item[0])
    ]
    if not rows:
        return
    statement = insert(session, Analysis)
    statement = statement.on_conflict_do_update(
        index_elements=["asset_id", "analyser", "revision"],
        set_={"data": statement.excluded.data, "created_at": statement.excluded.created_at},
    )
    session.execute(statement, rows)


def analysers_of(session: Session, sha256: str, revisions: Mapping[str, str]) -> set[str]:
    """Those of the analysers, each of a revision, that have said something of these very bytes."""
    return set(
        session.scalars(
            select(Analysis.analyser)
            .join(Asset, Asset.id == Analysis.asset_id)
            .where(Asset.sha256 == sha256, said_by(revisions))
        )
    )


def analysed_by_all(session: Session, asset_ids: Collection[int], revisions: Mapping[str, str]) -> set[int]:
    """Those of the assets of which each of the analysers, of its revision, has said something."""
    if not revisions:
        return set(asset_ids)
    return set(
        session.scalars(
            select(Analysis.asset_id)
            .where(Analysis.asset_id.in_(asset_ids), said_by(revisions))
            .group_by(Analysis.asset_id)
            .having(func.count() == len(revisions))
        )
    )


def lacks(analyser: str, revision: str) -> ColumnElement[bool]:
    """Whether the analyser, of this revision, has said nothing of the picture of an `Image` so far."""
    said = select(Analysis.asset_id).where(said_by({analyser: revision}))
    return Image.asset_id.not_in(said)


def said_by(revisions: Mapping[str, str]) -> ColumnElement[bool]:
    """Whether an analysis is of one of these analysers, of its revision, and no failure."""
    made = [and_(Analysis.analyser == name, Analysis.revision == revision) for name, revision in revisions.items()]
    return and_(or_(*made) if made else ~true(), _succeeded())


def _succeeded() -> ColumnElement[bool]:
    reason: ColumnElement[str | None] = Analysis.data[FAILED].as_string()
    return reason.is_(None)


def newest_analyses(session: Session, image_ids: Collection[int]) -> dict[int, dict[str, dict[str, Any]]]:
    """What analysers said last of the picture of each image: by image id, then by the analyser's name."""
    rows = session.execute(
        select(Image.id, Analysis.analyser, Analysis.data)
        .join(Analysis, Analysis.asset_id == Image.asset_id)
        .where(Image.id.in_(image_ids), ~is_caption(), Analysis.analyser != TRANSLATION, _succeeded())
        .order_by(Image.id, Analysis.analyser, Analysis.created_at, Analysis.id)
    )
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for image_id, analyser, data in rows:
        found.setdefault(image_id, {})[analyser] = data
    return found


def said_of_site(session: Session, site_id: int, analysers: Collection[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(asset id, what it said), of these analysers, of the pictures of a site's places that need a text."""
    needing = select(Occurrence.image_id).where(current_on(site_id), Occurrence.classification.in_(NEEDS_TEXT))
    said = (
        select(Analysis.asset_id, Analysis.data)
        .where(
            Analysis.analyser.in_(analysers),
            _succeeded(),
            Analysis.asset_id.in_(select(Image.asset_id).where(Image.id.in_(needing))),
        )
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for asset_id, data in session.execute(said):
        yield asset_id, dict(data)


def kind_tallies(session: Session, site_id: int) -> list[tuple[str, int]]:
    """(kind, pictures of the site) as the analyser `kind` said last, the most frequent first."""
    nth = func.row_number().over(
        partition_by=Analysis.asset_id, order_by=(Analysis.created_at.desc(), Analysis.id.desc())
    )
    said = (
        select(Analysis.data["kind"].as_string().label("kind"), nth.label("nth"))
        .where(
            Analysis.analyser == KIND,
            _succeeded(),
            Analysis.asset_id.in_(select(Image.asset_id).where(on_site(Image.id, site_id))),
        )
        .subquery()
    )
    pictures = func.count().label("pictures")
    rows = session.execute(
        select(said.c.kind, pictures)
        .where(said.c.nth == 1)
        .group_by(said.c.kind)
        .order_by(pictures.desc(), said.c.kind)
    )
    return [(row.kind, row.pictures) for row in rows]
