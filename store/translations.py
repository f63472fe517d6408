"""What captions were translated to: analyses of the analyser `translation`, so that a pass translates nothing twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from store.models import TRANSLATION, Analysis
from store.pieces import pieces
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text about a picture, and the language that it is wanted in."""

    asset_id: int
    text: str
    language: str  # a primary subtag
    model: str
    revision: str  # of the model

    @property
    def key(self) -> str:
        """The revision of the analysis: another model, language or text is another translation."""
        digest = hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return json.dumps([self.model, self.revision, self.language, digest], ensure_ascii=False)


def translations(session: Session, wanted: Collection[Wanted]) -> dict[Wanted, str | None]:
    """Those that the store has; None: the model had none that would do."""
    by_row = {(one.asset_id, one.key): one for one in wanted}
    found: dict[Wanted, str | None] = {}
    for some in pieces(sorted({one.asset_id for one in wanted})):
        rows = session.execute(
            select(Analysis.asset_id, Analysis.revision, Analysis.data).where(
                Analysis.asset_id.in_(some), Analysis.analyser == TRANSLATION
            )
        )
        found |= {one: row.data["text"] for row in rows if (one := by_row.get((row.asset_id, row.revision)))}
    return found


def save_translations(session: Session, said: Mapping[Wanted, str | None]) -> None:
    """Store what a model said; None where that will not do."""
    now = datetime.now(UTC)
    # In one order everywhere, so that two processes never wait for each other.
    rows = [
        {
            "asset_id": one.asset_id,
            "analyser": TRANSLATION,
            "revision": one.key,
            "data": {"of": one.text, "language": one.language, "model": one.model, "text": text},
            "created_at": now,
        }
        for one, text in sorted(said.items(), key=lambda pair: (pair[0].asset_id, pair[0].key))
    ]
    if not rows:
        return
    statement = insert(session, Analysis)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["asset_id", "analyser", "revision"], set_={"data": statement.excluded.data}
        ),
        rows,
    )
