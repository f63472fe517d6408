"""Where an audit's pages come from: start URLs, a list of pages, or the export of another crawler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit import stages
from alt_audit.console import bar, say
from core.errors import UsageError
from core.text import counted
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alt_audit.config import Settings
    from crawler.inputs.lists import BadLine
    from store.sites import Site

MAX_BAD_LINES = 10  # of a file, shown one by one


@dataclass(frozen=True, slots=True)
class Where:
    """Where an audit's pages come from: exactly one of start URLs, a list file and an export of Screaming Frog."""

    urls: Sequence[str] = ()
    list_file: Path | None = None
    screaming_frog: Path | None = None
    blank_is_empty: bool = False  # a blank alt text in the export means alt="", not a missing one


@dataclass(frozen=True, slots=True)
class PagesRead:
    """How the first stage ended."""

    site: Site
    interrupted: bool


def read_pages(where: Where, settings: Settings, *, fresh: bool = False) -> PagesRead:
    """The first stage: crawl a site or a list, or take over an export.

    Raises UsageError when not exactly one of the three is given, or a file cannot be used.
    """
    from crawler.urls.start_urls import seed_urls, with_scheme

    given = [way for way in (where.urls, where.list_file, where.screaming_frog) if way]
    if len(given) != 1:
        raise UsageError("give one of the three: start URLs, --list FILE, or --from-screaming-frog FILE")
    if where.screaming_frog is not None:
        return _import(where.screaming_frog, settings, blank_is_empty=where.blank_is_empty)
    if where.list_file is not None:
        return _crawl_list(where.list_file, settings, fresh=fresh)
    seed_urls(where.urls)  # before a database is created for it
    for url in where.urls:
        if (taken := with_scheme(url)) != url:
            say(f"{url} has no http:// or https:// in front: taken for {taken}")
    result = stages.crawl(where.urls, settings, fresh=fresh)
    return PagesRead(result.site, result.interrupted)


def _crawl_list(path: Path, settings: Settings, *, fresh: bool) -> PagesRead:
    from core.identity.urls import site_of
    from crawler.inputs.lists import read_list
    from crawler.middlewares.auth import check_auth_origin

    check_auth_origin(settings.crawl, listed=True)
    found = read_list(path)
    repeated = f" ({found.repeated:,} named more than once)" if found.repeated else ""
    only = "Only this one is" if len(found.urls) == 1 else "Only these are"
    say(f"{path} names {counted(len(found.urls), 'page')}{repeated}. {only} read; links are not followed.")
    _say_bad_lines(path, len(found.bad), found.bad)
    hosts = {site_of(url) for url in found.urls}
    site = site_of(found.urls[0])
    if len(hosts) > 1:
        say(
            f"They are of {len(hosts)} hosts; all are kept and reported under the first, {site}. "
            "For a report of each, give a list for each."
        )
    only_these = settings.crawl.model_copy(update={"max_depth": 0, "sitemaps": False})
    result = stages.crawl(found.urls, settings.model_copy(update={"crawl": only_these}), fresh=fresh, listed=True)
    return PagesRead(result.site, result.interrupted)


def _import(path: Path, settings: Settings, *, blank_is_empty: bool) -> PagesRead:
    from crawler.inputs.store_import import import_inlinks

    with opened(settings.database, create=True) as engine, bar("Import", "images") as update:
        done = import_inlinks(engine, path, blank_is_empty=blank_is_empty, progress=lambda stored: update(stored, 0))
    counts = done.counts
    say(
        f"Took {counted(counts.images, 'image')} on {counted(done.pages, 'page')} from {path} into the site "
        f"{done.site.name}; {counted(counts.other_rows, 'row is no image', 'rows are no images')}. No page was fetched."
    )
    if done.read_before:
        say(
            f"  {counted(done.read_before, 'page was', 'pages were')} crawled before: what is known of them is kept, "
            f"and {counted(counts.images - done.stored, 'image')} seen there not taken from the file."
        )
    if counts.blank_alts:
        means, other = ('alt=""', "missing") if blank_is_empty else ("a missing alt", "empty")
        say(
            f"  {counted(counts.blank_alts, 'image has', 'images have')} a blank alt text, taken for {means}: the file "
            f"cannot tell whether the attribute is missing or empty. --blank-alt {other} takes it the other way."
        )
    if len(counts.hosts) > 1:
        say(f"  The pages are of {len(counts.hosts)} hosts; all are kept and reported under {done.site.name}.")
    _say_bad_lines(path, counts.bad.total(), counts.examples)
    stages.judge_whole_site(settings, done.site)
    return PagesRead(done.site, interrupted=False)


def _say_bad_lines(path: Path, number: int, examples: Sequence[BadLine]) -> None:
    if not number:
        return
    say(f"{counted(number, 'line')} of {path} cannot be used:")
    for line in examples[:MAX_BAD_LINES]:
        say(f"  line {line.number}: {line.reason}: {line.text}")
    if number > len(examples[:MAX_BAD_LINES]):
        say(f"  ... and {number - len(examples[:MAX_BAD_LINES])} more")
