"""Storing an export of another crawler as a crawl of its own, without fetching a page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import CrawlStatus, OccurrencesAdded
from store.crawls import begin_crawl, finish_crawl, record_networks
from store.engine import writing
from store.page_occurrences import places_read
from store.pages import write_visits
from store.site_lock import crawling
from store.sites import site_of_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Engine

    from core.records import PageRead
    from crawler.inputs.base import ImportCounts, InputFile, SeenPages
    from store.sites import Site

BATCH_PAGES = 50


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import stored."""

    crawl_id: int
    site: Site
    pages: int
    read_before: int  # of these; what was known of them stays
    stored: int  # occurrences
    counts: ImportCounts
    notes: tuple[str, ...]  # how the file was taken


def import_pages(
    engine: Engine,
    file: InputFile,
    pages: SeenPages,
    *,
    site_name: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportSummary:
    """Store what a file says of pages; the site is `site_name`, else that of the host of most of them.

    A page that a crawl has read keeps what is known of it; only images that were not seen there are added.
    `progress` is called with the number of images stored. A crawl of the same site that was cut short is given up.
    Raises CrawlError while the site is crawled.
    """
    started = time.monotonic()
    counts = pages.counts
    with writing(engine) as session:
        site = site_of_hosts(session, [counts.hosts.most_common(1)[0][0]], name=site_name)
    with crawling(engine, [site]):
        with writing(engine) as session:
            crawl_id = begin_crawl(session, site.id, [file.path.name], fresh=True).id
            record_networks(session, crawl_id, [])  # the file is not the operator's word: it opens none
        number = stored = 0
        crawled: set[str] = set()
        last = ""
        for batch in _batches(pages.visits()):
            with writing(engine) as session:
                read = places_read(session, site.id, [page.url for page in batch])
                results = [_added(page, read[page.url]) if page.url in read else page for page in batch]
                write_visits(session, crawl_id, site.id, results)
            crawled.update(read)
            number += len(batch) - (batch[0].url == last)  # it goes on with the page of the batch before
            last = batch[-1].url
            stored += sum(len(result.judgements) for result in results)
            progress(stored)
        stats = {
            "source": f"{file.kind.title}: {file.path.name}",
            "pages": number,
            "rows": counts.rows,
            "image_rows": counts.images,
            "pages_read_before": len(crawled),
            **{f"bad_rows/{reason}": rows for reason, rows in counts.bad.items()},
            "elapsed_s": round(time.monotonic() - started, 2),
        }
        with writing(engine) as session:
            finish_crawl(session, crawl_id, state=CrawlStatus.FINISHED, stats=stats, whole_site=False)
    return ImportSummary(crawl_id, site, number, len(crawled), stored, counts, tuple(pages.notes))


def _added(page: PageRead, known: set[str]) -> OccurrencesAdded:
    """What an export adds to a page that a crawl has read, which tells more than an export does: further occurrences.

    `known` are the keys of the occurrences that are stored.
    """
    new = [
        (occurrence, judgement)
        for occurrence, judgement in zip(page.facts.occurrences, page.judgements, strict=True)
        if occurrence.key not in known
    ]
    return OccurrencesAdded(
        page.url, tuple(occurrence for occurrence, _ in new), tuple(judgement for _, judgement in new)
    )


def _batches(pages: Iterable[PageRead]) -> Iterator[list[PageRead]]:
    """Batches without one page twice, which would be taken for the whole of it."""
    batch: dict[str, PageRead] = {}
    for page in pages:
        if len(batch) >= BATCH_PAGES or page.url in batch:
            yield list(batch.values())
            batch = {}
        batch[page.url] = page
    if batch:
        yield list(batch.values())
