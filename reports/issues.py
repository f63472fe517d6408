"""A rule that a site breaks, beside the number of its images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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


def issues(session: Session, site_id: int) -> Iterator[Issue]:
    """Every rule that is broken, worst severity first, then the most often broken."""
    images = images_shown(session, site_id)
    return (Issue(tally, images) for tally in rule_tallies(session, site_id))
