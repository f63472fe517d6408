"""Writing down what a sheet asks for, in the caller's transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from core.records import DecisionState
from core.text import counted
from reports.readback.read import Level, Remark
from store.deciding import DecisionError, decide, drafts_at

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reports.readback.conclude import Conclusions

# They are about the picture, so what a machine has drafted meanwhile does not matter.
_WHATEVER_IS_DRAFTED = frozenset({DecisionState.EDITED, DecisionState.DECORATIVE})


def take(
    session: Session, site_id: int, conclusions: Conclusions, *, who: str, batch: str
) -> tuple[Counter[DecisionState], int]:
    """Decide; returns the rows taken by what they say, and how many decisions that were.

    What is refused is a remark of the conclusions. Raises DecisionError for a name that does not do.
    """
    choices = conclusions.choices()
    drafts = drafts_at(session, site_id, [choice.place for choice, _ in choices])
    asked = [
        replace(choice, seen=drafts.get(choice.place, choice.seen)) if choice.state in _WHATEVER_IS_DRAFTED else choice
        for choice, _ in choices
    ]
    answers = decide(session, site_id, asked, who=who, batch=batch)
    refused: dict[int, list[DecisionError]] = {}  # by the claim's id
    for (_, claims), answer in zip(choices, answers, strict=True):
        if isinstance(answer, DecisionError):
            for claim in claims:
                refused.setdefault(id(claim), []).append(answer)
    taken: Counter[DecisionState] = Counter()
    for claim in conclusions.open:
        errors = refused.get(id(claim), [])
        if len(errors) < len(claim.places):
            taken[claim.wish.state] += 1
        if errors:
            level = Level.ERROR if len(errors) == len(claim.places) else Level.WARNING
            some = "" if level is Level.ERROR else f"in {len(errors)} of {counted(len(claim.places), 'place')}: "
            conclusions.remarks.append(Remark(claim.said.place, level, f"{some}{errors[0]}", claim.said.row_id))
    return taken, sum(not isinstance(answer, DecisionError) for answer in answers)
