"""Spaces without end: calendars, filters, session ids, paths that grow. Pure: each refusal has a reason.

The limits are for what no person would click through; each is counted, so a site that needs more can be told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.urls.address_set import AddressSet

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SEGMENTS = 40  # parts of a path
MAX_REPEATS = 2  # /a/b/a/b/ is a path of people, /a/b/a/b/a/b/ one of a relative link that leads to itself
MAX_VARIANTS = 100  # pages at one path that name another page there as their own: filters, put together in every way
MAX_HOPS = 250  # links from the start page, when no depth is set: a longer way is an endless chain

# Parameters that select no page: session ids, marks of advertising campaigns and of what a search or a
# recommendation led to. In small letters.
_NO_PAGE = frozenset(
    """
    phpsessid jsessionid cfid cftoken ___sid
    gclid dclid fbclid ttclid twclid yclid msclkid sccid rdt_cid gbraid wbraid gclsrc srsltid gad_source gad_campaignid
    _gl _ga _openstat igsh igshid li_fat_id epik mc_cid mc_eid mkt_tok vero_conv vero_id oly_anon_id oly_enc_id s_kwcid
    _hsenc _hsmi __hstc __hssc __hsfp hsctatracking
    pr_prod_strat pr_rec_id pr_rec_pid pr_ref_pid pr_seq _psq
    """.split()
) | {
    f"{tool}_{mark}"
    for tool in ("pk", "mtm", "matomo", "piwik")
    for mark in ("campaign", "kwd", "keyword", "source", "medium", "content", "cid", "group", "placement")
}
_NO_PAGE_PREFIXES = ("utm_", "aspsessionid")
_SESSION = re.compile(r"[0-9a-z]{16,}", re.I)
_TIME = re.compile(r"\d{10,13}")
# Those that select none where their value is of a kind.
_BY_VALUE = {
    **dict.fromkeys(("sid", "sessionid", "session_id", "zenid", "oscsid"), _SESSION),
    **dict.fromkeys(("_", "nocache"), _TIME),  # to pass a cache
    "_pos": re.compile(r"\d+"),
    "_ss": re.compile(r"[a-z]"),
    "_sid": re.compile(r"[0-9a-f]+"),
}
_PATH_SESSION = re.compile(r";jsessionid=[^?/]*", re.I)


def without_session(url: str) -> str:
    """The address without session ids and marks of campaigns, with which every page has endless addresses.

    Cookies keep a session all the same. Doing it twice changes nothing.
    """
    if "=" not in url:
        return url
    address, mark, query = url.partition("?")
    if ";" in address:
        address = _PATH_SESSION.sub("", address)
    kept = [part for part in query.split("&") if not _selects_no_page(part)]
    return f"{address}{mark}{'&'.join(kept)}" if any(kept) else address


def _selects_no_page(part: str) -> bool:
    name, _, value = part.partition("=")
    name = name.lower()
    if name in _NO_PAGE or name.startswith(_NO_PAGE_PREFIXES):
        return True
    kind = _BY_VALUE.get(name)
    return kind is not None and kind.fullmatch(value) is not None


def repeats_itself(path: str) -> bool:
    """Whether parts of a path come more than MAX_REPEATS times in a row, or there are more than MAX_SEGMENTS.

    Empty parts are passed over, unless they come in such a row themselves: `href=".//next"` adds one at each step.
    """
    if "/" * (MAX_REPEATS + 2) in path:
        return True
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        return True
    for size in range(1, len(segments) // (MAX_REPEATS + 1) + 1):
        run = 0  # how many segments in a row equal the one `size` before
        for position in range(size, len(segments)):
            run = run + 1 if segments[position] == segments[position - size] else 0
            if run >= size * MAX_REPEATS:
                return True
    return False


class Traps:
    """Counts the addresses of one crawl."""

    def __init__(self, max_queries_per_path: int | None) -> None:
        self._max_queries = max_queries_per_path
        self._queries: Counter[str] = Counter()  # address without its query -> queries met there
        # Address that pages name as their own -> how many of them were read, under which titles.
        self._variants: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
        # Address without its query -> parameters of pages there that have had as many variants as are read.
        self._varied: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
        self._known_variants = AddressSet()

    def admit(self, url: str) -> None:
        """Count a page that belongs to the crawl whatever the limits."""
        path, mark, _ = url.partition("?")
        if mark:
            self._queries[path] += 1

    def admit_variants(self, variants: Iterable[tuple[str, str, str | None]]) -> None:
        """Take note of (url, canonical, title) of pages that an earlier crawl has read: they are read again."""
        for url, canonical, title in variants:
            self._known_variants.add(url)
            self.vary(url, canonical, title)

    def vary(self, url: str, canonical: str, title: str | None) -> None:
        """Count a page that was read and names another as its own.

        Where most have a title of their own, a site names the wrong page.
        """
        path, _, query = canonical.partition("?")
        if url.partition("?")[0] == path:
            titles = self._variants[canonical]
            titles[title] += 1
            if titles.total() == MAX_VARIANTS and len(titles) <= MAX_VARIANTS // 2:
                self._varied[path].append(frozenset(query.split("&")) - {""})

    def is_one_more_variant(self, url: str) -> bool:
        """Whether two or more parameters beside those of a page with variants enough select one more of these.

        With one parameter, as a number of a page has, it may be anything.
        """
        if not self._varied:
            return False
        path, _, query = url.partition("?")
        if path not in self._varied or url in self._known_variants:
            return False
        parameters = frozenset(query.split("&"))
        return any(own <= parameters and len(parameters - own) > 1 for own in self._varied[path])

    def refusal(self, url: str, depth: int) -> str | None:
        """Why a new link is not followed; one that is followed is counted, so ask once for each."""
        if depth > MAX_HOPS:
            return "depth_trap"
        if repeats_itself(urlsplit(url).path):
            return "path_trap"
        if self.is_one_more_variant(url):
            return "variant_trap"
        path, mark, _ = url.partition("?")
        if mark and self._max_queries is not None:
            if self._queries[path] >= self._max_queries:
                return "query_trap"
            self._queries[path] += 1
        return None
