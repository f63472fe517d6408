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
    SeveralDomains,
    SeveralHosts,
    Work,
    work_on,
)
from alt_audit.jobs.judge import judge_whole_site
from core.errors import UsageError
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from alt_audit.config import Settings
    from crawler.inputs.base import BadLine, InputFile, SeenPages, UrlList
    from store.sites import Site


@dataclass(frozen=True, slots=True)
class PageSource:
    """Where an audit's pages come from: either start URLs or one file of a kind in `crawler.inputs`."""

    urls: Sequence[str] = ()
    files: Sequence[InputFile] = ()
    site: str | None = None  # name of the site that all pages are of; None: the one that has their hosts


@dataclass(frozen=True, slots=True)
class PagesRead:
    """How the first stage ended."""

    sites: tuple[Site, ...]  # one, unless a list or start URLs name pages of several
    interrupted: bool
    unread: tuple[Site, ...] = ()  # sites that start URLs named and no page of which could be read


def read_pages(source: PageSource, settings: Settings, on_event: OnEvent, *, fresh: bool = False) -> PagesRead:
    """The first stage: crawl a site or the pages of a list, or take over an export.

    Raises UsageError when there is not exactly one source, or a file cannot be used, and what `crawl_site` does.
    """
    from crawler.inputs.base import UrlList
    from crawler.inputs.registry import inputs
    from crawler.middlewares.auth import check_auth_origin
    from crawler.urls.scope import domain_of
    from crawler.urls.start_urls import seed_urls, with_scheme

    if bool(source.urls) + len(source.files) != 1:
        *others, last = (f"{kind.option} FILE" for kind in inputs())
        raise UsageError(f"give one of these: {', '.join(['start URLs', *others])}, or {last}")
    if source.files:
        [file] = source.files
        content = file.read()
        if isinstance(content, UrlList):
            return _crawl_list(file.path, content, settings, on_event, fresh=fresh, site=source.site)
        return _import(file, content, settings, on_event, site=source.site)
    seeds = seed_urls(source.urls)  # before a database is created for it
    check_auth_origin(settings.crawl, seeds, listed=False)
    for url in source.urls:
        if (taken := with_scheme(url)) != url:
            on_event(SchemeAssumed(url, taken))
    domains = tuple(dict.fromkeys(map(domain_of, seeds)))
    if len(domains) > 1 and source.site is None:
        on_event(SeveralDomains(domains))
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
    from core.chromium import needs_no_sandbox
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
            if crawl in result.unread:
                continue
            judge_whole_site(settings, crawl.site, crawl_id=crawl.crawl_id)
    unread = tuple(crawl.site for crawl in result.unread)
    read = tuple(crawl.site for crawl in result.crawls if crawl.site not in unread)
    return PagesRead(read, result.interrupted, unread)


def _crawl_list(
    path: Path, pages: UrlList, settings: Settings, on_event: OnEvent, *, fresh: bool, site: str | None
) -> PagesRead:
    from core.identity.urls import site_of
    from crawler.middlewares.auth import check_auth_origin

    check_auth_origin(settings.crawl, listed=True)
    hosts = {site_of(url) for url in pages.urls}
    on_event(ListRead(path, len(pages.urls), pages.repeated, pages.column))
    _tell_unusable(path, len(pages.bad) + pages.more_bad, pages.bad, on_event)
    if len(hosts) > 1:
        on_event(SeveralHosts(len(hosts), site))
    only_these = settings.crawl.model_copy(update={"max_depth": 0, "sitemaps": False})
    settings = settings.model_copy(update={"crawl": only_these})
    return _crawl(pages.urls, settings, on_event, fresh=fresh, listed=True, site=site)


def _import(
    file: InputFile,
    export: AbstractContextManager[SeenPages],
    settings: Settings,
    on_event: OnEvent,
    *,
    site: str | None,
) -> PagesRead:
    from crawler.inputs.store_import import import_pages

    with (
        opened(settings.database, create=True) as engine,
        work_on(Work.IMPORT, on_event) as update,
        export as pages,
    ):
        done = import_pages(engine, file, pages, site_name=site, progress=lambda stored: update(stored, 0))
    on_event(PagesImported(file.path, done))
    _tell_unusable(file.path, done.counts.bad.total(), done.counts.examples, on_event)
    judge_whole_site(settings, done.site)
    return PagesRead((done.site,), interrupted=False)


def _tell_unusable(path: Path, number: int, examples: Sequence[BadLine], on_event: OnEvent) -> None:
    if number:
        on_event(LinesUnusable(path, number, examples))
