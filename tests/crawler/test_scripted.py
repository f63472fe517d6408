"""Pages that scripts build say so; small pages with a text of their own, and frames, do not."""

from __future__ import annotations

import pytest
from crawl_server import running
from crawls import crawl

from crawler.page.parse import parse_page

URL = "https://shop.test/page"
SHELL = "<!doctype html><title>Shop</title><div id=root></div><script type=module src=/app.js></script>"


def built_by_script(markup: str) -> bool:
    return parse_page(URL, markup.encode(), "text/html; charset=utf-8").built_by_script


@pytest.mark.parametrize(
    "markup",
    [
        SHELL,
        "<script src=/app.js></script>",
        "<body><app-root></app-root><script src=/main.js></script>",
        "<body><div id=app><p class=spinner>Loading…</p></div><script>start()</script>",
        "<body><div>Wird geladen ...</div><script src=/a.js></script>",
        "<body><noscript>You need to enable JavaScript to run.</noscript><div id=r></div><script src=a></script>",
        "<body><noscript>Bitte aktivieren Sie JavaScript.</noscript><h1>Shop</h1><img src=/splash.svg alt=Shop>"
        "<a href=/>Shop</a><script src=/a.js></script>",
        SHELL
        + "<noscript><iframe src=//tags.test/x></iframe></noscript><noscript><img src=//count.test/1.gif></noscript>",
        SHELL + "<iframe style='display: none' src=/frame></iframe><style>p {color: red}</style><svg></svg>",
    ],
)
def test_built_by_script(markup: str) -> None:
    assert built_by_script(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<div id=root></div>",
        "<h1>It works!</h1><script src=//count.test/a.js></script>",
        "<p>Parked.</p><div id=comments></div><script>count()</script>",
        "<p>Under construction</p><script src=/a.js></script>",
        "<img src=/poster.jpg alt='Back soon'><script src=/a.js></script>",
        "<a href=/de>Deutsch</a><a href=/en>English</a><script src=/a.js></script>",
        "<script src=/a.js></script><frameset><frame src=/menu></frameset>",
        "<iframe src=/shop></iframe><script src=/a.js></script>",
        "<form><input name=q></form><script src=/a.js></script>",
        "<video src=/film.mp4></video><script src=/a.js></script>",
        "<div></div><script type=application/ld+json>{}</script>",
        "<meta http-equiv=refresh content='0; url=/shop'><script src=/a.js></script>",
        "<noscript>JavaScript</noscript><p>" + "A page that says something. " * 10 + "<script src=/a.js></script>",
        "",
    ],
)
def test_not_built_by_script(markup: str) -> None:
    assert not built_by_script(markup)


def test_the_summary_says_so(sqlite_url: str) -> None:
    with running() as server:
        server.answers["/"] = lambda handler: handler.reply(SHELL.encode())
        counts = crawl(f"{server.base}/", sqlite_url)["counts"]
        assert counts["marked/built_by_script"] == 1
        server.html("/")
        assert "marked/built_by_script" not in crawl(f"{server.base}/", sqlite_url)["counts"]
