"""What a crawl may read, where it ends, and how it treats hosts: against real servers."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import brotli
import pytest
from crawl_server import Handler, Server, page, running
from crawls import ROOT, crawl, fetched, pages, result_of, start
from sqlalchemy import select

from core.records import PageState
from store.engine import connect, reading
from store.models import Crawl

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SECRET = "s3cret-4711"


@pytest.fixture
def other() -> Iterator[Server]:
    with running() as server:
        yield server


def text(server: Server, path: str, body: bytes, *, status: int = 200, **headers: str) -> None:
    server.answers[path] = lambda handler: handler.reply(body, status=status, content_type="text/plain", **headers)


# robots.txt


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        pytest.param(500, {"skipped/robots_unreachable": 1}, id="500"),
        pytest.param(503, {"skipped/robots_unreachable": 1}, id="503"),
        pytest.param(403, {"pages": 2}, id="403"),
        pytest.param(404, {"pages": 2}, id="404"),
    ],
)
def test_robots_txt_that_is_not_there(server: Server, sqlite_url: str, status: int, counts: dict[str, int]) -> None:
    text(server, "/robots.txt", b"User-agent: *\nDisallow: /a", status=status)
    server.html("/", "/a")
    server.html("/a")
    result = crawl(f"{server.base}/", sqlite_url)
    if "pages" in counts:
        assert result["counts"] == counts
    else:
        assert result["error"] == "CrawlError"
        assert "robots.txt cannot be read" in result["message"]
        assert "crawl.obey_robots" in result["message"]
        assert set(server.requests) == {"/robots.txt"}


@pytest.mark.parametrize("obey", [True, False])
def test_robots_txt_is_fetched_once_for_rules_and_sitemaps(server: Server, sqlite_url: str, *, obey: bool) -> None:
    text(server, "/robots.txt", f"Sitemap: {server.base}/map.txt\nCrawl-delay: 0".encode())
    text(server, "/map.txt", f"{server.base}/mapped".encode())
    for path in ("/", "/mapped"):
        server.html(path)
    result = crawl(f"{server.base}/", sqlite_url, sitemaps=True, obey_robots=obey)
    assert result["counts"]["pages"] == 2
    assert sorted(server.requests) == ["/", "/map.txt", "/mapped", "/robots.txt"]


def test_robots_txt_is_followed_through_redirects_and_read_up_to_its_limit(
    server: Server, other: Server, sqlite_url: str
) -> None:
    """Of 100 MB, sent from another host, the first 500 KiB count."""

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.end_headers()
        handler.wfile.write(b"User-agent: *\nDisallow: /secret\n")
        for sent in range(1000):
            handler.server.rows = sent  # type: ignore[attr-defined]
            handler.wfile.write(b"Disallow: /a\n".ljust(100_000, b"#") + b"\n")

    server.redirect("/robots.txt", f"{other.base}/1")
    other.redirect("/1", f"{other.base}/2")
    other.answers["/2"] = endless
    server.html("/", "/secret", "/b")
    server.html("/b")
    server.html("/secret")
    result = crawl(f"{server.base}/", sqlite_url, timeout_s=10)
    assert result["counts"] == {"pages": 2, "skipped/robots": 1}
    assert other.rows < 500  # type: ignore[attr-defined]


def test_crawl_delay_is_kept(server: Server, sqlite_url: str) -> None:
    text(server, "/robots.txt", b"User-agent: *\nCrawl-delay: 0.4")
    server.html("/", "/a", "/b", "/c", "/d")
    for path in "abcd":
        server.html(f"/{path}")
    started = time.monotonic()
    assert crawl(f"{server.base}/", sqlite_url, throttle=True)["counts"] == {"pages": 5}
    assert time.monotonic() - started >= 4 * 0.4


# Directives


def test_directives_and_refresh(server: Server, sqlite_url: str) -> None:
    server.answers["/"] = lambda handler: handler.reply(
        b'<meta http-equiv="refresh" content="0; url=/home"><a href="/meta"></a><a href="/header"></a>'
        b'<a href="/other-bot"></a><a href="/rel" rel="nofollow"></a>'
    )
    server.answers["/meta"] = lambda handler: handler.reply(
        b'<meta name="robots" content="nofollow, noai"><a href="/1"></a><a href="/2"></a><a href="/home"></a>'
    )
    server.answers["/header"] = lambda handler: handler.reply(
        page("/1", "/3", "http://elsewhere.invalid/"), X_Robots_Tag="otherbot: noindex, alt-audit: none, noimageindex"
    )
    server.answers["/other-bot"] = lambda handler: handler.reply(page("/2", "/4"), X_Robots_Tag="otherbot: nofollow")
    for path in ("/home", "/rel", "/1", "/2", "/3", "/4"):
        server.html(path)
    result = crawl(f"{server.base}/", sqlite_url)
    assert fetched(sqlite_url) == {"/", "/home", "/meta", "/header", "/other-bot", "/rel", "/2", "/4"}
    assert result["counts"] == {"pages": 8, "skipped/nofollow": 2, "marked/noai": 1, "marked/noimageindex": 1}
    stored = pages(sqlite_url)
    assert stored["/meta"].robots == ["nofollow", "noai"]
    assert stored["/header"].robots == ["none", "noimageindex"]
    assert stored["/other-bot"].robots == []


def test_directives_are_left_aside_on_demand(server: Server, sqlite_url: str) -> None:
    server.answers["/"] = lambda handler: handler.reply(page("/a"), X_Robots_Tag="nofollow")
    server.html("/a")
    assert crawl(f"{server.base}/", sqlite_url, obey_robots=False)["counts"] == {"pages": 2}


# Traps


def test_endless_spaces_come_to_an_end(server: Server, sqlite_url: str) -> None:
    """A calendar, session ids, filters, and a relative link that leads deeper and deeper."""

    def answer(handler: Handler) -> None:
        parts = urlsplit(handler.path)
        query = parse_qs(parts.query)
        if parts.path == "/calendar":
            month = int(query.get("month", ["0"])[0])
            links = [f"/calendar?month={month + 1}", f"/calendar?month={month - 1}"]
        elif parts.path == "/filter":
            links = [f"{handler.path}{'&' if parts.query else '?'}{name}={len(parts.query)}" for name in "abc"]
        elif parts.path.startswith("/deep"):
            links = ["next/"]
        else:
            links = [f"/{number}?PHPSESSID={len(handler.server.requests)}" for number in range(5)]
            links += ["/calendar", "/filter", "/deep/"]
        handler.reply(page(*links))

    server.otherwise = answer
    result = crawl(f"{server.base}/", sqlite_url, max_queries_per_path=40, obey_robots=False)
    kept = Counter(path.partition("?")[0].split("/")[1] for path in fetched(sqlite_url))
    assert kept == {"": 1, "calendar": 41, "filter": 41, "deep": 3, **{str(number): 1 for number in range(5)}}
    assert result["counts"]["skipped/query_trap"] >= 3
    assert result["counts"]["skipped/path_trap"] == 1
    assert not result["interrupted"]


def test_subdomains(server: Server, sqlite_url: str) -> None:
    """Played by one server as the proxy of every host."""
    server.otherwise = lambda handler: handler.reply(
        page("http://blog.shop.test/a", "http://shop.test/b", "http://shop.invalid/c")
    )
    result = result_of(
        start(["http://www.shop.test/"], sqlite_url, proxy=server.base, subdomains=True, obey_robots=False)
    )
    assert result["counts"] == {"pages": 3, "skipped/offsite": 1}
    assert set(server.requests) == {"http://www.shop.test/", "http://blog.shop.test/a", "http://shop.test/b"}


# Credentials


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        (f"basic:ann:{SECRET}", "Authorization", "Basic YW5uOnMzY3JldC00NzEx"),
        pytest.param(f"header:X-Staging:{SECRET}", "X-Staging", SECRET, marks=pytest.mark.slow),
        pytest.param(f"cookie:login={SECRET}", "Cookie", f"login={SECRET}", marks=pytest.mark.slow),
    ],
    ids=["basic", "header", "cookie"],
)
def test_credentials_go_to_the_start_urls_origin_alone(
    server: Server, other: Server, sqlite_url: str, auth: str, name: str, value: str
) -> None:
    """The real command, verbose, the secret in its environment; links, redirects, robots and sitemaps lead away."""
    text(server, "/robots.txt", f"Sitemap: {other.base}/sitemap.xml\nSitemap: {server.base}/map.xml".encode())
    text(server, "/map.xml", f"{server.base}/mapped\n{other.base}/mapped".encode())
    server.redirect("/start", f"{other.base}/home")  # so the other origin belongs to the site
    other.html("/home", f"{server.base}/a", "/b", f"http://ann:x@127.0.0.1:{server.port}/logged-in")
    server.answers["/a"] = lambda handler: handler.reply(page("/away"), Set_Cookie="seen=1; Path=/")
    server.redirect("/away", f"{other.base}/landed")
    other.redirect("/robots.txt", f"{server.base}/robots.txt?from=other")
    other.redirect("/b", f"{server.base}/c")
    for path in ("/c", "/mapped", "/logged-in"):
        server.html(path)
    for path in ("/landed", "/mapped"):
        other.html(path)
    environment = {key: kept for key, kept in os.environ.items() if not key.startswith("ALT_AUDIT")}
    environment |= {"PYTHONPATH": str(ROOT), "no_proxy": "*", "ALT_AUDIT_CRAWL__AUTH": auth}
    command = [
        sys.executable,
        "-m",
        "alt_audit",
        "--verbose",
        "crawl",
        f"{server.base}/start",
        "--database",
        sqlite_url,
    ]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=True)
    assert {path for path, _ in server.received} > {"/start", "/a", "/away", "/c", "/mapped", "/logged-in", "/map.xml"}
    assert {path for path, _ in other.received} >= {"/home", "/b", "/landed", "/robots.txt"}
    assert all(value in headers.get(name, "") for _, headers in server.received)
    assert any("seen=1" in headers.get("Cookie", "") for _, headers in server.received)
    encoded = value.rpartition(" ")[2]
    assert not any(encoded in str(headers) for _, headers in other.received)
    assert "Spider opened" in ran.stderr
    database = Path(sqlite_url.removeprefix("sqlite:///")).read_bytes().decode("latin-1")
    for secret in (SECRET, encoded):
        assert secret not in ran.stdout + ran.stderr
        assert secret not in database


# Hosts


def test_the_limit_holds_for_each_host_while_hosts_run_side_by_side(
    server: Server, other: Server, sqlite_url: str
) -> None:
    at_once: list[int] = []
    for each in (server, other):
        each.html("/", *(f"/{number}" for number in range(30)))
        for number in range(30):
            each.html(f"/{number}")
        each.delay_s = 0.1
        each.observe = lambda: at_once.append(server.under_way + other.under_way)
    seeds = [f"{server.base}/", f"http://localhost:{other.port}/"]
    assert result_of(start(seeds, sqlite_url, concurrency_per_host=3, throttle=True))["counts"] == {"pages": 62}
    assert (server.most_at_once, other.most_at_once) == (3, 3)
    assert max(at_once) == 6


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for_by_the_whole_host(server: Server, sqlite_url: str, form: str) -> None:
    busy_until: list[float] = []
    moments: list[float] = []

    def answer(handler: Handler) -> None:
        now = time.monotonic()
        moments.append(now)
        if not busy_until:
            busy_until.append(now + 1)
        if now < busy_until[0]:
            date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
            handler.reply(b"", status=503, Retry_After="1" if form == "seconds" else date)
        else:
            handler.reply(page("/a", "/b", "/c"))

    server.otherwise = answer
    assert crawl(f"{server.base}/", sqlite_url, obey_robots=False)["counts"] == {"pages": 4}
    assert moments[1] - moments[0] >= 0.95
    assert len(moments) == 5


def test_a_page_that_asks_for_too_much_patience_is_given_up(server: Server, sqlite_url: str) -> None:
    server.html("/", "/later", "/a")
    server.html("/a")
    server.answers["/later"] = lambda handler: handler.reply(b"", status=429, Retry_After="3600")
    assert crawl(f"{server.base}/", sqlite_url)["counts"] == {"pages": 2, "failed/retry_later": 1}
    assert server.requests.count("/later") == 1


def test_a_site_that_asks_for_too_much_patience_is_left_for_another_day(server: Server, sqlite_url: str) -> None:
    server.html("/", *(f"/{number}" for number in range(100)))
    server.otherwise = lambda handler: handler.reply(b"", status=503, Retry_After="3600")
    result = crawl(f"{server.base}/", sqlite_url, obey_robots=False)
    assert result["interrupted"]
    assert result["counts"]["pages"] == 1
    assert 10 <= result["counts"]["failed/retry_later"] < 40
    del server.answers["/"]
    server.otherwise = lambda handler: handler.reply(page())
    again = crawl(f"{server.base}/", sqlite_url, obey_robots=False)
    assert again["resumed"]
    assert again["counts"]["pages"] + result["counts"]["failed/retry_later"] == 100


# Sitemaps


def test_images_of_a_sitemap_that_no_page_shows_are_counted(server: Server, sqlite_url: str) -> None:
    images = "".join(f"<image:image><image:loc>/img/{name}.png</image:loc></image:image>" for name in "abc")
    body = f"<urlset xmlns:image='i'><url><loc>/page?kept=1</loc>{images}</url></urlset>".encode()
    server.redirect("/sitemap.xml", "/real.xml.gz")
    text(server, "/real.xml.gz", gzip.compress(gzip.compress(body)), Content_Encoding="gzip")
    server.html("/", images=("/img/a.png",))
    server.html("/page?kept=1", images=("/img/b.png",))
    result = crawl(f"{server.base}/", sqlite_url, sitemaps=True)
    assert result["counts"] == {"pages": 2, "sitemaps": 1, "sitemap_images": 3, "sitemap_images_not_on_pages": 1}
    engine = connect(sqlite_url)
    with reading(engine) as session:
        stats = session.scalars(select(Crawl.stats)).one()
    engine.dispose()
    assert stats["examples_not_on_pages"] == [f"{server.base}/img/c.png"]


# Answers without end, and the like


def _bombs() -> dict[str, bytes]:
    """300 MB in each encoding."""
    body = bytes(300_000_000)
    packed = gzip.compress(body)
    return {
        "gzip": packed,
        "deflate": zlib.compress(body),
        "br": brotli.compress(body, quality=5),
        "zstd": zstd.compress(body),
        "gzip, gzip": gzip.compress(packed),
    }


def test_bombs_are_neither_unpacked_nor_read(server: Server, sqlite_url: str) -> None:
    """As pages, with 2 MB allowed, and as sitemaps, which have 50 MiB."""
    bombs = _bombs()
    server.html("/", *(f"/{encoding.replace(', ', '-')}" for encoding in bombs), "/fine")
    for encoding, body in bombs.items():
        path = f"/{encoding.replace(', ', '-')}"
        server.answers[path] = lambda handler, body=body, encoding=encoding: handler.reply(
            body, Content_Encoding=encoding
        )
    fine = page("/")
    server.answers["/fine"] = lambda handler: handler.reply(zstd.compress(fine), Content_Encoding="zstd")
    text(server, "/robots.txt", f"Sitemap: {server.base}/bomb.xml.gz\nSitemap: {server.base}/bomb.xml".encode())
    text(server, "/bomb.xml.gz", bombs["gzip"])
    text(server, "/bomb.xml", bombs["br"], Content_Encoding="br")
    result = crawl(f"{server.base}/", sqlite_url, sitemaps=True, max_page_bytes=2_000_000, timeout_s=30)
    unread = {"sitemaps_unreadable": 1, "sitemaps_failed": 1}
    assert result["counts"] == {"pages": 2, "failed/too_large": len(bombs)} | unread
    assert result["peak_kib"] < 400_000


def _drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b" ")
        handler.server.closing.wait(0.3)


def _cut_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\n<p>ab\r\n")


def _garbage(handler: Handler) -> None:
    handler.wfile.write(b"\x00\x01 no HTTP at all\r\n\r\n")


def test_every_bad_ending_is_a_counted_failure(server: Server, sqlite_url: str) -> None:
    endings = {
        "/drip": (_drip, "timeout"),
        "/cut-chunks": (_cut_chunks, "cut_short"),
        "/too-long-length": (lambda handler: handler.reply(page(), length=5000), "cut_short"),
        "/no-gzip": (lambda handler: handler.reply(page(), Content_Encoding="gzip"), "download"),
        "/garbage": (_garbage, "connection"),
        "/login": (lambda handler: handler.reply(b"", status=401), "http_401"),
    }
    server.html("/", *endings, "/short-length", "/chain/0")
    for path, (answer, _) in endings.items():
        server.answers[path] = answer
    server.answers["/short-length"] = lambda handler: handler.reply(page("/unseen"), length=20)
    server.otherwise = lambda handler: handler.reply(
        b"", status=302, Location=f"/chain/{int(handler.path.rpartition('/')[2]) + 1}"
    )
    result = crawl(f"{server.base}/", sqlite_url, obey_robots=False, timeout_s=3.0, retries=0)
    stored = pages(sqlite_url)
    for path, (_, code) in endings.items():
        assert (stored[path].state, stored[path].failure) == (PageState.FAILED, code), path
    assert stored["/short-length"].state == PageState.FETCHED
    assert stored["/chain/10"].failure == "too_many_redirects"
    assert result["counts"]["failed/too_many_redirects"] == 11  # none of them leads anywhere
    assert "/chain/11" not in server.requests
