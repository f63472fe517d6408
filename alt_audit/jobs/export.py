"""The approved texts of a site, as a content system takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.sites.folders import folder_name
from store.migrate import opened

if TYPE_CHECKING:
    from pathlib import Path

    from alt_audit.config import Settings
    from reports.cms.system import System
    from reports.cms.write import Exported
    from store.sites import Site


def export(
    settings: Settings,
    site: Site,
    system: System,
    *,
    join: Path | None = None,
    out: Path | None = None,
    include_pending: bool = False,
    language: str | None = None,
) -> Exported:
    """Write the files of a site for `system`, by default into a folder of their own in that of the site's report."""
    from reports.cms.write import export as write

    folder = out or settings.out / folder_name(site.name) / "export" / system.name
    with opened(settings.database) as engine:
        return write(
            engine,
            site,
            system,
            folder,
            settings.report,
            join=join,
            include_pending=include_pending,
            language=language,
        )
