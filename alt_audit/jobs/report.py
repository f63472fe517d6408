"""The report of a site, into a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.jobs.sites import chosen_site
from alt_audit.sites.folders import folder_name
from store.migrate import opened

if TYPE_CHECKING:
    from pathlib import Path

    from alt_audit.config import Settings
    from reports.traffic import Traffic
    from reports.write import ReportFiles


def report(
    settings: Settings,
    *,
    site: str | None = None,
    out: Path | None = None,
    include_pending: bool = False,
    model_note: str | None = None,
    elapsed_s: float | None = None,
    traffic: Traffic | None = None,
) -> ReportFiles:
    """Write the report of a site, the last crawled one by default."""
    from reports.write import write_report

    chosen = chosen_site(settings, site)
    with opened(settings.database) as engine:
        return write_report(
            engine,
            chosen,
            out or settings.out / folder_name(chosen.name),
            settings.report,
            include_pending=include_pending,
            model_note=model_note,
            elapsed_s=elapsed_s,
            traffic=traffic,
        )
