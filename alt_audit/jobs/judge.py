"""Judging what is stored: the rules on a whole site, and everything again after a change of rules."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit.jobs.events import OnEvent, SiteJudged, Work, work_on
from alt_audit.jobs.sites import chosen_site
from store.counts import counts, rule_tallies
from store.crawl_facts import note_crawl
from store.engine import reading, writing
from store.migrate import opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from alt_audit.config import Settings
    from store.sites import Site


# The settings of a crawl that decide which pages it reads: two crawls that differ in them compare badly.
DECISIVE = (
    "exclude", "follow_actions", "include", "limit_pages", "max_depth", "max_queries_per_path", "obey_robots", "render",
    "sitemaps", "subdomains",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditRun:
    """What judging a stored site again changed."""

    site: str
    changed: bool
    before: dict[str, int]  # how often each class, then each rule, is found
    after: dict[str, int]


def judge_whole_site(settings: Settings, site: Site, *, crawl_id: int | None = None) -> None:
    """Judge what no page alone can show: after a crawl, and when the pictures themselves are known."""
    from crawler.reader_version import fingerprint
    from crawler.sitewide import judge_site

    with opened(settings.database) as engine, writing(engine) as session:
        judge_site(session, site.id, settings.rules, crawl_id=crawl_id)
        if crawl_id is not None:
            decisive = settings.crawl.model_dump(mode="json", include=set(DECISIVE))
            note_crawl(session, site.id, crawl_id, decisive, fingerprint(settings.rules))


def audit(settings: Settings, on_event: OnEvent, *, site: str | None = None) -> AuditRun:
    """Judge a site again from the store, the last crawled one by default."""
    from crawler.rejudge import rejudge_site

    chosen = chosen_site(settings, site)
    started = time.monotonic()
    with opened(settings.database) as engine:
        with reading(engine) as session:
            before = _judgement_counts(session, chosen.id)
        with work_on(Work.PAGES, on_event) as progress:
            result = rejudge_site(engine, chosen.id, settings.rules, progress=progress)
        with reading(engine) as session:
            after = _judgement_counts(session, chosen.id)
    on_event(SiteJudged(result, time.monotonic() - started))
    return AuditRun(chosen.name, result.occurrences + result.site_findings > 0, before, after)


def _judgement_counts(session: Session, site_id: int) -> dict[str, int]:
    classes = counts(session, site_id).classifications
    rules = {tally.rule: tally.occurrences for tally in rule_tallies(session, site_id)}
    return {str(name): number for name, number in classes.items()} | rules
