"""Which URLs belong to the audit. Pure: every refusal has a reason that is counted."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.identity.urls import MAX_URL_CHARS
from crawler.urls.acts import Act, act_of
from crawler.urls.traps import Traps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tldextract import TLDExtract

    from crawler.crawl_options import CrawlOptions

# File types that are never pages. Images among them are fetched by the captioning worker, not by the crawl.
_NOT_PAGES = re.compile(
    r"\.(?:7z|aac|apk|avi|avif|bin|bmp|bz2|css|csv|deb|dmg|docx?|eot|epub|exe|flac|flv|gif|gz|heic|ico|iso|jar"
    r"|jpe?g|js|json|m4[av]|map|mkv|mov|mp[34]|mpe?g|msi|od[pst]|og[agv]|otf|pdf|png|pptx?|psd|rar|rss|rtf|svgz?"
    r"|swf|tar|tgz|tiff?|ttf|txt|wav|webm|webp|wm[av]|woff2?|xlsx?|xml|xz|zip)$",
    re.I,
)


def names_a_file(url: str) -> bool:
    """Whether the path ends like that of a file which is never a page."""
    return _NOT_PAGES.search(urlsplit(url).path) is not None


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")


@cache
def _domain_extractor() -> TLDExtract:
    """Made once, when a crawl first needs it: it reads the whole Public Suffix List, which takes 50 ms."""
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The domain that its owner has registered, with the port: shop.co.uk of www.shop.co.uk.

    After the Public Suffix List as it comes with tldextract, its private part (user.github.io) included, and its
    rule that an unknown ending is a public suffix; nothing is downloaded. An address in numbers is its own.
    """
    name, colon, port = host.partition(":")
    parts = _domain_extractor()(name)
    if not (parts.suffix or parts.ipv4):
        name = ".".join(name.split(".")[-2:])
    return (parts.top_domain_under_public_suffix or name) + colon + port


def domain_of(url: str) -> str:
    """The registered domain of an address, whatever its port: pages of one domain are of one owner."""
    return registrable(urlsplit(url).hostname or "")


class Scope:
    """The hosts, patterns, depth and limits of one audit. `www.` before a host makes no difference."""

    def __init__(self, seeds: Iterable[str], options: CrawlOptions) -> None:
        self._subdomains = options.subdomains
        self._hosts = {self._site(seed) for seed in seeds}
        self._include = [re.compile(pattern) for pattern in options.include]
        self._exclude = [re.compile(pattern) for pattern in options.exclude]
        self._max_depth = options.max_depth
        self._follow_actions = options.follow_actions
        self._traps = Traps(options.max_queries_per_path)

    def _site(self, url: str) -> str:
        host = _host(url)
        return registrable(host) if self._subdomains else host

    def adopt(self, url: str) -> None:
        """Let the host of `url` belong to the site: a start URL was redirected there."""
        self._hosts.add(self._site(url))

    def admit(self, urls: Iterable[str]) -> None:
        """Count pages that belong to the crawl already, or that its owner has named in a sitemap."""
        for url in urls:
            self._traps.admit(url)

    @property
    def traps(self) -> Traps:
        """What keeps the crawl from reading without end."""
        return self._traps

    def offsite(self, url: str) -> bool:
        """Whether the address lies on none of the hosts."""
        return self._site(url) not in self._hosts

    def outside(self, url: str, depth: int) -> str | None:
        """Why an address is no page of this audit; None when it is. Start URLs are, whatever the patterns."""
        if self.offsite(url):
            return "offsite"
        if len(url) > MAX_URL_CHARS:
            return "url_too_long"
        if names_a_file(url):
            return "not_a_page"
        if depth > 0 and self._include and not any(pattern.search(url) for pattern in self._include):
            return "not_included"
        if depth > 0 and any(pattern.search(url) for pattern in self._exclude):
            return "excluded"
        if self._max_depth is not None and depth > self._max_depth:
            return "max_depth"
        if depth > 0 and not self._follow_actions and act_of(url) is Act.SURE:
            return "acts"
        return None

    def refusal(self, url: str, depth: int, *, named: bool = False) -> str | None:
        """Why a new link is not followed; None when it is, and then it is counted, so ask once for each.

        What is `named` in a sitemap is no trap.
        """
        reason = self.outside(url, depth)
        if reason is not None:
            return reason
        if named:
            self._traps.admit(url)
            return None
        return self._traps.refusal(url, depth if self._max_depth is None else 0)
