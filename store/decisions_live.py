"""Which texts that people decided on stand on the site: suggestions become live, and regress when they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, insert, literal, or_, select, update

from core.records import Outcome, SuggestionState
from store.models import Change, DecisionOutcome, Occurrence, Page, Suggestion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# What a person wants to stand on the site, while it does not.
_WANTED = (SuggestionState.APPROVED, SuggestionState.EDITED, SuggestionState.DECORATIVE, SuggestionState.REGRESSED)


def follow_site(session: Session, site_id: int, crawl_id: int) -> None:
    """Let the states of a site's decided suggestions follow what its crawls have seen, and note what this one saw.

    Approved, edited or decorative, and standing somewhere: live. Live, and standing nowhere although a place for it is
    still there: regressed, until it stands somewhere again. A place that is gone with its text regresses nothing.
    Not live, and this crawl saw another text come where it should stand: changed by somebody.
    """
    place = (
        (Occurrence.image_id == Suggestion.image_id)
        & (Occurrence.context_key == Suggestion.context_key)
        & Occurrence.vanished_crawl_id.is_(None)
        & Occurrence.page_id.in_(select(Page.id).where(Page.site_id == site_id))
    )
    named = (Suggestion.text != "") & (Occurrence.accessible_name == Suggestion.text)
    stands = exists().where(place, or_(Occurrence.alt == Suggestion.text, named))
    for states, there, state in (
        (_WANTED, stands, SuggestionState.LIVE),
        ((SuggestionState.LIVE,), exists().where(place) & ~stands, SuggestionState.REGRESSED),
    ):
        session.execute(
            update(Suggestion)
            .where(Suggestion.site_id == site_id, Suggestion.state.in_(states), there)
            .values(state=state)
            .execution_options(synchronize_session=False)
        )
    came = exists().where(
        place,
        Change.occurrence_id == Occurrence.id,
        Change.crawl_id == crawl_id,
        Change.classification_before.is_not(None),
        Change.alt_after.is_distinct_from(Change.alt_before),
    )
    for outcome, which in (
        (Outcome.LIVE, Suggestion.state == SuggestionState.LIVE),
        (Outcome.REGRESSED, Suggestion.state == SuggestionState.REGRESSED),
        (Outcome.CHANGED, Suggestion.state.in_(_WANTED) & came),
    ):
        _note(session, site_id, crawl_id, outcome, which)


def _note(session: Session, site_id: int, crawl_id: int, outcome: Outcome, which: ColumnElement[bool]) -> None:
    """Write down what this crawl saw of the decisions that such suggestions show, where it is something else.

    Of a decision that is shown in several places what is noted first in a crawl holds.
    """
    of_decision = DecisionOutcome.decision_id == Suggestion.decision_id
    last = select(DecisionOutcome.outcome).where(of_decision).order_by(DecisionOutcome.id.desc()).limit(1)
    noted = exists().where(of_decision, DecisionOutcome.crawl_id == crawl_id)
    seen = (
        select(Suggestion.decision_id, literal(crawl_id), literal(outcome.value))
        .where(Suggestion.site_id == site_id, Suggestion.decision_id.is_not(None), which)
        .where(last.scalar_subquery().is_distinct_from(outcome.value), ~noted)
        .distinct()
    )
    session.execute(insert(DecisionOutcome).from_select(["decision_id", "crawl_id", "outcome"], seen))
