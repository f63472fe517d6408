"""Occurrences whose keys are others by the rules of now, a page at a time, and the suggestions in their contexts."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, select, update

from core.identity.context_key import VERSION, context_key
from core.identity.occurrence_key import image_identity, occurrence_key
from core.records import ImageKind
from store.models import Image, Occurrence, Page, Suggestion
from store.occurrences import COLUMNS, record
from store.rekey_images import KEY_UNKNOWN
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

PAGES_AT_ONCE = 100
_HREF = re.compile(r'\shref="([^"]*)"')
_CUT_CHARS = 120  # of an attribute's value in the markup that is kept

Moved = tuple[int, int, str, str]  # site id, image id, context key before and after


def rekey_pages(session: Session, after_id: int) -> int | None:
    """Do the occurrences on some pages after `after_id`. Returns the last page's id, None when there are no more."""
    page_ids = list(session.scalars(select(Page.id).where(Page.id > after_id).order_by(Page.id).limit(PAGES_AT_ONCE)))
    if not page_ids:
        return None
    stale = list(
        session.scalars(
            select(Occurrence.page_id)
            .where(Occurrence.page_id.in_(page_ids), Occurrence.context_version != VERSION)
            .distinct()
        )
    )
    if stale:
        _rekey(session, stale)
    return page_ids[-1]


def _rekey(session: Session, page_ids: Sequence[int]) -> None:
    columns = [getattr(Occurrence, name) for name in COLUMNS]
    rows = session.execute(
        select(
            Occurrence.id, Occurrence.page_id, Page.site_id, Occurrence.image_id, Occurrence.context_key,
            Occurrence.context_version, Occurrence.position, Occurrence.vanished_crawl_id, *columns,
            Occurrence.facts, Occurrence.context, Image.url.label("image_url"), Image.fetch_url,
        )
        .join(Page, Page.id == Occurrence.page_id)
        .outerjoin(Image, Image.id == Occurrence.image_id)
        .where(Occurrence.page_id.in_(page_ids))
        .order_by(Occurrence.page_id, Occurrence.position, Occurrence.id)
    ).all()  # fmt: skip
    keys = [pair for _, page in groupby(rows, key=attrgetter("page_id")) for pair in _new_keys(list(page))]
    if keys:
        statement = update(Occurrence).where(Occurrence.id == bindparam("row")).values(key=bindparam("new"))
        # In two steps, since two occurrences may change keys with one another.
        session.connection().execute(statement, [{"row": id_, "new": f"rekey|{id_}"} for id_, _ in keys])
        session.connection().execute(statement, [{"row": id_, "new": key} for id_, key in keys])
    contexts, moved = [], set[Moved]()
    for row in rows:
        if row.context_version != VERSION and (new := context_key(record(row))) != row.context_key:
            contexts.append({"row": row.id, "new": new})
            if row.image_id is not None:
                moved.add((row.site_id, row.image_id, row.context_key, new))
    if contexts:
        session.connection().execute(
            update(Occurrence).where(Occurrence.id == bindparam("row")).values(context_key=bindparam("new")), contexts
        )
    session.execute(
        update(Occurrence)
        .where(Occurrence.page_id.in_(page_ids), Occurrence.context_version != VERSION)
        .values(context_version=VERSION)
        .execution_options(synchronize_session=False)
    )
    _move_suggestions(session, moved)


def _new_keys(page: Sequence[Row[Any]]) -> Iterator[tuple[int, str]]:
    """(id, key) of the occurrences of a page whose keys the next crawl would make otherwise.

    What stands is counted in document order, as the parser does; what has vanished comes behind it.
    """
    groups: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in page:
        if (identity := _identity(row)) is not None:
            groups[identity].append(row)
    for identity, rows in groups.items():
        if all(row.context_version != KEY_UNKNOWN for row in rows):
            continue
        rows.sort(key=lambda row: (row.vanished_crawl_id is not None, row.position, row.id))
        for nth, row in enumerate(rows, 1):
            key = occurrence_key(identity, nth)
            if key != row.key:
                yield row.id, key


def _identity(row: Row[Any]) -> str | None:
    """None where it is not known: without an image address, and of areas whose long href an older version cut."""
    if row.image_url is None:
        return None
    kind, href = ImageKind(row.facts.get("kind", ImageKind.IMG)), row.facts.get("href")
    if kind is ImageKind.AREA and "href" not in row.facts:
        written = _HREF.search(row.html)
        if written is None or len(written[1]) >= _CUT_CHARS:
            return None
        href = written[1]
    return image_identity(kind, row.element, row.image_url, href)


def _move_suggestions(session: Session, moved: set[Moved]) -> None:
    """Let suggestions go where their occurrences went: move them, or copy them while some have stayed behind."""
    image_ids = sorted({image_id for _, image_id, _, _ in moved})
    table = Suggestion
    rows: dict[tuple[int, int, str], Any] = {}
    for start in range(0, len(image_ids), 500):
        some = image_ids[start : start + 500]
        for found in session.execute(select(table.__table__).where(table.image_id.in_(some))):
            rows[found.site_id, found.image_id, found.context_key] = found
    for site_id, image_id, before, after in sorted(moved):
        row: Any = rows.get((site_id, image_id, before))
        if row is None:
            continue
        there = rows.get((site_id, image_id, after))
        if there is None or (there.decision_id is None and row.decision_id is not None):
            if there is not None:
                session.execute(delete(table).where(table.id == there.id))
            copy = {name: value for name, value in row._mapping.items() if name != "id"} | {"context_key": after}
            session.execute(insert(session, Suggestion), [copy])
            rows[site_id, image_id, after] = row
        if not session.scalar(select(_stays_behind(site_id, image_id, before))):
            session.execute(delete(table).where(table.id == row.id))


def _stays_behind(site_id: int, image_id: int, key: str) -> Any:
    return exists().where(
        Occurrence.image_id == image_id,
        Occurrence.context_key == key,
        Occurrence.page_id == Page.id,
        Page.site_id == site_id,
    )
