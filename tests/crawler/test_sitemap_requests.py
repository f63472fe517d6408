"""Which sitemaps of a site are asked for, and what is said of those that are not read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from crawl_server import Server
from crawls import crawl, fetched

from tests.cli.conftest import Cli

OPEN = {"sitemaps": True, "allow_private": ["127.0.0.0/8"]}


def text(server: Server, path: str, body: str | bytes, status: int = 200) -> None:
    data = body.encode() if isinstance(body, str) else body
    server.answers[path] = lambda handler: handler.reply(data, status=status, content_type="text/plain")


def urlset(*urls: str) -> str:
    return "<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>"


def index(*urls: str) -> str:
    return "<sitemapindex>" + "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls) + "</sitemapindex>"


def hosts(server: Server, *names: str) -> list[str]:
    """The origins of hosts that all lead to the one server."""
    return [f"http://{name}:{server.port}" for name in names]


def test_a_sitemap_on_another_host_is_read_when_robots_txt_names_it(server: Server, sqlite_url: str) -> None:
    shop, files, other = hosts(server, "shop.test", "files.cdn.test", "other.test")
    for path in ("/", "/orphan", "/second"):
        server.html(path)
    text(server, "/robots.txt", f"Sitemap: {files}/shop/index.xml")
    text(server, "/shop/index.xml", index(f"{files}/shop/one.xml", f"{other}/two.xml"))
    text(server, "/shop/one.xml", urlset(f"{shop}/orphan", f"{other}/theirs"))
    text(server, "/two.xml", urlset(f"{shop}/second"))
    names = {name: [["127.0.0.1"]] for name in ("shop.test", "files.cdn.test", "other.test")}
    result = crawl(f"{shop}/", sqlite_url, names=names, **OPEN)
    assert fetched(sqlite_url) == {"/", "/orphan"}
    assert "/theirs" not in server.requests
    assert "/two.xml" not in server.requests
    assert result["counts"]["skipped/offsite"] == 1
    assert result["counts"]["sitemaps_left_out"] == 1
    assert result["sitemaps_unread"] == {f"{other}/two.xml": "elsewhere"}


def test_an_index_of_the_site_alone_leads_to_no_other_host(server: Server, sqlite_url: str) -> None:
    shop, other = hosts(server, "shop.test", "other.test")
    server.html("/")
    text(server, "/sitemap.xml", index(f"{other}/two.xml"))
    text(server, "/two.xml", urlset(f"{shop}/orphan"))
    names = {name: [["127.0.0.1"]] for name in ("shop.test", "other.test")}
    result = crawl(f"{shop}/", sqlite_url, names=names, **OPEN)
    assert "/two.xml" not in server.requests
    assert result["sitemaps_unread"] == {f"{other}/two.xml": "elsewhere"}


def test_a_sitemap_that_redirects_to_another_host_is_read(server: Server, sqlite_url: str) -> None:
    shop, files = hosts(server, "shop.test", "files.cdn.test")
    for path in ("/", "/orphan"):
        server.html(path)
    server.redirect("/sitemap.xml", f"{files}/shop.xml.gz")
    text(server, "/shop.xml.gz", gzip.compress(urlset(f"{shop}/orphan").encode()))
    names = {name: [["127.0.0.1"]] for name in ("shop.test", "files.cdn.test")}
    crawl(f"{shop}/", sqlite_url, names=names, **OPEN)
    assert fetched(sqlite_url) == {"/", "/orphan"}


def test_a_circle_of_redirects_ends(server: Server, sqlite_url: str) -> None:
    server.html("/")
    text(server, "/robots.txt", f"Sitemap: {server.base}/map/0")
    for number in range(50):
        server.redirect(f"/map/{number}", f"/map/{number + 1}")
    result = crawl(f"{server.base}/", sqlite_url, sitemaps=True)
    assert len([path for path in server.requests if path.startswith("/map/")]) == 11
    assert result["sitemaps_unread"] == {f"{server.base}/map/10": "redirects"}


BROKEN = [
    (200, "<!DOCTYPE html><title>Shop</title><p>Hello", "no_sitemap", "something else than a sitemap"),
    (200, " \n", "empty", "the answer is empty"),
    (200, b"\x1f\x8b\x08nothing", "damaged", "cannot be unpacked"),
    (200, urlset("/a", "/b")[:-30], "cut_short", "its end is missing"),
    (200, urlset("/a", "mailto:ann@shop.test"), "no_address", "are no web address"),
    (403, "No", "http_403", "HTTP 403"),
    (404, "No", "http_404", "HTTP 404"),
    (500, "No", "http_500", "failed to answer"),
]


def test_sitemaps_that_are_not_read_are_named_with_the_reason(server: Server, tmp_path: Path) -> None:
    server.html("/")
    urls = [f"{server.base}/maps/{number}.xml" for number in range(len(BROKEN))]
    text(server, "/robots.txt", "".join(f"Sitemap: {url}\n" for url in urls))
    for number, (status, body, _, _) in enumerate(BROKEN):
        text(server, f"/maps/{number}.xml", body, status)
    cli = Cli(tmp_path)
    done = cli("crawl", f"{server.base}/", ALT_AUDIT_CRAWL__RETRIES="0", ALT_AUDIT_CRAWL__THROTTLE="false")
    assert done.code == 0, done.err
    status = cli("status").out
    for url, (_, _, _, said) in zip(urls, BROKEN, strict=True):
        for output in (done.err, status):
            [line] = [line for line in output.splitlines() if url in line]
            assert said in line
    numbers = json.loads(cli("status", "--format", "json").out)
    assert numbers["sitemaps_unread"] == {url: code for url, (_, _, code, _) in zip(urls, BROKEN, strict=True)}


def test_nothing_is_said_of_a_sitemap_that_nobody_names_and_that_is_not_there(server: Server, sqlite_url: str) -> None:
    server.html("/")
    result = crawl(f"{server.base}/", sqlite_url, sitemaps=True)
    assert "/sitemap.xml" in server.requests
    assert result["counts"]["sitemaps_not_found"] == 1
    assert result["sitemaps_unread"] == {}
