"""Pages that were not read, by reason, with the first few of them; what the crawl counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.failures import SITEMAP, explain, find
from core.records import PageState
from reports.html.numbers import number
from reports.html.section import Section
from reports.html.sections.failures import Example, Failures, Reason, not_named
from reports.texts import link
from store.counts import SITEMAPS_UNREAD, page_tallies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.html.sources import ReportSources

_NOT_READ = (PageState.FAILED, PageState.SKIPPED)  # in this order


@dataclass(frozen=True, slots=True)
class CrawlCount:
    """Something that the crawl counted."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Pages:
    """What was not read, and why."""

    failures: Failures
    counts: tuple[CrawlCount, ...]


def pages(sources: ReportSources) -> Pages:
    """The pages of the site that were not read."""
    tallies = sources.read(page_tallies)
    missed = sum(pages for state, _, pages in tallies if state in _NOT_READ)
    examples = tuple(Example(link(page.url), page.code, page.happened, None) for page in sources.failed_pages)
    return Pages(
        Failures(tuple(_reasons(tallies)), examples, not_named(missed, len(examples), "page")),
        (*_counts(sources.crawl.stats), *_sitemaps(sources.crawl.stats.get(SITEMAPS_UNREAD, {}))),
    )


def _reasons(tallies: Sequence[tuple[PageState, str | None, int]]) -> Iterator[Reason]:
    for wanted in _NOT_READ:
        for state, code, pages in tallies:
            if state is wanted:
                reason = explain(code or "")
                yield Reason(code or "", state, number(pages), reason.happened, reason.action)


def _counts(stats: dict[str, Any], prefix: str = "") -> Iterator[CrawlCount]:
    for name, value in sorted(stats.items()):
        label = f"{prefix}{name.replace('_', ' ').replace('/', ': ')}"
        if isinstance(value, dict):
            yield from _counts(value, f"{label}: ")
        elif isinstance(value, int) and not isinstance(value, bool):
            yield CrawlCount(label, number(value))


def _sitemaps(unread: Mapping[str, str]) -> Iterator[CrawlCount]:
    for url, code in unread.items():
        yield CrawlCount(f"sitemap {url}", (find(SITEMAP, code) or explain(code)).in_brief)


SECTION = Section("pages", "Pages", "sections/pages.html", pages)
