"""Stores from before addresses went by the grammar of browsers: pages, images and decisions are found again."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

import pytest
from sqlalchemy import select
from w3lib.url import canonicalize_url, safe_url_string

from core.identity import urls
from store import deciding, identities, occurrences, rekey_pages
from store.crawls import begin_crawl
from store.engine import reading, writing
from store.frontier import queue_pages, queued
from store.models import Change, Image, Page
from store.rekey import bring_up_to_date
from tests.store.world import Picture, WebPage, World


@dataclass(frozen=True)
class Written(Picture):
    """An img whose addresses stand as they are written."""

    def html(self, origin: str) -> str:
        return super().html("")


PICTURES = [
    Written("http://shop.test:80/logo.png", link="https://partner.test", alt=None),
    Written("http://shop.test./tea.png"),
    Written("http://shop.test/%7Ebob/caf%c3%a9.png", link="http://shop.test/caf%c3%a9"),
]
PATHS = ["/", "/%d1%87%d0%b0%d0%b9", "/a%5Bb"]


@pytest.fixture
def world(engine, monkeypatch) -> World:
    """A site as the version before stored it, looked at and decided on."""
    with monkeypatch.context() as before:
        before.setattr(urls, "_absolute", lambda base, reference: safe_url_string(urljoin(base, reference)))
        before.setattr(urls, "_page_url", _old_page_url)
        before.setattr(urls, "_canonical", canonicalize_url)
        before.setattr(urls, "VERSION", 2)
        for module, name in (
            (identities, "CONTEXT_VERSION"), (rekey_pages, "VERSION"), (occurrences, "VERSION"),
            (deciding, "CONTEXT_VERSION"),
        ):  # fmt: skip
            before.setattr(module, name, 2)
        _forget()
        bring_up_to_date(engine)
        made = World(engine, pages={path: WebPage(PICTURES) for path in PATHS})
        made.crawl()
        made.caption()
        for suggestion, text in zip(made.suggestion_ids(), ("Logo", "Tea", "Coffee"), strict=True):
            made.decide(suggestion, "edited", text)
    _forget()
    return made


def _old_page_url(url: str) -> str:
    parts = urlsplit(safe_url_string(url))
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, ""))


def _forget() -> None:
    for function in (urls._folder, urls._is_stored_form):
        function.cache_clear()


def pages(world: World) -> list[str]:
    with reading(world.engine) as session:
        return sorted(session.scalars(select(Page.url)))


def as_visitors_ask(world: World) -> None:
    """From now on links lead to the forms of now, as the crawl's own do."""
    for path in list(world.pages):
        world.pages[urls.page_url("http://shop.test" + path).removeprefix("http://shop.test")] = world.pages.pop(path)


def test_what_was_stored_is_found_again_with_its_decisions(world):
    assert "http://shop.test/%d1%87%d0%b0%d0%b9" in pages(world)
    bring_up_to_date(world.engine)
    now = ["http://shop.test/", "http://shop.test/%D1%87%D0%B0%D0%B9", "http://shop.test/a%5Bb"]
    assert pages(world) == now
    shown = world.shown()
    wanted = [("http://shop.test/logo.png", "Logo"), ("http://shop.test/tea.png", "Tea"),
              ("http://shop.test/~bob/caf%C3%A9.png", "Coffee")]  # fmt: skip
    assert [row[1:5] for row in shown] == [(url, text, "edited", False) for url, text in wanted] * 3
    as_visitors_ask(world)
    world.crawl()
    assert world.shown() == shown
    assert pages(world) == now
    with reading(world.engine) as session:
        assert session.scalars(select(Change.id)).all() == []
        assert len(session.scalars(select(Image.id)).all()) == 3


def test_pages_that_are_one_now_count_once(world):
    with writing(world.engine) as session:
        twin = session.scalars(select(Page).where(Page.url == "http://shop.test/")).one()
        for url in ("http://shop.test:80/a%5bb", "http://shop.test:80/new", "http://shop.test/new"):
            row = {column.name: getattr(twin, column.name) for column in Page.__table__.columns if column.name != "id"}
            session.add(Page(**row | {"url": url, "fetched_at": None if "new" in url else twin.fetched_at}))
        session.flush()
        read = session.scalars(select(Page).where(Page.url == "http://shop.test:80/a%5bb")).one()
        crawl = begin_crawl(session, world.site_id, ["http://shop.test/"], fresh=True)
        queue_pages(session, crawl.id, world.site_id, [("http://shop.test:80/new", 1)])
    bring_up_to_date(world.engine)
    with reading(world.engine) as session:
        assert "http://shop.test:80/new" not in pages(world)
        assert list(queued(session, crawl.id)) == ["http://shop.test/new"]
        kept = session.scalars(select(Page).where(Page.url == "http://shop.test/a%5Bb")).one()
        assert session.get_one(Page, read.id).variant_of_id == kept.id


def test_a_store_that_was_brought_along_stays_as_it_is(world):
    bring_up_to_date(world.engine)
    before = pages(world), world.shown()
    bring_up_to_date(world.engine)
    assert (pages(world), world.shown()) == before
