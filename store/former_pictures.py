"""What was decided on pictures that other ones have taken the place of, at the same address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from store.hints import not_by_index
from store.models import Asset, Decision, DecisionKey, Image
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session


def decided_on_others(session: Session, site_id: int, image_ids: Collection[int]) -> dict[tuple[int | None, str], str]:
    """(image id, context key) -> the text that was last decided there, when the image was another picture.

    Only texts: what was refused, or was to be silent, says nothing of what comes after.
    """
    undoing = aliased(Decision)
    found: dict[tuple[int | None, str], str] = {}
    for some in pieces(sorted(image_ids)):
        rows = session.execute(
            select(Image.id, DecisionKey.context_key, Decision.text)
            .join(DecisionKey, DecisionKey.image_url == Image.url)
            .join(Decision, Decision.id == DecisionKey.decision_id)
            .join(Asset, Asset.id == Image.asset_id)
            .where(
                Image.id.in_(some),
                not_by_index(DecisionKey.site_id) == site_id,
                DecisionKey.asset_sha256 != Asset.sha256,
                ~exists().where(undoing.undoes_id == Decision.id),
            )
            .order_by(Decision.id)
        )
        found |= {(image_id, key): text for image_id, key, text in rows if text}
    return found
