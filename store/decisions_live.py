"""Which texts that people decided on stand on the site: suggestions become live, and regress when they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select, update

from core.records import SuggestionState
from store.models import Occurrence, Page, Suggestion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def follow_site(session: Session, site_id: int) -> None:
    """Let the states of a site's decided suggestions follow what its crawls have seen.

    Approved or edited, and standing somewhere: live. Live, and standing nowhere although a place for it is
    still there: regressed, until it stands somewhere again. A place that is gone with its text regresses nothing.
    """
    place = (
        (Occurrence.image_id == Suggestion.image_id)
        & (Occurrence.context_key == Suggestion.context_key)
        & Occurrence.vanished_crawl_id.is_(None)
        & Occurrence.page_id.in_(select(Page.id).where(Page.site_id == site_id))
    )
    text = or_(Occurrence.alt == Suggestion.text, Occurrence.accessible_name == Suggestion.text)
    stands = exists().where(place, text)
    decided = (SuggestionState.APPROVED, SuggestionState.EDITED, SuggestionState.REGRESSED)
    for states, there, state in (
        (decided, stands, SuggestionState.LIVE),
        ((SuggestionState.LIVE,), exists().where(place) & ~stands, SuggestionState.REGRESSED),
    ):
        session.execute(
            update(Suggestion)
            .where(Suggestion.site_id == site_id, Suggestion.state.in_(states), there)
            .values(state=state)
            .execution_options(synchronize_session=False)
        )
