"""Pages that name another page of the site as their canonical one are variants of it, and count once with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.records import CrawlStatus, PageFailed, PageRead
from crawler.sitewide import judge_site
from store import models
from store.counts import counts, rule_tallies
from store.crawls import begin_crawl, finish_crawl
from store.engine import reading, writing
from store.models import Crawl, Page
from store.pages import write_visits
from store.report import occurrence_groups
from tests.storefill import MISSING, OK, SITE, SITE_ID, occurrence, store_visits, visit

HOST = f"http://{SITE}/"


def page(path: str, canonical: str | None = None, *images: str, alt: str | None = None) -> PageRead:
    """A page of the site with these images, none of which has a text unless `alt` is given."""
    judged = [(occurrence(name, alt=alt), MISSING if alt is None else OK) for name in images]
    read = visit(path, *judged)
    address = canonical if canonical is None or "//" in canonical else HOST + canonical
    return replace(read, facts=replace(read.facts, canonical=address))


def crawled(engine, *pages: PageRead | PageFailed) -> dict[str, str | None]:
    """Crawl these pages to the end. Returns which page each is a variant of."""
    store_visits(engine, *pages)
    with writing(engine) as session:
        crawl = session.scalars(select(Crawl).order_by(Crawl.id.desc()).limit(1)).one()
        finish_crawl(session, crawl.id, state=CrawlStatus.FINISHED, stats={}, whole_site=False)
    with reading(engine) as session:
        urls = dict(session.execute(select(Page.id, Page.url)).all())
        rows = session.execute(select(Page.url, Page.variant_of_id))
        return {url.removeprefix(HOST): urls[of].removeprefix(HOST) if of is not None else None for url, of in rows}


MUG = ["mug?color=red", "mug?sort=price", "mug?print=1", "amp/mug"]


@pytest.fixture
def shop(engine):
    """Five pages of one mug, and a home page."""
    assert set(crawled(engine, page(""), page("mug", None, "mug.jpg"), *(page(path, "mug", "mug.jpg") for path in MUG))
               .values()) == {None, "mug"}  # fmt: skip
    return engine


def test_variants_of_a_page_count_once(shop):
    with reading(shop) as session:
        found = counts(session, SITE_ID)
        assert (found.pages, found.canonicalised, found.occurrences) == (2, 4, 1)
        assert counts(session).as_json() == found.as_json()
        (group,) = list(occurrence_groups(session, SITE_ID))
        assert (group.occurrences, group.pages, group.first_page.url) == (1, 1, HOST + "mug")
        assert session.scalars(select(Crawl.stats)).one() == {"canonicalised": 4}


def test_variants_make_no_template(shop):
    with writing(shop) as session:
        judge_site(session, SITE_ID)
    with reading(shop) as session:
        assert "repeated-on-every-page" not in {tally.rule for tally in rule_tallies(session, SITE_ID)}


def test_what_only_a_variant_shows_counts(shop):
    red = page("mug?color=red", "mug", "mug.jpg", "red.jpg")
    told = page("mug?sort=price", "mug", "mug.jpg", alt="A mug")
    crawled(shop, red, told)
    with reading(shop) as session:
        assert counts(session, SITE_ID).occurrences == 3
        every = list(occurrence_groups(session, SITE_ID))
        groups = {(group.image.url, group.alt): group.occurrences for group in every}
        assert groups == {(HOST + "mug.jpg", None): 1, (HOST + "red.jpg", None): 1}
        of_images = occurrence_groups(session, SITE_ID, images={group.key.image_id for group in every})
        assert list(of_images) == every


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        pytest.param([page("a", "b"), page("b", "c"), page("c")], {"a": "c", "b": "c", "c": None}, id="chain"),
        pytest.param([page("a", "b"), page("b", "a")], {"a": None, "b": None}, id="loop"),
        pytest.param([page("a", "b"), page("b", "c"), page("c", "b")], {"a": None, "b": None, "c": None}, id="a loop"),
        pytest.param([page("a", "b")], {"a": None}, id="a page that was not read"),
        pytest.param([page("a", "b"), page("b", "c")], {"a": "b", "b": None}, id="a chain that ends"),
        pytest.param([page("a", "b"), PageFailed(HOST + "b", 1, "http_500", 500)], {"a": None, "b": None}, id="fails"),
        pytest.param([page("a", "http://other.test/a")], {"a": None}, id="another site"),
        pytest.param([page("a", "https://www.shop.test/a")], {"a": None}, id="its own address on www."),
        pytest.param([page("a?x", "https://www.shop.test/a"), page("a")], {"a?x": "a", "a": None}, id="on www."),
    ],
)
def test_a_canonical_is_followed_with_care(engine, pages, expected):
    assert crawled(engine, *pages) == expected


def test_a_page_that_is_gone_has_no_variants(shop):
    assert crawled(shop, PageFailed(HOST + "mug", 1, "http_404", 404))["amp/mug"] is None
    assert crawled(shop, page("mug", None, "mug.jpg"))["amp/mug"] == "mug"
    assert crawled(shop, page("amp/mug", None, "mug.jpg"))["amp/mug"] is None
    assert crawled(shop, PageFailed(HOST + "mug?print=1", 1, "http_404", 404))["mug?print=1"] is None


def test_variants_of_one_site_are_none_of_another(engine):
    store_visits(engine, page("a", "b"))
    with writing(engine) as session:
        other = models.Site(
            name="other.test", hosts=["other.test"], settings={}, created_at=models.datetime.now(models.UTC)
        )
        session.add(other)
        session.flush()
        crawl = begin_crawl(session, other.id, [HOST])
        write_visits(session, crawl.id, other.id, [page("b")])
        finish_crawl(session, crawl.id, state=CrawlStatus.FINISHED, stats={}, whole_site=False)
        assert counts(session).canonicalised == 0
