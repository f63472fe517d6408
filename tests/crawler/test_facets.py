"""Filters that can be put together without end: a page with a hundred variants has enough of them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from crawl_server import Handler, Server
from crawls import crawl, fetched
from sqlalchemy import select

from crawler.urls.traps import MAX_VARIANTS
from store.engine import connect, reading
from store.models import Change

if TYPE_CHECKING:
    from collections.abc import Callable

FACETS = {name: [f"{name}{n}" for n in range(4)] for name in ("color", "size", "brand", "sort")}
SHELF_PAGES = 150


def shelf(title: Callable[[str], str]) -> Callable[[Handler], None]:
    """A home page and a shelf of goods, over which filters lie, and whose pages have numbers."""

    def answer(handler: Handler) -> None:
        parts = urlsplit(handler.path)
        if parts.path == "/":
            handler.reply(b"<title>Shop</title><a href=/shelf>Shelf</a>", ETag='"1"')
            return
        if parts.path != "/shelf":
            handler.reply(f"<title>Goods {parts.path}</title>".encode(), ETag='"1"')
            return
        chosen = dict(parse_qsl(parts.query))
        links = [f"/shelf?{urlencode(chosen | {name: value})}" for name, values in FACETS.items() for value in values]
        number = int(chosen.get("page", "1"))
        if number < SHELF_PAGES:
            links.append(f"/shelf?{urlencode(chosen | {'page': str(number + 1)})}")
        links.append(f"/goods/{number}")
        body = "".join(f'<a href="{link.replace("&", "&amp;")}">a</a>' for link in links)
        head = f"<title>{title(parts.query)}</title><link rel=canonical href=/shelf>"
        handler.reply(f"{head}<img src=/shelf.jpg>{body}".encode(), ETag='"1"')

    return answer


@pytest.mark.timeout(120)
def test_filters_put_together_end_and_pages_with_numbers_do_not(server: Server, sqlite_url: str) -> None:
    server.otherwise = shelf(lambda query: "Shelf")
    result = crawl(f"{server.base}/", sqlite_url, obey_robots=False)
    counts = result["counts"]
    assert MAX_VARIANTS < counts["canonicalised"] < 2 * MAX_VARIANTS + SHELF_PAGES
    assert counts["skipped/variant_trap"] > 100
    found = fetched(sqlite_url)
    assert {f"/shelf?page={n}" for n in range(2, SHELF_PAGES + 1)} <= set(found)
    assert {f"/goods/{n}" for n in range(1, SHELF_PAGES + 1)} <= set(found)
    assert {f"/shelf?{name}={value}" for name, values in FACETS.items() for value in values} <= set(found)

    again = crawl(f"{server.base}/", sqlite_url, obey_robots=False)["counts"]
    assert again["canonicalised"] == counts["canonicalised"]
    assert sorted(fetched(sqlite_url)) == sorted(found)
    engine = connect(sqlite_url)
    with reading(engine) as session:
        assert session.scalars(select(Change.id)).all() == []
    engine.dispose()


def test_a_site_that_names_the_wrong_page_is_read(server: Server, sqlite_url: str) -> None:
    """Each page has a title of its own, so that they are no variants, whatever the template says."""
    server.otherwise = shelf(lambda query: f"Post {query}")
    counts = crawl(f"{server.base}/", sqlite_url, obey_robots=False, max_queries_per_path=300)["counts"]
    assert "skipped/variant_trap" not in counts
    assert counts["pages"] > 300
    some = [f"/shelf?color={a}&size={b}" for a, b in product(FACETS["color"], FACETS["size"])]
    assert set(some) & set(fetched(sqlite_url))
