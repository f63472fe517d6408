"""What runs in the reading process: pages are parsed and judged, and kept until their batch is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.records import PageRead
from crawler.items import PageFetched, PageLinks
from crawler.page.css import media_applies
from crawler.page.directives import directives_for
from crawler.page.encoding import decode_sheet
from crawler.page.links import refreshed
from crawler.page.parse import parse_page
from crawler.page.style_sheet import read_sheet
from crawler.walls import login_page
from rules.judge import judge_page
from store.engine import connect, writing
from store.frontier import queue_pages
from store.pages import write_visits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from core.records import Judgement, PageFacts, PageResult
    from crawler.items import PageItem
    from crawler.ownership import Batch
    from crawler.page.style_sheet import StyleSheet
    from rules.rule_options import RuleOptions

_engine: Engine
_rules: RuleOptions
_hide_texts: bool
_sheets: dict[str, StyleSheet] = {}  # in files of their own, by address
_read_pages: dict[str, tuple[PageFacts, tuple[Judgement, ...]]] = {}


def start(database: str, rules: RuleOptions, *, hide_texts: bool) -> None:
    """Open the store, and remember by which rules to judge, and whether images are read without their texts."""
    global _engine, _rules, _hide_texts
    _rules, _hide_texts = rules, hide_texts
    _engine = connect(database)


def read(
    url: str,
    body: bytes,
    content_type: str | None,
    tags: Sequence[str],
    token: str,
    refresh: str | None,
    link: str | None,
    referrer: str | None,
) -> PageLinks:
    """Parse and judge a page, and keep it. The last five are those of `Reader.read`."""
    facts = parse_page(url, body, content_type, _sheets, link=link, referrer=referrer, hide_texts=_hide_texts)
    leads_to = tuple(dict.fromkeys((*facts.links, *refreshed(url, refresh))))
    facts = replace(facts, robots=directives_for((*facts.robots, *tags), token), links=leads_to)
    _read_pages[url] = facts, judge_page(facts, _rules)
    return PageLinks(
        facts.links,
        facts.nofollow,
        facts.cut,
        facts.unfollowed,
        facts.built_by_script,
        facts.robots,
        len(facts.occurrences),
        facts.title,
        facts.canonical,
        login_page(body),
    )


def take_sheet(address: str, url: str, body: bytes, content_type: str) -> tuple[tuple[str, ...], int]:
    """Read a style sheet, and keep it. `Reader.take_sheet` says what is returned."""
    sheet = _sheets[address] = read_sheet(decode_sheet(body, content_type), url)
    return tuple(one.address for one in sheet.imports if media_applies(one.media)), sheet.rules


def store(batches: Sequence[Batch]) -> None:
    """Store batches in one transaction, each page that was fetched with what was read of it."""
    with writing(_engine) as session:
        for batch in batches:
            if batch.pages:
                write_visits(session, batch.crawl_id, batch.site_id, [_with_facts(page) for page in batch.pages])
            queue_pages(session, batch.crawl_id, batch.site_id, batch.links)


def _with_facts(page: PageItem) -> PageResult:
    if not isinstance(page, PageFetched):
        _read_pages.pop(page.url, None)  # a page that turned out to be none
        return page
    facts, judgements = _read_pages.pop(page.url)
    return PageRead(page.url, page.depth, facts, judgements, page.status, page.queued, page.version)
