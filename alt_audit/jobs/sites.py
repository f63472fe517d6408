"""Which site a job is about, and what the store holds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import UsageError
from core.failures import host_lines
from store.address import shown
from store.counts import counts, sitemaps_unread
from store.engine import reading
from store.failing_hosts import host_ends
from store.fixes import fixes
from store.migrate import opened
from store.sites import MAX_SITES, crawled_sites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alt_audit.config import Settings
    from store.counts import Counts
    from store.fixes import AllFixes
    from store.sites import Site


def chosen_site(settings: Settings, site: str | None) -> Site:
    """The site that was asked for, or else the last one of which a page was read.

    Raises UsageError when the store has no such site.
    """
    with opened(settings.database) as engine, reading(engine) as session:
        sites = crawled_sites(session)
        database = shown(engine.url)
    known = [*sites.read, *sites.unread]
    if not known:
        raise UsageError(f"nothing was crawled into {database} yet: run 'alt-audit crawl URL' first")
    if site is None:
        if not sites.read:
            raise UsageError(
                f"no page was read into {database} yet (of {names_of(known)}): run 'alt-audit crawl URL' first, "
                "or name the site with --site"
            )
        return sites.read[0]
    for one in known:
        if one.name == site:
            return one
    raise UsageError(f"{site} was not crawled into {database}. It holds {names_of(known)}.")


def sites_read(settings: Settings) -> tuple[Site, ...]:
    """The sites of which a page was read, the one crawled last first."""
    with opened(settings.database) as engine, reading(engine) as session:
        return crawled_sites(session).read


def names_of(sites: Sequence[Site]) -> str:
    """The names of the first of these sites."""
    more = f", and {len(sites) - MAX_SITES} more" if len(sites) > MAX_SITES else ""
    return ", ".join(site.name for site in sites[:MAX_SITES]) + more


def status(settings: Settings, site: Site | None = None) -> Counts:
    """The counts of one site, or of all."""
    with opened(settings.database) as engine, reading(engine) as session:
        return counts(session, site.id if site is not None else None)


def fixes_of(settings: Settings, site: Site | None = None) -> AllFixes:
    """What became of the texts that people decided, on one site, or on all."""
    with opened(settings.database) as engine, reading(engine) as session:
        return fixes(session, site.id if site is not None else None)


def failing_hosts(settings: Settings, site: Site | None = None) -> list[str]:
    """What to do about the hosts whose pictures fail alike, of one site, or of all."""
    with opened(settings.database) as engine, reading(engine) as session:
        ends = host_ends(session, site.id if site is not None else None)
    return [line for reason, failed in sorted(ends.failed.items()) for line in host_lines(reason, failed, ends.ended)]


def unread_sitemaps(settings: Settings, site: Site | None = None) -> dict[str, str]:
    """The sitemaps that the latest crawl of a site, or of each, did not read or not wholly, with the code why."""
    with opened(settings.database) as engine, reading(engine) as session:
        return sitemaps_unread(session, site.id if site is not None else None)
