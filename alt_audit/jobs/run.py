"""The main job: crawl, caption, suggest, report."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit.jobs.caption import CaptionRun, caption
from alt_audit.jobs.pages import PageSource, read_pages
from alt_audit.jobs.report import report
from alt_audit.jobs.sites import status
from alt_audit.jobs.suggest import suggest

if TYPE_CHECKING:
    from pathlib import Path

    from alt_audit.config import Settings
    from alt_audit.jobs.events import OnEvent
    from core.errors import AltAuditError
    from reports.write import ReportFiles
    from store.counts import Counts
    from store.sites import Site


@dataclass(frozen=True, slots=True)
class AuditResult:
    """How an audit ended. One that was stopped while it read pages has no report."""

    site: Site
    files: ReportFiles | None = None
    counts: Counts | None = None
    captioned: CaptionRun | None = None  # None when no image waited, too
    failure: AltAuditError | None = None  # why captioning failed; the report shows what was done until then

    @property
    def is_whole(self) -> bool:
        """Whether every page was read and every image looked at."""
        captioned = self.captioned is None or self.captioned.is_whole
        return self.files is not None and self.failure is None and captioned


def run_audit(
    source: PageSource,
    settings: Settings,
    on_event: OnEvent,
    *,
    out: Path | None = None,
    fresh: bool = False,
    include_pending: bool = False,
) -> AuditResult:
    """Audit a site and write its report to `out`, or to a folder named after it below `settings.out`.

    Tells `on_event` how it goes; neither prints nor exits. Raises AltAuditError when there can be no report: a model
    that cannot be had, no page that could be read, a store or a folder that cannot be written. A process calls it once,
    since Twisted's reactor cannot be started again; and a script calls it below `if __name__ == "__main__"`, since it
    starts processes.
    """
    from captioning.captioners.select import check_model
    from core.errors import CaptionerError, DeviceError

    started = time.monotonic()
    check_model(settings.caption)  # a slip there is not to cost a crawl
    pages = read_pages(source, settings, on_event, fresh=fresh)
    if pages.interrupted:
        return AuditResult(pages.site)
    captioned, failure = None, None
    try:
        captioned = caption(settings, on_event)
    except (CaptionerError, DeviceError) as error:
        failure = error
    suggest(settings, on_event, site=pages.site)
    files = report(
        settings,
        site=pages.site.name,
        out=out,
        include_pending=include_pending,
        model_note=captioned.model_note if captioned is not None else None,
        elapsed_s=time.monotonic() - started,
    )
    return AuditResult(pages.site, files, status(settings, pages.site), captioned, failure)
