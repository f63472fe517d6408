"""All sites on one page, beside their reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.jobs.site_status import site_statuses
from alt_audit.sites.folders import folder_name
from core.errors import UsageError
from reports.overview.site_line import SiteLine
from store.counts import drafts_by_site
from store.engine import reading
from store.migrate import opened
from store.site_history import last_crawls
from store.sites import all_sites, crawled_sites
from store.trends import all_trends

if TYPE_CHECKING:
    from pathlib import Path

    from alt_audit.config import Settings


def overview(settings: Settings, out: Path | None = None) -> list[Path]:
    """Write index.html, overview.csv and overview.json of all sites that are planned or of which a page was read.

    `out` is the folder that holds their reports. Returns the files. Raises UsageError where there is no site.
    """
    from reports.overview.write import write_overview

    folder = out or settings.out
    planned = {status.name: status for status in site_statuses(settings)}
    with opened(settings.database) as engine, reading(engine) as session:
        crawls, drafts, trends = last_crawls(session), drafts_by_site(session), all_trends(session)
        read = {site.name for site in crawled_sites(session).read}
        sites = [site for site in all_sites(session) if site.name in planned or site.name in read]
    if not sites:
        raise UsageError("there is no site yet: run 'alt-audit crawl URL' or 'alt-audit sites add NAME URL' first")
    lines = []
    for site in sites:
        status, name = planned.get(site.name), folder_name(site.name)
        lines.append(
            SiteLine(
                name=site.name,
                folder=name,
                has_report=(folder / name / "index.html").is_file(),
                crawl=crawls.get(site.id),
                points=trends.sites.get(site.id, ()),
                fates=trends.fates.get(site.id, ()),
                drafts=drafts.get(site.id, 0),
                when=str(status.when) if status is not None else "not planned",
                due_at=status.due_at if status is not None else None,
                error=status.error if status is not None else None,
                failing_since=status.failing_since if status is not None else None,
            )
        )
    return write_overview(lines, trends, folder, settings.report)
