"""Style sheets in files of their own, in a crawl: asked for once, bounded, and not waited for without end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from crawl_server import Handler, Server, running
from crawls import crawl, fetched
from sqlalchemy import select

from store.engine import connect, reading
from store.models import Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = "<title>A</title><a href=/b>b</a><p class=hero>Spring</p><img class=off src=/old.png><img src=/new.png alt=New>"
SHEET = b".hero {background: url(../img/hero.jpg)} .off {display: none}"


def css(server: Server, path: str, text: bytes, content_type: str = "text/css") -> None:
    server.answers[path] = lambda handler: handler.reply(text, content_type=content_type)


def html(server: Server, path: str, markup: str) -> None:
    server.answers[path] = lambda handler: handler.reply(("<!doctype html>" + markup).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    """Two pages that name one sheet each other's way."""
    with running() as server:
        html(server, "/", f"<link rel=stylesheet href=/css/a.css>{BODY}")
        html(server, "/b", f"<link rel=stylesheet href=css/a.css>{BODY}")
        css(server, "/css/a.css", SHEET)
        yield server


def places(database: str) -> list[tuple[str, str | None, str | None, str]]:
    """(page, kind of place, why it is ignored or silent) of each."""
    engine = connect(database)
    with reading(engine) as session:
        query = select(Page.url, Occurrence.src, Occurrence.reason).join(Page, Page.id == Occurrence.page_id)
        found = [("/" + url.split("/", 3)[3], src, reason) for url, src, reason in session.execute(query)]
    engine.dispose()
    return sorted(found, key=str)


def test_sheets_are_read_once(server: Server, sqlite_url: str) -> None:
    counts = crawl(f"{server.base}/", sqlite_url)["counts"]
    assert server.requests.count("/css/a.css") == 1
    assert counts["sheets"] == 1
    for path in ("/", "/b"):
        on_page = {src: reason for page, src, reason in places(sqlite_url) if page == path}
        assert on_page[f"{server.base}/img/hero.jpg"] is not None
        assert on_page["/old.png"] == "not shown to assistive technology: hidden by a style sheet"
        assert on_page["/new.png"] is None
    assert fetched(sqlite_url) == {"/", "/b"}


def test_what_is_left_out_is_counted(server: Server, sqlite_url: str) -> None:
    names = ("//cdn.test/x.css", "/no/x.css", "/none.css", "/page.css", "/away.css", "/css/a.css", "/moved.css")
    html(server, "/", "".join(f"<link rel=stylesheet href={name}>" for name in names) + BODY)
    css(server, "/robots.txt", b"User-agent: *\nDisallow: /no/", "text/plain")
    css(server, "/page.css", b"<p>", "text/html")
    server.answers["/away.css"] = lambda handler: handler.reply(b"", status=302, Location="http://cdn.test/y.css")
    server.answers["/moved.css"] = lambda handler: handler.reply(b"", status=301, Location="/css/b.css")
    css(server, "/css/b.css", b"p {background: url(p.png)}")
    counts = crawl(f"{server.base}/", sqlite_url)["counts"]
    told = {name: number for name, number in counts.items() if name.startswith("sheets")}
    assert told == {"sheets": 2, "sheets_offsite": 2, "sheets_forbidden": 1, "sheets_failed": 2}
    assert "/no/x.css" not in server.requests
    assert "/css/p.png" not in server.requests


def test_sheets_ask_for_others(server: Server, sqlite_url: str) -> None:
    html(server, "/", f"<style>@import url(/css/top.css);</style>{BODY}")
    css(server, "/css/top.css", b"@import 'a.css'; @import 'top.css';")
    counts = crawl(f"{server.base}/", sqlite_url, max_depth=0)["counts"]
    assert counts["sheets"] == 2
    assert ("/", f"{server.base}/img/hero.jpg") in {(page, src) for page, src, _ in places(sqlite_url)}


def test_a_slow_sheet_holds_nothing_up(server: Server, sqlite_url: str) -> None:
    html(server, "/", "<link rel=stylesheet href=/slow.css><a href=/b>b</a><p class=hero>Spring</p>")

    def slowly(handler: Handler) -> None:
        server.closing.wait(12)
        handler.reply(SHEET, content_type="text/css")

    server.answers["/slow.css"] = slowly
    started = time.monotonic()
    counts = crawl(f"{server.base}/", sqlite_url)["counts"]
    assert (counts["pages"], counts["sheets_late"]) == (2, 1)
    assert time.monotonic() - started < 60
    css(server, "/slow.css", SHEET)
    again = crawl(f"{server.base}/", sqlite_url)["counts"]
    assert (again["pages"], again["unchanged"]) == (2, 1)  # the one that had to do without is read again
    assert ("/", f"{server.base}/img/hero.jpg") in {(page, src) for page, src, _ in places(sqlite_url)}
