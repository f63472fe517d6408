"""Which URLs belong to the audit. Pure: every refusal has a reason that is counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.urls import MAX_URL_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.options import CrawlOptions

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


class Scope:
    """The hosts, patterns and depth of one audit. `www.` before a host makes no difference."""

    def __init__(self, seeds: Iterable[str], options: CrawlOptions) -> None:
        self._hosts = {_host(seed) for seed in seeds}
        self._include = [re.compile(pattern) for pattern in options.include]
        self._exclude = [re.compile(pattern) for pattern in options.exclude]
        self._max_depth = options.max_depth

    def adopt(self, url: str) -> None:
        """Let the host of `url` belong to the site: a start URL was redirected there."""
        self._hosts.add(_host(url))

    def refusal(self, url: str, depth: int) -> str | None:
        """Why a link is not followed; None when it is. The start URLs are followed whatever the patterns."""
        if _host(url) not in self._hosts:
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
        return None
