"""What our own rules say of a text that a person is about to give a picture, in the places where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.records import Severity
from core.text import collapse, storable
from rules.judge import judge, put_into
from store.engine import reading
from store.suggestions import context_groups

if TYPE_CHECKING:
    from core.records import Finding, Occurrence
    from reports.review.desk import Desk
    from reports.review.index import Listed
    from store.suggestions import Neighbour


def check(desk: Desk, row: Listed, text: str) -> tuple[Finding, ...]:
    """The rules that the text breaks in any of the places of the row, worst first; of very many places in twenty.

    A text is judged as the occurrence that it would become, beside what the one before it says or is to say.
    """
    if row.image_id is None:
        return ()
    said = collapse(storable(text))
    with reading(desk.engine) as session:
        groups = context_groups(session, [row.image_id], desk.site.id, needing_text=False)
    found: dict[str, Finding] = {}
    for group in groups:
        if group.context_key != row.context_key:
            continue
        for occurrence, (before, _) in zip(group.occurrences, group.neighbours, strict=True):
            judged = judge(put_into(occurrence, said), _decided(before), desk.rules)
            found |= {finding.rule: finding for finding in judged.findings}
    return tuple(sorted(found.values(), key=lambda finding: list(Severity).index(finding.severity)))


def _decided(neighbour: Neighbour | None) -> Occurrence | None:
    if neighbour is None:
        return None
    decided = neighbour.suggested if neighbour.decided and neighbour.needs_text else None
    return put_into(neighbour.occurrence, decided) if decided else neighbour.occurrence
