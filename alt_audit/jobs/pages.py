"""Where an audit's pages come from: start URLs, a list of pages, or the export of another crawler."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit.jobs.events import (
    BrowserUnconfined,
    CertificatesIgnored,
    LinesUnusable,
    ListRead,
    OnEvent,
    PagesCrawled,
    PagesImported,
    SchemeAssumed,
    SeveralHosts,
    Work,
    work_on,
)
from alt_audit.jobs.judge import judge_whole_site
from core.errors import UsageError
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alt_audit.config import Settings
    from crawler.inputs.lists import BadLine
    from store.sites import Site


@dataclass(frozen=True, slots=True)
class PageSource:
    """Where an audit's pages come from: exactly one of start URLs, a list file and an export of Screaming Frog."""

    urls: Sequence[str] = ()
    list_file: Path | None = None
    screaming_frog: Path | None = None
    blank_is_empty: bool = False  # a blank alt text in the export means alt="", not a missing one
    site: str | None = None  # name of the site that all pages are of; None: the one that has their hosts


@dataclass(frozen=True, slots=True)
class PagesRead:
    """How the first stage ended."""

    sites: tuple[Site, ...]  # one, unless a list names pages of several
    interrupted: bool


def read_pages(source: PageSource, settings: Settings, on_event: OnEvent, *, fresh: bool = False) -> PagesRead:
    """The first stage: crawl a site or a list, or take over an export.

    Raises UsageError when not exactly one of the three is given, or a file cannot be used, and what `crawl_site` does.
    """
    from crawler.urls.start_urls import seed_urls, with_scheme

    given = [way for way in (source.urls, source.list_file, source.screaming_frog) if way]
    if len(given) != 1:
        raise UsageError("give one of the three: start URLs, --list FILE, or --from-screaming-frog FILE")
    if source.screaming_frog is not None:
        return _import(source, source.screaming_frog, settings, on_event)
    if source.list_file is not None:
        return _crawl_list(source.list_file, settings, on_event, fresh=fresh, site=source.site)
    seed_urls(source.urls)  # before a database is created for it
    for url in source.urls:
        if (taken := with_scheme(url)) != url:
            on_event(SchemeAssumed(url, taken))
    return _crawl(source.urls, settings, on_event, fresh=fresh, site=source.site)


def _crawl(
    seeds: Sequence[str],
    settings: Settings,
    on_event: OnEvent,
    *,
    fresh: bool,
    listed: bool = False,
    site: str | None = None,
) -> PagesRead:
    from crawler.middlewares.render.chromium import needs_no_sandbox
    from crawler.run import crawl_site

    with opened(settings.database, create=True):
        pass  # says what is wrong with it before any page is fetched
    if settings.crawl.insecure:
        on_event(CertificatesIgnored())
    if settings.crawl.render and needs_no_sandbox():
        on_event(BrowserUnconfined())
    started = time.monotonic()
    with work_on(Work.PAGES, on_event) as progress:
        result = crawl_site(
            seeds,
            settings.database,
            settings.crawl,
            settings.rules,
            fresh=fresh,
            listed=listed,
            site=site,
            progress=progress,
        )
    on_event(PagesCrawled(result, time.monotonic() - started, settings.crawl.limit_pages))
    if not result.interrupted:
        for crawl in result.crawls:
            judge_whole_site(settings, crawl.site, crawl_id=crawl.crawl_id)
    return PagesRead(tuple(crawl.site for crawl in result.crawls), result.interrupted)


def _crawl_list(path: Path, settings: Settings, on_event: OnEvent, *, fresh: bool, site: str | None) -> PagesRead:
    from core.identity.urls import site_of
    from crawler.inputs.lists import read_list
    from crawler.middlewares.auth import check_auth_origin

    check_auth_origin(settings.crawl, listed=True)
    pages = read_list(path)
    hosts = {site_of(url) for url in pages.urls}
    on_event(ListRead(path, len(pages.urls), pages.repeated))
    _tell_unusable(path, len(pages.bad), pages.bad, on_event)
    if len(hosts) > 1:
        on_event(SeveralHosts(len(hosts), site))
    only_these = settings.crawl.model_copy(update={"max_depth": 0, "sitemaps": False})
    settings = settings.model_copy(update={"crawl": only_these})
    return _crawl(pages.urls, settings, on_event, fresh=fresh, listed=True, site=site)


def _import(source: PageSource, path: Path, settings: Settings, on_event: OnEvent) -> PagesRead:
    from crawler.inputs.store_import import import_inlinks

    with opened(settings.database, create=True) as engine, work_on(Work.IMPORT, on_event) as update:
        done = import_inlinks(
            engine,
            path,
            blank_is_empty=source.blank_is_empty,
            site_name=source.site,
            progress=lambda stored: update(stored, 0),
        )
    on_event(PagesImported(path, done, source.blank_is_empty))
    _tell_unusable(path, done.counts.bad.total(), done.counts.examples, on_event)
    judge_whole_site(settings, done.site)
    return PagesRead((done.site,), interrupted=False)


def _tell_unusable(path: Path, number: int, examples: Sequence[BadLine], on_event: OnEvent) -> None:
    if number:
        on_event(LinesUnusable(path, number, examples))
