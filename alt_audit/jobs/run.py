"""The main job: crawl, caption, suggest, report; of its own sites alone, whatever else waits in the store."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit.jobs.await_workers import await_workers
from alt_audit.jobs.caption import CaptionRun, caption
from alt_audit.jobs.credentials import with_credentials
from alt_audit.jobs.events import StepBegun
from alt_audit.jobs.pages import PageSource, read_pages
from alt_audit.jobs.report import report
from alt_audit.jobs.sites import status
from alt_audit.jobs.suggest import suggest, tagger_of
from alt_audit.sites.folders import folder_name
from core.records import Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alt_audit.config import Settings
    from alt_audit.jobs.events import OnEvent
    from core.errors import AltAuditError
    from reports.traffic import Traffic
    from reports.write import ReportFiles
    from store.counts import Counts
    from store.sites import Site


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What an audit came to on one site."""

    site: Site
    files: ReportFiles
    counts: Counts


@dataclass(frozen=True, slots=True)
class AuditResult:
    """How an audit ended. One that was stopped while it read pages has no report."""

    sites: tuple[Site, ...]  # one, unless a list or start URLs name pages of several
    reports: tuple[SiteReport, ...] = ()
    captioned: CaptionRun | None = None  # None when no image waited, too
    unread: tuple[Site, ...] = ()  # sites that were named and no page of which could be read
    failure: AltAuditError | None = None  # why captioning failed; the report shows what was done until then

    @property
    def is_whole(self) -> bool:
        """Whether every page was read and every image looked at."""
        captioned = self.captioned is None or self.captioned.is_whole
        return bool(self.reports) and self.failure is None and captioned and not self.unread


def run_audit(
    source: PageSource,
    settings: Settings,
    on_event: OnEvent,
    *,
    out: Path | None = None,
    fresh: bool = False,
    include_pending: bool = False,
    traffic: Traffic | None = None,
) -> AuditResult:
    """Audit a site and write its report to `out`, or to a folder named after it below `settings.out`.

    Images of other sites that wait in the store are left to their own runs, and to `caption`.
    Where a list names pages of several sites, each has a report in a folder named after it, below `out` if given.

    Tells `on_event` how it goes; neither prints nor exits. Raises AltAuditError when there can be no report: a model
    that cannot be had, no page that could be read, a store or a folder that cannot be written. A process calls it once,
    since Twisted's reactor cannot be started again; and a script calls it below `if __name__ == "__main__"`, since it
    starts processes.
    """
    from crawler.urls.start_urls import seed_urls

    started = time.monotonic()
    check_models(settings)  # a slip there is not to cost a crawl
    settings = with_credentials(settings, on_event, seed_urls(source.urls))
    on_event(StepBegun(Step.CRAWL))
    pages = read_pages(source, settings, on_event, fresh=fresh)
    if pages.interrupted:
        return AuditResult(pages.sites)
    return finish_audit(
        pages.sites,
        settings,
        on_event,
        unread=pages.unread,
        out=out,
        include_pending=include_pending,
        traffic=traffic,
        started=started,
    )


def check_models(settings: Settings) -> None:
    """Raise CaptionerError or UsageError for a model that the settings name and that cannot be had."""
    from captioning.analysers.registry import check_analysers
    from captioning.captioners.select import check_model
    from inference.hub import find_model

    if not settings.caption.left_to_workers:
        check_model(settings.caption)
        check_analysers(settings.caption.analysers, trocr=settings.caption.trocr)
    if settings.suggest.verify is not None:
        find_model(settings.suggest.verify)
    tagger_of(settings)


def finish_audit(
    sites: Sequence[Site],
    settings: Settings,
    on_event: OnEvent,
    *,
    started: float,
    unread: tuple[Site, ...] = (),
    out: Path | None = None,
    include_pending: bool = False,
    traffic: Traffic | None = None,
) -> AuditResult:
    """All of `run_audit` that comes after the crawl of the sites; `started` is when that began (time.monotonic)."""
    from core.errors import CaptionerError, DeviceError

    on_event(StepBegun(Step.CAPTION))
    captioned, failure = None, None
    names = [site.name for site in sites]
    try:
        if settings.caption.left_to_workers:
            await_workers(settings, on_event, names)
        else:
            captioned = caption(settings, on_event, sites=names)
    except (CaptionerError, DeviceError) as error:
        failure = error
    on_event(StepBegun(Step.SUGGEST))
    for site in sites:
        suggest(settings, on_event, site=site)
    on_event(StepBegun(Step.REPORT))
    reports = []
    for site in sites:
        files = report(
            settings,
            site=site.name,
            out=out / folder_name(site.name) if out is not None and len(sites) > 1 else out,
            include_pending=include_pending,
            traffic=traffic,
            model_note=captioned.model_note if captioned is not None else None,
            elapsed_s=time.monotonic() - started,
        )
        reports.append(SiteReport(site, files, status(settings, site)))
    return AuditResult(tuple(sites), tuple(reports), captioned, unread, failure)
