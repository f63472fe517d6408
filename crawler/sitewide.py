"""Judging a whole site from the store, when a crawl has ended or pictures were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Severity
from rules.rule_options import RuleOptions
from rules.site import site_rules
from store.changes import Changed, State, record, settle
from store.queue import reconcile
from store.sitewide import StoredSite, reclassify, store_findings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from store.sitewide import Reclassified

_DEFAULTS = RuleOptions()


@dataclass(frozen=True, slots=True)
class SiteChanges:
    """What judging a whole site changed in the store."""

    findings: int  # new, gone or worded otherwise
    reclassified: tuple[Reclassified, ...]


def judge_site(
    session: Session, site_id: int, rules: RuleOptions = _DEFAULTS, *, crawl_id: int | None = None
) -> SiteChanges:
    """Bring the findings of these rules, the classes that follow from them and the queue up to date.

    A disabled rule finds nothing, and what it found before goes. Doing it twice changes nothing. After a crawl,
    `crawl_id` names it: the new classes are among what it changed.
    """
    facts = StoredSite(session, site_id)

    def judge(*severities: Severity) -> int:
        changed = 0
        for rule in site_rules():
            if rule.severity in severities:
                messages = rule.check(facts) if rule.id not in rules.disable else ()
                changed += store_findings(session, site_id, rule.id, rule.severity, messages)
        return changed

    findings = judge(Severity.ERROR, Severity.WARNING)
    reclassified = reclassify(session, site_id)
    findings += judge(Severity.REVIEW)  # these may look at the classes
    if reclassified:
        reconcile(session, site_id=site_id)
    if crawl_id is not None:
        changes = (
            Changed(change.occurrence_id, State(change.alt, change.before), State(change.alt, change.after))
            for change in reclassified
        )
        record(session, crawl_id, changes)
        settle(session, crawl_id)
    return SiteChanges(findings, tuple(reclassified))
