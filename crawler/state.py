"""What a crawl knows while it runs. It is made first, and given to the spider, the pipeline and the middlewares."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.net.address_guard import AddressGuard
from core.net.credentials import Credentials
from crawler.crawl_options import CrawlOptions
from crawler.downloader import HOSTS_AT_ONCE
from crawler.frontier import Frontier
from crawler.reader import Reader
from crawler.storage import Storage
from crawler.urls.address_set import AddressSet
from crawler.urls.scope import Scope
from crawler.urls.start_urls import seed_urls
from rules.rule_options import RuleOptions
from store.address import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crawler.ownership import Owners
    from crawler.redirects import Redirects
    from store.known_pages import KnownPage
    from store.losses import Fall


class CrawlState:
    """One run of the crawler: its start URLs and options, what it has met and counted, and what stores it."""

    def __init__(
        self,
        start_urls: Iterable[str],
        database: str,
        options: CrawlOptions | None = None,
        rules: RuleOptions | None = None,
        *,
        fresh: bool = False,
        listed: bool = False,
        site_name: str | None = None,
        hide_texts: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Start the process that reads pages; the store is opened later, by `storage`.

        `listed`: the start URLs come from a file, not from the operator, so they open no network and are sent no
        credentials. `hide_texts`: images are read as if nobody had written a text for them. `progress` is called with
        (pages read, pages known). Raises UsageError without a start URL, for one that cannot be used, and for a
        database that is none.
        """
        self.start_urls = seed_urls(start_urls)
        if not self.start_urls:
            raise UsageError("no start URL: give one with -a url=https://HOST/")
        self.starts = frozenset(self.start_urls)  # a list may hold very many
        parse_url(database)  # the reader could not say what is wrong with it
        self.database, self.fresh, self.listed, self.site_name = database, fresh, listed, site_name
        self.options, self.rules = options or CrawlOptions(), rules or RuleOptions()
        self.progress = progress
        self.scope = Scope(self.start_urls, self.options)
        # What a file names, the operator has not named: the file may be the site's own sitemap.
        own = () if listed else self.start_urls
        self.guard = AddressGuard(self.options.allow_private, own)
        self.credentials = Credentials(self.options.auth, self.options.auth_origin or own)

        self.counts: Counter[str] = Counter()  # pages read, failed and left out, by reason
        self.failures: dict[str, str] = {}  # start URL -> code
        self.falls: dict[int, Fall] = {}  # crawl -> what keeps it from taking pages for gone, once it has ended
        self.moved: dict[str, str] = {}  # start URL that was read before -> where on another host it leads for good now
        self.refusals: dict[str, str] = {}  # host[:port] -> why it is not connected to, and what would change it
        self.met = AddressSet(self.start_urls)  # every link once looked at, followed or not
        self.pages_known = 0  # read, failed or still to come
        self.pages_before = 0  # as far as they were read, and not by this crawl before it was cut short
        self.known_pages: dict[str, KnownPage] = {}  # read by an earlier crawl, not met by this one yet
        self.asked: set[str] = set()  # pages that were not met, and are gone, as their server said when asked
        self.sitemap_images: set[str] = set()  # canonical addresses of the images that sitemaps name
        self.sitemaps_unread: dict[str, str] = {}  # sitemap -> why it, or a part of it, is not read; the first of them

        self.owners: Owners | None = None  # the sites and their crawls, once the store is open
        self.redirects: Redirects | None = None  # once the spider is there
        self.error: BaseException | None = None  # why the store could not be written; then nothing more is
        self.reader = Reader(database, self.rules, hide_texts=hide_texts)
        self.storage = Storage(self)
        at_once = self.options.concurrency_per_host * HOSTS_AT_ONCE
        self.frontier = Frontier(self.storage.waiting_pages, waiting=0, at_once=at_once)

    def limit_reached(self) -> bool:
        """Whether no further page is to be read."""
        limit = self.options.limit_pages
        return limit is not None and self.counts["pages"] >= limit

    def tell(self) -> None:
        """Say how far the crawl has come."""
        if self.progress is not None:
            known = self.pages_known
            self.progress(self.counts["pages"], min(known, self.options.limit_pages or known))

    def meet(self, url: str) -> None:
        """Take over a page that this crawl has met before it was cut short."""
        self.scope.admit([url])
        self.met.add(url)

    def close(self) -> None:
        """Store what is left, when the crawl ended without doing so, and end the process that reads pages."""
        self.storage.end()
        self.reader.close()
