"""Whole crawls of a real site into a real database, each in a process of its own."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from crawl_server import Handler, Server, misbehave, page, running
from crawls import SLOWLY, counted, crawl, fetched, pages, result_of, start, wait_until
from sqlalchemy import select

from core.records import PageState, QueueState
from store.engine import connect, reading
from store.models import Crawl, Image, Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# One crawl over every misbehaviour, looked at from many sides.


@dataclass(frozen=True)
class Crawled:
    base: str
    summary: dict[str, Any]
    pages: dict[str, Page]
    images: dict[str, Image]
    requests: Counter[str]
    again: dict[str, Any]
    rows: dict[str, int]
    rows_again: dict[str, int]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Crawled]:
    path = tmp_path_factory.mktemp("crawl") / "audit.db"
    shutil.copy(sqlite_template, path)
    database = f"sqlite:///{path}"
    options = {"sitemaps": True, "max_page_bytes": 1_000_000, "timeout_s": 3.0}
    with running() as server:
        misbehave(server)
        summary = crawl(f"{server.base}/", database, **options)
        requests, stored, rows = Counter(server.requests), pages(database), counted(database)
        again = crawl(f"{server.base}/", database, **options)
        engine = connect(database)
        with reading(engine) as session:
            images = {image.url: image for image in session.scalars(select(Image))}
        engine.dispose()
        yield Crawled(server.base, summary, stored, images, requests, again, rows, counted(database))


@pytest.mark.parametrize(
    ("path", "state", "failure", "status", "requests"),
    [
        pytest.param("/", PageState.FETCHED, None, 200, 1, id="start page"),
        pytest.param("/ok", PageState.FETCHED, None, 200, 1, id="page linked often"),
        pytest.param("/ok?page=2", PageState.FETCHED, None, 200, 1, id="query variant"),
        pytest.param("/deep/20", PageState.FETCHED, None, 200, 1, id="deep"),
        pytest.param("/only-in-sitemap", PageState.FETCHED, None, 200, 1, id="sitemap only"),
        pytest.param("/missing", PageState.FAILED, "http_404", 404, 1, id="404"),
        pytest.param("/error", PageState.FAILED, "http_500", 500, 2, id="500, tried again"),
        pytest.param("/flaky", PageState.FETCHED, None, 200, 2, id="503, then a page"),
        pytest.param("/slow", PageState.FAILED, "timeout", None, 2, id="slow"),
        pytest.param("/cut-short", PageState.FAILED, "cut_short", None, 2, id="truncated"),
        pytest.param("/document", PageState.SKIPPED, "not_html", 200, 1, id="PDF without its ending"),
        pytest.param("/huge", PageState.FAILED, "too_large", None, 1, id="declared too large"),
        pytest.param("/huge-stream", PageState.FAILED, "too_large", None, 1, id="turns out too large"),
        pytest.param("/to-ok", PageState.SKIPPED, "redirect", 302, 1, id="redirect"),
        pytest.param("/loop/a", PageState.FAILED, "redirect_loop", 302, 1, id="redirect loop, one end"),
        pytest.param("/loop/b", PageState.FAILED, "redirect_loop", 302, 1, id="redirect loop, other end"),
        pytest.param("/self-loop", PageState.FAILED, "redirect_loop", 302, 4, id="redirects to itself for ever"),
        pytest.param("/cookie", PageState.FETCHED, None, 200, 2, id="redirects to itself for a cookie"),
        pytest.param("/away", PageState.SKIPPED, "redirect", 302, 1, id="redirect off the site"),
        pytest.param("/no-location", PageState.FAILED, "bad_redirect", 301, 1, id="redirect to nowhere"),
        pytest.param("/private/page", PageState.SKIPPED, "robots", None, 0, id="robots.txt"),
        pytest.param("/wrong-charset", PageState.FETCHED, None, 200, 1, id="charset that is none"),
    ],
)
def test_what_became_of_a_page(
    crawled: Crawled, path: str, state: PageState, failure: str | None, status: int | None, requests: int
) -> None:
    row = crawled.pages[path]
    assert (row.state, row.failure, row.status) == (state, failure, status)
    assert crawled.requests[path] == requests
    assert row.queued_crawl_id is None


def test_what_lies_off_the_site_is_neither_fetched_nor_stored(crawled: Crawled) -> None:
    assert crawled.requests["/elsewhere"] == 0
    assert all(row.url.startswith(crawled.base) for row in crawled.pages.values())
    assert crawled.summary["counts"]["skipped/offsite"] == 2


def test_files_are_not_fetched(crawled: Crawled) -> None:
    assert crawled.requests["/report.pdf"] == 0
    assert not [path for path in crawled.requests if path.startswith("/img/")]
    assert crawled.summary["counts"]["skipped/not_a_page"] == 1


def test_the_counts_add_up(crawled: Crawled) -> None:
    counts = Counter(crawled.summary["counts"])
    stored = Counter((row.state, row.failure) for row in crawled.pages.values())
    assert counts.pop("pages") == stored.pop((PageState.FETCHED, None))
    assert counts.pop("sitemaps") == 2
    assert counts.pop("sitemaps_unreadable") == 1
    assert counts.pop("sitemaps_not_found") == 1
    not_stored = {"skipped/offsite", "skipped/not_a_page"}
    assert {name: count for name, count in counts.items() if name not in not_stored} == {
        f"{state}/{failure}": count for (state, failure), count in stored.items()
    }


def test_progress_is_told_to_the_last_page(crawled: Crawled) -> None:
    read = [pages for pages, _ in crawled.summary["told"]]
    assert read == sorted(read)
    assert read[-1] == crawled.summary["counts"]["pages"]
    assert all(pages <= known for pages, known in crawled.summary["told"])


def test_images_are_stored_where_they_are(crawled: Crawled) -> None:
    port = int(crawled.base.rsplit(":", 1)[1])
    assert f"http://127.0.0.1:{port + 1}/img/other-port.png" in crawled.images
    assert f"{crawled.base}/img/a.png" in crawled.images
    assert f"{crawled.base}/img/a.png?v=2" in crawled.images
    assert {image.state for image in crawled.images.values()} == {QueueState.PENDING}


def test_depth_counts_links_from_the_start(crawled: Crawled) -> None:
    assert {path: crawled.pages[path].depth for path in ("/", "/ok", "/deep/1", "/deep/20")} == {
        "/": 0,
        "/ok": 1,
        "/deep/1": 1,
        "/deep/20": 20,
    }


def test_a_second_crawl_adds_no_rows_but_its_own(crawled: Crawled) -> None:
    assert not crawled.again["resumed"]
    assert crawled.again["counts"]["pages"] == crawled.summary["counts"]["pages"]
    assert crawled.rows_again == crawled.rows | {"crawls": 2}


# Options


def test_robots_txt_is_left_aside_on_demand(server: Server, sqlite_url: str) -> None:
    misbehave(server)
    server.html("/", "/private/page")
    summary = crawl(f"{server.base}/", sqlite_url, obey_robots=False)
    assert summary["counts"] == {"pages": 2}
    assert "/robots.txt" not in server.requests


def test_robots_txt_holds_for_all_that_start_at_once(server: Server, sqlite_url: str) -> None:
    misbehave(server)
    seeds = [f"{server.base}/{path}" for path in ("ok", "private/page", "private/other", "only-in-sitemap")]
    summary = result_of(start(seeds, sqlite_url, max_depth=0))
    assert summary["counts"]["skipped/robots"] == 2
    assert summary["counts"]["pages"] == 2
    assert not [path for path in server.requests if path.startswith("/private/")]


def test_include_exclude_and_depth(server: Server, sqlite_url: str) -> None:
    server.html("/", "/shop/1", "/shop/secret", "/blog/1")
    server.html("/shop/1", "/shop/2")
    server.html("/shop/2", "/shop/3")
    summary = crawl(f"{server.base}/", sqlite_url, include=["/shop/"], exclude=["secret$"], max_depth=2)
    assert fetched(sqlite_url) == {"/", "/shop/1", "/shop/2"}
    assert summary["counts"] == {
        "pages": 3,
        "skipped/not_included": 1,
        "skipped/excluded": 1,
        "skipped/max_depth": 1,
    }


def test_a_limit_of_pages_is_kept_to_the_page(server: Server, sqlite_url: str) -> None:
    server.html("/", *(f"/{number}" for number in range(30)))
    for number in range(30):
        server.html(f"/{number}")
    summary = crawl(f"{server.base}/", sqlite_url, limit_pages=7)
    assert not summary["interrupted"]
    assert summary["counts"]["pages"] == len(fetched(sqlite_url)) == 7
    left = [row for row in pages(sqlite_url).values() if row.state != PageState.FETCHED]
    assert {(row.state, row.failure, row.queued_crawl_id) for row in left} == {(PageState.SKIPPED, "page_limit", None)}


def test_a_site_that_changed(server: Server, database: str) -> None:
    """On both databases: an image that went, one that came, and a page that is gone."""
    server.html("/", "/about", images=("/img/a.png", "/img/b.png"))
    server.html("/about", images=("/img/a.png",))
    assert crawl(f"{server.base}/", database)["counts"] == {"pages": 2}
    server.html("/", "/about", images=("/img/a.png", "/img/c.png"))
    del server.answers["/about"]
    second = crawl(f"{server.base}/", database)
    assert second["counts"] == {"pages": 1, "failed/http_404": 1}
    engine = connect(database)
    with reading(engine) as session:
        query = (
            select(Page.url, Image.url, Occurrence.first_crawl_id, Occurrence.vanished_crawl_id)
            .join(Occurrence, Occurrence.page_id == Page.id)
            .join(Image, Image.id == Occurrence.image_id)
        )
        rows = {(p[len(server.base) :], i[len(server.base) :]): tuple(rest) for p, i, *rest in session.execute(query)}
    engine.dispose()
    assert rows == {
        ("/", "/img/a.png"): (1, None),
        ("/", "/img/b.png"): (1, 2),
        ("/", "/img/c.png"): (2, None),
        ("/about", "/img/a.png"): (1, 2),
    }


def test_a_start_page_that_redirects_to_another_host_takes_the_site_along(server: Server, sqlite_url: str) -> None:
    server.redirect("/start", f"http://localhost:{server.port}/home")
    server.html("/home", "/next")
    server.html("/next")
    summary = crawl(f"{server.base}/start", sqlite_url)
    assert summary["counts"] == {"pages": 2, "skipped/redirect": 1}


# Interruption


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["INT", "TERM", "KILL"])
def test_an_interrupted_crawl_goes_on_where_it_was(long_site: Server, sqlite_url: str, how: signal.Signals) -> None:
    everything = {"/"} | {f"/{number}" for number in range(40)}
    process = start([f"{long_site.base}/"], sqlite_url, **SLOWLY)
    wait_until(lambda: len(fetched(sqlite_url)) >= 5)  # what was asked for and is not stored, a kill may lose
    process.send_signal(how)
    if how is signal.SIGKILL:
        process.communicate(timeout=240)
    else:
        first = result_of(process)
        assert first["interrupted"]
        assert first["counts"]["pages"] == len(fetched(sqlite_url))
    kept = fetched(sqlite_url)
    assert "/" in kept
    assert len(kept) >= 5
    assert kept < everything

    long_site.forget()
    long_site.delay_s = 0
    second = crawl(f"{long_site.base}/", sqlite_url, **SLOWLY)
    assert second["resumed"]
    assert not second["interrupted"]
    assert fetched(sqlite_url) == everything
    assert counted(sqlite_url) == {"pages": 41, "images": 40, "occurrences": 40, "crawls": 1}
    asked = Counter(path for path in long_site.requests if path != "/robots.txt")
    assert asked == Counter(everything - kept)


def trouble_after(server: Server, pages: int, trouble: Callable[[Handler], None]) -> None:
    """Let a server answer well so many times, and then not any more."""
    left = iter(range(pages))

    def answer(handler: Handler, good: Callable[[Handler], None]) -> None:
        with server.lock:
            well = next(left, None) is not None
        (good if well else trouble)(handler)

    for path, good in list(server.answers.items()):
        server.answers[path] = partial(answer, good=good)


def test_a_ctrl_c_does_not_wait_for_a_pause_to_end(long_site: Server, sqlite_url: str) -> None:
    answers = dict(long_site.answers)
    trouble_after(long_site, 11, lambda handler: handler.reply(page(), status=429, Retry_After="60"))
    process = start([f"{long_site.base}/"], sqlite_url, concurrency_per_host=2)
    wait_until(lambda: len(long_site.requests) > 13)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    stopped_at = time.monotonic()
    first = result_of(process)
    assert time.monotonic() - stopped_at < 50
    assert first["interrupted"]
    assert set(first["counts"]) == {"pages"}
    long_site.answers = answers
    assert crawl(f"{long_site.base}/", sqlite_url)["counts"]["pages"] == 41 - first["counts"]["pages"]
    assert counted(sqlite_url)["pages"] == 41


def test_a_second_ctrl_c_gives_up_on_what_is_under_way_but_not_on_what_was_read(
    long_site: Server, sqlite_url: str
) -> None:
    trouble_after(long_site, 11, lambda handler: handler.server.closing.wait(30))
    process = start([f"{long_site.base}/"], sqlite_url, concurrency_per_host=2, timeout_s=60)
    wait_until(lambda: len(long_site.requests) > 13)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    first = result_of(process)
    assert (first["interrupted"], first["counts"]["pages"]) == (True, 11)
    assert len(fetched(sqlite_url)) == 11
    engine = connect(sqlite_url)
    with reading(engine) as session:
        assert session.scalars(select(Crawl.state)).all() == ["interrupted"]
    engine.dispose()


def test_nothing_is_asked_for_after_the_limit_of_pages(long_site: Server, sqlite_url: str) -> None:
    summary = crawl(f"{long_site.base}/", sqlite_url, limit_pages=5, delay_s=0.2, concurrency_per_host=4)
    assert (summary["counts"], summary["limited"]) == ({"pages": 5}, True)
    assert len([path for path in long_site.requests if path != "/robots.txt"]) <= 6


def test_no_more_requests_at_once_than_asked_for(long_site: Server, sqlite_url: str) -> None:
    assert crawl(f"{long_site.base}/", sqlite_url, concurrency_per_host=3)["counts"] == {"pages": 41}
    assert long_site.most_at_once == 3


def test_a_crawl_killed_time_and_again_comes_to_its_end(long_site: Server, sqlite_url: str) -> None:
    """At random moments after a batch was stored. What is stored stays, and is not fetched again."""
    everything = {"/"} | {f"/{number}" for number in range(40)}
    kills, moments = 0, random.Random(4711)
    while (kept := fetched(sqlite_url)) < everything:
        assert kills < 20
        long_site.forget()
        process = start([f"{long_site.base}/"], sqlite_url, **SLOWLY)
        wait_until(lambda kept=kept, process=process: fetched(sqlite_url) > kept or process.poll() is not None)
        time.sleep(moments.uniform(0, 0.3))
        process.kill()
        process.communicate(timeout=240)
        kills += 1
        assert kept <= fetched(sqlite_url)
        assert not kept & set(long_site.requests)
    assert kills >= 2
    assert counted(sqlite_url) == {"pages": 41, "images": 40, "occurrences": 40, "crawls": 1}


def test_fresh_starts_anew(long_site: Server, sqlite_url: str) -> None:
    process = start([f"{long_site.base}/"], sqlite_url, **SLOWLY)
    wait_until(lambda: len(long_site.requests) > 16)
    process.send_signal(signal.SIGINT)
    assert result_of(process)["interrupted"]
    long_site.delay_s = 0
    second = crawl(f"{long_site.base}/", sqlite_url, fresh=True)
    assert not second["resumed"]
    assert second["counts"] == {"pages": 41}
    assert counted(sqlite_url)["crawls"] == 2


# Failure


def test_a_site_without_anything_on_it_is_a_success(server: Server, sqlite_url: str) -> None:
    server.html("/")
    summary = crawl(f"{server.base}/", sqlite_url)
    assert (summary["counts"], summary["interrupted"]) == ({"pages": 1}, False)
    assert counted(sqlite_url) == {"pages": 1, "images": 0, "occurrences": 0, "crawls": 1}


def test_an_empty_body_is_an_empty_page(server: Server, sqlite_url: str) -> None:
    server.answers["/"] = lambda handler: handler.reply(b"")
    assert crawl(f"{server.base}/", sqlite_url)["counts"] == {"pages": 1}


def test_every_start_url_that_failed_is_explained(server: Server, sqlite_url: str) -> None:
    misbehave(server)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    advice = {
        "http://no-such-host.invalid/": "does not resolve. Check the spelling",
        refused: "Nothing listens there: the server refused the connection. Check host and port",
        f"{server.base}/slow": "took too long to answer. Run the audit again later, or raise crawl.timeout_s",
        f"{server.base}/missing": "nothing at this address (HTTP 404)",
        f"{server.base}/error": "failed to answer properly (HTTP 500)",
        f"{server.base}/document": "A crawl starts from a page, not from a file",
        f"{server.base}/cut-short": "closed the connection in the middle",
        f"{server.base}/huge": "larger than the audit accepts (crawl.max_page_bytes)",
        f"{server.base}/self-loop": "redirects to itself without end",
        f"{server.base}/no-location": "redirects to no usable address",
        f"{server.base}/private/page": "robots.txt asks crawlers to stay away",
    }
    result = result_of(start(list(advice), sqlite_url, max_page_bytes=1_000_000, timeout_s=3.0))
    assert result["error"] == "CrawlError"
    lines = dict(line.split(": ", 1) for line in result["message"].splitlines())
    assert lines.keys() == advice.keys()
    for url, text in advice.items():
        assert text in lines[url]


def test_start_urls_that_lead_each_other_astray(server: Server, sqlite_url: str) -> None:
    misbehave(server)
    result = result_of(start([f"{server.base}/loop/a"], sqlite_url))
    assert result["error"] == "CrawlError"
    assert "/loop/" in result["message"]
    assert "redirect" in result["message"]


@pytest.mark.parametrize("seed", ["ftp://127.0.0.1/", "http://", "http://[::1/", "no such address"])
def test_what_is_no_web_address_is_refused(sqlite_url: str, seed: str) -> None:
    result = result_of(start([seed], sqlite_url))
    assert result["error"] == "UsageError"
    assert "Write https://HOST/" in result["message"]


def test_a_store_that_fails_stops_the_crawl_and_keeps_what_it_has(long_site: Server, sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    process = start([f"{long_site.base}/"], sqlite_url, busy_timeout_s=0.2, **SLOWLY)
    wait_until(lambda: len(fetched(sqlite_url)) >= 5)
    lock = sqlite3.connect(path, isolation_level=None, timeout=240)
    try:
        lock.execute("BEGIN IMMEDIATE")
        before = fetched(sqlite_url)
        result = result_of(process)
    finally:
        lock.close()
    assert result["error"] == "StoreError"
    assert "is locked" in result["message"]
    assert len(long_site.requests) < 41
    assert fetched(sqlite_url) == before

    second = crawl(f"{long_site.base}/", sqlite_url)
    assert second["resumed"]
    assert len(fetched(sqlite_url)) == 41


def test_a_database_that_cannot_be_opened_is_explained(server: Server, tmp_path: Path) -> None:
    server.html("/")
    result = result_of(start([f"{server.base}/"], f"sqlite:///{tmp_path}/no/such/folder/audit.db"))
    assert result["error"] == "StoreError"
    assert "create the folder" in result["message"]
    assert "/" not in server.requests
