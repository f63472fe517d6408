"""Which site, and which crawl of it, each page of a run belongs to. It goes by hosts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.identity.urls import site_of
from core.records import PageFailed, PageUnchanged
from crawler.urls.scope import domain_of
from store.crawls import begin_crawl
from store.sites import site_of_hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from crawler.items import PageItem
    from store.sites import Site


def sites_by_host(session: Session, seeds: Sequence[str], *, name: str | None, apart: bool) -> dict[str, Site]:
    """The sites that start URLs belong to, by host[:port].

    Those of one registered domain are of one site, and all are of the one called `name` if that is given; or each host
    is `apart`. Raises UsageError when it is not clear to which site they belong.
    """
    together: dict[str, list[str]] = {}
    for seed in seeds:
        together.setdefault("" if name is not None else site_of(seed) if apart else domain_of(seed), []).append(seed)
    found: dict[str, Site] = {}
    for some in together.values():
        hosts = list(dict.fromkeys(map(site_of, some)))
        found |= dict.fromkeys(hosts, site_of_hosts(session, hosts, name=name))
    return found


@dataclass(frozen=True, slots=True)
class SiteCrawl:
    """The crawl of one of the sites of a run."""

    crawl_id: int
    site: Site
    resumed: bool
    seeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a crawl has stored at once."""

    crawl_id: int
    site_id: int
    pages: list[PageItem] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)  # (url, depth) for the frontier


class Owners:
    """The crawls of a run, in the order of their start URLs, and whose each page is.

    A page on a host that no start URL names is of the site that led there, else of the one that has its domain.
    """

    def __init__(self, session: Session, sites: Mapping[str, Site], seeds: Sequence[str], *, fresh: bool) -> None:
        """Begin or resume a crawl of each of the `sites`, which are given by the hosts of the start URLs."""
        crawls: dict[int, SiteCrawl] = {}
        for site in sites.values():
            if site.id not in crawls:
                own = tuple(seed for seed in seeds if sites[site_of(seed)].id == site.id)
                begun = begin_crawl(session, site.id, own, fresh=fresh)
                crawls[site.id] = SiteCrawl(begun.id, site, begun.resumed, own)
        self.crawls = tuple(crawls.values())
        self.counts: dict[int, Counter[str]] = {crawl.crawl_id: Counter() for crawl in self.crawls}  # as the spider's
        self._by_host = {host: crawls[site.id] for host, site in sites.items()}
        self._by_domain: dict[str, SiteCrawl] = {}
        if len(crawls) > 1:
            for seed in seeds:
                self._by_domain.setdefault(domain_of(seed), self._by_host[site_of(seed)])

    def of(self, url: str) -> SiteCrawl:
        """The crawl that a page belongs to."""
        if len(self.crawls) == 1:
            return self.crawls[0]
        return self._by_host.get(site_of(url)) or self._by_domain.get(domain_of(url)) or self.crawls[0]

    def claim(self, crawl: SiteCrawl, urls: Iterable[str]) -> None:
        """Let the hosts of these pages belong to the site of a crawl when they are new: a crawl that was cut short."""
        if len(self.crawls) > 1:
            for url in urls:
                self._by_host.setdefault(site_of(url), crawl)

    def meet(self, page: PageItem) -> None:
        """Count a page for its site, and let the hosts to which it leads belong to that site when they are new."""
        own = self.of(page.url)
        counts = self.counts[own.crawl_id]
        if isinstance(page, PageFailed):
            counts[f"{page.state}/{page.failure}"] += 1
        else:
            counts["pages"] += 1
            counts["unchanged"] += isinstance(page, PageUnchanged)
        self.claim(own, (link for link, _ in page.queued))

    def sorted_out(self, pages: Iterable[PageItem], links: Iterable[tuple[str, int]]) -> list[Batch]:
        """What is to be stored, crawl by crawl."""
        batches: dict[int, Batch] = {}

        def batch(url: str) -> Batch:
            own = self.of(url)
            return batches.setdefault(own.crawl_id, Batch(own.crawl_id, own.site.id))

        for page in pages:
            batch(page.url).pages.append(page)
        for link in links:
            batch(link[0]).links.append(link)
        return [batches[crawl_id] for crawl_id in sorted(batches)]
