"""A recrawl of a site that is in trouble: what cannot be read this time is not gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crawl_server import Handler, Server, page, running
from crawls import crawl, pages

from core.records import PageState
from store.counts import counts
from store.engine import connect, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}/only-named</loc></url></urlset>'


@pytest.fixture
def server() -> Iterator[Server]:
    """A start page, a hub that alone leads to two pages, and a page that only the sitemap names."""
    with running() as server:
        server.html("/", "/hub")
        server.html("/hub", "/1", "/2", images=("/hub.png",))
        for path in ("/1", "/2", "/only-named"):
            server.html(path, images=(f"{path}.png",))
        sitemap = SITEMAP.format(server.base).encode()
        server.answers["/sitemap.xml"] = lambda handler: handler.reply(sitemap, content_type="application/xml")
        yield server


def busy(handler: Handler) -> None:
    handler.reply(page(), status=503)


def numbers(database: str) -> tuple[int, int]:
    """Pages read and images that stand on them."""
    engine = connect(database)
    with reading(engine) as session:
        found = counts(session).as_json()
    engine.dispose()
    return found["pages"], found["occurrences"]


@pytest.mark.parametrize("fresh", [False, True])
def test_pages_that_only_a_failing_page_leads_to_are_read_all_the_same(
    server: Server, sqlite_url: str, fresh: bool
) -> None:
    crawl(f"{server.base}/", sqlite_url, sitemaps=True)
    good, server.answers["/hub"] = server.answers["/hub"], busy
    for _ in range(2):  # the second time, the page had failed before
        again = crawl(f"{server.base}/", sqlite_url, fresh=fresh, sitemaps=True)
        assert again["counts"]["failed/http_503"] == 1
        assert again["counts"]["pages"] == 4
        assert numbers(sqlite_url) == (4, 4)
    hub = pages(sqlite_url)["/hub"]
    assert (hub.state, hub.title, hub.lang) == (PageState.FAILED, "/hub", "en")
    server.answers["/hub"] = good
    assert crawl(f"{server.base}/", sqlite_url, sitemaps=True)["counts"]["pages"] == 5


def test_a_page_that_is_gone_leads_nowhere(server: Server, sqlite_url: str) -> None:
    crawl(f"{server.base}/", sqlite_url)
    assert numbers(sqlite_url) == (4, 3)
    del server.answers["/hub"]
    crawl(f"{server.base}/", sqlite_url)
    assert numbers(sqlite_url) == (1, 0)
    assert {path: row.state for path, row in pages(sqlite_url).items()} == {
        "/": PageState.FETCHED, "/hub": PageState.FAILED, "/1": PageState.GONE, "/2": PageState.GONE,
    }  # fmt: skip


def test_a_page_that_is_linked_again_is_back(server: Server, sqlite_url: str) -> None:
    crawl(f"{server.base}/", sqlite_url)
    server.html("/")
    crawl(f"{server.base}/", sqlite_url, accept_loss=True)
    assert numbers(sqlite_url) == (1, 0)
    server.html("/", "/hub")
    crawl(f"{server.base}/", sqlite_url)
    assert numbers(sqlite_url) == (4, 3)


def test_pages_of_a_sitemap_that_cannot_be_read_are_not_gone(server: Server, sqlite_url: str) -> None:
    crawl(f"{server.base}/", sqlite_url, sitemaps=True)
    server.answers["/sitemap.xml"] = busy
    again = crawl(f"{server.base}/", sqlite_url, sitemaps=True)
    assert again["counts"]["sitemaps_failed"] == 1
    assert numbers(sqlite_url) == (5, 4)
    del server.answers["/sitemap.xml"]  # there is none any more
    crawl(f"{server.base}/", sqlite_url, sitemaps=True)
    assert numbers(sqlite_url) == (4, 3)
