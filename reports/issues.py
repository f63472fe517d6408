"""The rules that a site breaks, without what people ignore, beside the number of its images."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.records import Severity
from reports.ignoring import Ignoring
from reports.rows import rows_of_images
from store.counts import images_shown, rule_tallies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from store.counts import RuleTally


@dataclass(frozen=True, slots=True)
class Issue:
    """How often a rule is broken."""

    tally: RuleTally
    all_images: int  # that stand on the site now


def issues(session: Session, site_id: int, ignored: Ignoring) -> Iterator[Issue]:
    """Every rule that is broken, worst severity first, then the most often broken."""
    images = images_shown(session, site_id)
    return (Issue(tally, images) for tally in rules_left(session, site_id, ignored))


def rules_left(session: Session, site_id: int, ignored: Ignoring) -> list[RuleTally]:
    """The same without the number of images. `ignored` has seen all rows."""
    tallies = rule_tallies(session, site_id)
    if not ignored.findings:
        return tallies
    freed = _freed_images(session, site_id, ignored)
    left = []
    for tally in tallies:
        kind = tally.rule, tally.severity
        places = tally.occurrences - ignored.findings[kind]
        if places:
            left.append(replace(tally, occurrences=places, images=tally.images - freed[kind]))
    return sorted(left, key=lambda tally: (list(Severity).index(tally.severity), -tally.occurrences, tally.rule))


def _freed_images(session: Session, site_id: int, ignored: Ignoring) -> Counter[tuple[str, Severity]]:
    """How many images break a rule in ignored places alone."""
    again = Ignoring([one.entry for one in ignored.entries], ignored.pages_of)
    had, has = set[tuple[int | None, str, Severity]](), set[tuple[int | None, str, Severity]]()
    for row in rows_of_images(session, site_id, ignored.images):
        had.update((row.key.image_id, finding.rule, finding.severity) for finding in row.findings)
        if (kept := again.kept(row)) is not None:
            has.update((row.key.image_id, finding.rule, finding.severity) for finding in kept.findings)
    return Counter((rule, severity) for _, rule, severity in had - has)
