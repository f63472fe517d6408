"""Small builders of records and rows, shared by the tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.records import (
    Classification,
    Context,
    Finding,
    ImageKind,
    Judgement,
    Occurrence,
    PageFacts,
    PageRead,
    PageResult,
    Severity,
)
from store.crawls import begin_crawl
from store.engine import writing
from store.pages import write_visits
from store.sites import Site, ensure_site

if TYPE_CHECKING:
    from sqlalchemy import Engine

SITE = "shop.test"
SITE_ID = 1  # the first of a store
SHOP = Site(SITE_ID, SITE, (SITE,), {})


def occurrence(name: str = "a.jpg", **changes: object) -> Occurrence:
    """An img without alt whose picture is `name` on the site."""
    url = f"http://{SITE}/{name}"
    base = Occurrence(
        key=f"img|{url}|0",
        kind=ImageKind.IMG,
        element="img",
        selector="img",
        html=f'<img src="{name}">',
        src=name,
        image_url=url,
        fetch_url=url,
        context=Context(heading="Our shop"),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


MISSING = Judgement(
    Classification.MISSING, findings=(Finding("missing-attr", Severity.ERROR, "Add an alt attribute."),)
)
OK = Judgement(Classification.OK)
DECORATIVE = Judgement(Classification.DECORATIVE, reason="alt is empty")


def visit(
    path: str = "",
    *judged: tuple[Occurrence, Judgement],
    queued: tuple[str, ...] = (),
    title: str | None = "A page",
    depth: int = 0,
) -> PageRead:
    """A page of the site that was fetched."""
    url = f"http://{SITE}/{path}"
    facts = PageFacts(
        url=url,
        title=title,
        lang="en",
        robots=(),
        links=queued,
        occurrences=tuple(o for o, _ in judged),
    )
    return PageRead(
        url=url,
        depth=depth,
        status=200,
        facts=facts,
        judgements=tuple(j for _, j in judged),
        queued=tuple((link, depth + 1) for link in queued),
    )


def store_visits(engine: Engine, *visits: PageResult, fresh: bool = True) -> int:
    """One crawl that saw these pages; returns its id. It is left running."""
    with writing(engine) as session:
        site_id = ensure_site(session, SITE).id
        crawl = begin_crawl(session, site_id, [f"http://{SITE}/"], fresh=fresh)
        write_visits(session, crawl.id, site_id, visits)
    return crawl.id
