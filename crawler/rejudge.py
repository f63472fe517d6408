"""Judging a site again from what the store holds of it, without a crawl."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.records import Classification, Severity
from crawler.sitewide import judge_site
from rules.judge import judge_page
from rules.rule_options import RuleOptions
from rules.site import site_rules
from store.engine import reading, writing
from store.judging import count_pages, next_pages, store_judgements
from store.queue import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from core.records import Finding, Judgement
    from store.judging import StoredPage

BATCH_PAGES = 100
_DEFAULTS = RuleOptions()


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What judging again did."""

    pages: int  # with an image
    occurrences: int  # of which the rules on a page now say something else
    site_findings: int  # of the rules on the whole site: new, gone or worded otherwise


def rejudge_site(
    engine: Engine, site_id: int, rules: RuleOptions = _DEFAULTS, progress: Callable[[int, int], None] | None = None
) -> Rejudged:
    """Judge every page of a site, then the site as a whole, and let the queue follow.

    `progress` is called with (pages done, pages in all when it began). Each batch of pages is a transaction; cut
    short, the same call goes on. Doing it twice changes nothing.
    """
    own = frozenset(rule.id for rule in site_rules())
    done = judged = changed = last_id = 0
    with reading(engine) as session:
        total = count_pages(session, site_id)
    while True:
        with writing(engine) as session:
            batch = next_pages(session, site_id, last_id, BATCH_PAGES)
            if batch is None:
                break
            judgements = [new for page in batch.pages for new in _differing(page, rules, own)]
            store_judgements(session, judgements, keep_rules=own)
        changed += len(judgements)
        done += batch.looked_at
        judged += len(batch.pages)
        last_id = batch.last_id
        if progress is not None:
            progress(done, total)
    with writing(engine) as session:
        of_site = judge_site(session, site_id, rules)
        reconcile(session, site_id=site_id)  # also after a run that was cut short before it came here
    return Rejudged(judged, changed, of_site.findings)


def _differing(page: StoredPage, rules: RuleOptions, own: frozenset[str]) -> Iterator[tuple[int, Judgement]]:
    """(occurrence id, judgement) of what a page's rules judge otherwise than the store says."""
    for id_, stored, new in zip(page.occurrence_ids, page.judgements, judge_page(page.facts, rules), strict=True):
        of_site = [finding for finding in stored.findings if finding.rule in own]
        # The store also has what the rules on the whole site say; they come afterwards.
        if new.classification is Classification.OK and _doubtful(of_site):
            new = replace(new, classification=Classification.SUSPICIOUS)
        of_page = {finding for finding in stored.findings if finding.rule not in own}
        if (stored.classification, stored.reason, of_page) != (new.classification, new.reason, set(new.findings)):
            yield id_, new


def _doubtful(findings: list[Finding]) -> bool:
    return any(finding.severity is Severity.WARNING for finding in findings)
