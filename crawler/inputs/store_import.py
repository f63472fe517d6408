"""Storing an export of another crawler as a crawl of its own, without fetching a page."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.records import CrawlStatus
from store.crawls import begin_crawl, finish_crawl, record_networks
from store.engine import writing
from store.pages import places_read, write_visits
from store.site_lock import crawling
from store.sites import site_of_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Engine

    from core.records import PageVisit
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
                read = places_read(session, site.id, [visit.url for visit in batch])
                batch = [_added(visit, read[visit.url]) if visit.url in read else visit for visit in batch]
                write_visits(session, crawl_id, site.id, batch)
            crawled.update(read)
            number += len(batch) - (batch[0].url == last)  # it goes on with the page of the batch before
            last = batch[-1].url
            stored += sum(len(visit.judgements) for visit in batch)
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


def _added(visit: PageVisit, known: set[str]) -> PageVisit:
    """What an export adds to a page that was read itself, which tells more than an export does: further places."""
    assert visit.facts is not None
    new = [place for place in zip(visit.facts.occurrences, visit.judgements, strict=True) if place[0].key not in known]
    facts = replace(visit.facts, occurrences=tuple(occurrence for occurrence, _ in new))
    return replace(visit, more=True, facts=facts, judgements=tuple(judgement for _, judgement in new))


def _batches(visits: Iterable[PageVisit]) -> Iterator[list[PageVisit]]:
    """Batches without two visits of one page, which would be taken for one."""
    batch: dict[str, PageVisit] = {}
    for visit in visits:
        if len(batch) >= BATCH_PAGES or visit.url in batch:
            yield list(batch.values())
            batch = {}
        batch[visit.url] = visit
    if batch:
        yield list(batch.values())
