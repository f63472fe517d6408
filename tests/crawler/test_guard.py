"""Where a crawl may connect to: real crawls of a server on loopback.

0.0.0.0 leads to the same server. Where it is let through and loopback is not, it plays the public web.
"""

from __future__ import annotations

import pytest
from crawl_server import Server, running
from crawls import crawl, fetched, pages, result_of, start
from sqlalchemy import select

from crawler.middlewares.address_guard import _proxies
from store.engine import connect, reading, writing
from store.models import Crawl, Image
from store.queue import claim

PUBLIC = {"allow_private": ["0.0.0.0/32"]}


def public(server: Server) -> str:
    return f"http://0.0.0.0:{server.port}"


def failures(database: str) -> dict[str, str | None]:
    return {row.url: row.failure for row in pages(database).values() if row.failure not in {None, "redirect"}}


def networks(database: str) -> list[str] | None:
    engine = connect(database)
    with reading(engine) as session:
        found = session.scalars(select(Crawl.networks).order_by(Crawl.id.desc()).limit(1)).one()
    engine.dispose()
    return found


SPELT = [
    "127.0.0.1", "127.1", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "localhost", "inside.test", "inside.test.",
    "169.254.169.254", "[fd00:ec2::254]", "10.0.0.5", "user@127.0.0.2", "0.0.0.0@127.0.0.3",
]  # fmt: skip


def test_no_redirect_leads_to_an_address_that_is_not_public(server, sqlite_url):
    seeds = [f"{public(server)}/to/{number}" for number in range(len(SPELT))]
    for number, host in enumerate(SPELT):
        server.redirect(f"/to/{number}", f"http://{host}:{server.port}/admin/{number}")
        server.html(f"/admin/{number}")
    names = {"inside.test": [["127.0.0.1"]], "inside.test.": [["127.0.0.1"]]}
    result = result_of(start(seeds, sqlite_url, names=names, obey_robots=False, **PUBLIC))
    assert result["error"] == "CrawlError"
    assert "--allow-private" in result["message"]
    assert sorted(server.requests) == sorted(f"/to/{number}" for number in range(len(SPELT)))
    refused = failures(sqlite_url)
    assert len(refused) == len(SPELT)
    assert set(refused.values()) == {"address_refused"}


def test_robots_txt_and_sitemaps_lead_nowhere_else(server, sqlite_url):
    server.html("/", "/page")
    server.html("/page")
    server.html("/secret")
    server.redirect("/robots.txt", f"http://127.0.0.1:{server.port}/secret")
    result = crawl(f"{public(server)}/", sqlite_url, sitemaps=True, **PUBLIC)
    assert result["error"] == "CrawlError"
    assert set(server.requests) == {"/robots.txt"}
    assert failures(sqlite_url) == {f"{public(server)}/": "address_refused"}


def test_a_sitemap_that_redirects_is_left(server, sqlite_url):
    server.html("/")
    server.html("/secret")
    server.answers["/robots.txt"] = lambda handler: handler.reply(b"Sitemap: /map.xml", content_type="text/plain")
    server.redirect("/map.xml", f"http://inside.shop.test:{server.port}/secret")
    names = {"shop.test": [["0.0.0.0"]], "inside.shop.test": [["127.0.0.1"]]}
    crawl(f"http://shop.test:{server.port}/", sqlite_url, sitemaps=True, subdomains=True, names=names, **PUBLIC)
    assert "/map.xml" in server.requests
    assert "/secret" not in server.requests
    assert fetched(sqlite_url) == {"/"}


def test_a_start_name_that_turns_private_is_refused(server, sqlite_url):
    server.html("/", "/second", "/third")
    server.html("/second")
    server.html("/third")
    names = {"shop.test": [["0.0.0.0"], ["127.0.0.1"]]}
    result = crawl(f"http://shop.test:{server.port}/", sqlite_url, names=names, obey_robots=False, **PUBLIC)
    assert server.requests == ["/"]
    assert result["counts"]["failed/address_refused"] == 2
    assert networks(sqlite_url) == []


def test_asking_for_changes_is_guarded_as_well(server, sqlite_url):
    server.answers["/"] = lambda handler: handler.reply(b"<title>A</title>", ETag='"1"')
    seed = f"http://shop.test:{server.port}/"
    crawl(seed, sqlite_url, names={"shop.test": [["0.0.0.0"]]}, **PUBLIC)
    server.forget()
    # The first question is for robots.txt, the second one for whether the page has changed.
    result = crawl(seed, sqlite_url, names={"shop.test": [["0.0.0.0"], ["127.0.0.1"]]}, **PUBLIC)
    assert result["error"] == "CrawlError"
    assert server.requests == ["/robots.txt"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_a_site_that_is_not_public_is_read_when_the_crawl_starts_there(server, sqlite_url, host):
    server.html("/", "/page", images=(f"http://127.0.0.1:{server.port}/a.png", "http://10.0.0.5/b.png"))
    server.html("/page")
    result = crawl(f"http://{host}:{server.port}/", sqlite_url)
    assert fetched(sqlite_url) == {"/", "/page"}
    opened = ["127.0.0.0/8", "::1/128"] if host == "localhost" else ["127.0.0.0/8"]
    assert result["networks"] == networks(sqlite_url) == opened
    engine = connect(sqlite_url)
    with writing(engine) as session:
        assert {image.networks for image in claim(session, "worker", 10, 60)} == {frozenset(opened)}
        assert len(session.scalars(select(Image)).all()) == 2
    engine.dispose()


def test_a_start_name_that_is_private_is_refused_and_the_option_said(server, sqlite_url):
    """Also when it was private from the start: its owner could lead it there before any nightly run."""
    server.html("/", "/page")
    names = {"intranet.test": [["127.0.0.1"]]}
    seed = f"http://intranet.test:{server.port}/"
    result = crawl(seed, sqlite_url, names=names)
    assert result["error"] == "CrawlError"
    assert "intranet.test is at 127.0.0.1 (loopback)" in result["message"]
    assert "--allow-private 127.0.0.1/32" in result["message"]
    assert server.requests == []
    assert networks(sqlite_url) in ([], None)
    server.html("/page")
    crawl(seed, sqlite_url, names=names, allow_private=["127.0.0.1/32"])
    assert fetched(sqlite_url) == {"/", "/page"}
    assert networks(sqlite_url) == []


def test_lines_of_a_list_open_nothing(server, sqlite_url):
    server.html("/a")
    options = {"listed": True, "max_depth": 0, "obey_robots": False}
    result = crawl(server.base + "/a", sqlite_url, **options)
    assert result["error"] == "CrawlError"
    assert "--allow-private 127.0.0.1/32" in result["message"]
    assert server.requests == []


def test_ipv6_addresses_are_read_where_they_may_be(sqlite_url):
    import socket

    class Server6(Server):
        address_family = socket.AF_INET6

    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with running("::1", Server6) as server:
        server.html("/", "/page")
        server.html("/page")
        crawl(f"http://[::1]:{server.port}/", sqlite_url)
        assert fetched(sqlite_url) == {"/", "/page"}
        assert networks(sqlite_url) == ["::1/128"]
        server.forget()
        seed = f"http://six.test:{server.port}/"  # a host without an IPv4 address
        crawl(seed, sqlite_url, names={"six.test": [["::1"]]}, allow_private=["::1"])
        assert server.requests == ["/robots.txt", "/", "/page"]


def test_a_crawl_over_a_proxy_asks_it_for_no_private_address_in_numbers(server, sqlite_url):
    server.answers["http://shop.test/"] = lambda handler: handler.reply(b"", status=302, Location="http://0x7f.1/admin")
    result = crawl("http://shop.test/", sqlite_url, proxy=server.base, obey_robots=False)
    assert result["error"] == "CrawlError"
    assert server.requests == ["http://shop.test/"]
    assert "address_refused" in failures(sqlite_url).values()


def test_proxies_are_known_by_host_and_port_and_nothing_else_is_one(monkeypatch):
    for name, value in {"http": "proxy.corp:3128", "https": "http://u:p@127.0.0.1", "no": "127.0.0.1,::1"}.items():
        monkeypatch.setenv(f"{name}_proxy", value)
    monkeypatch.setenv("all_proxy", "socks5://10.0.0.1:1080")
    assert _proxies() == {("proxy.corp", 3128), ("proxy.corp", 0), ("127.0.0.1", 80), ("127.0.0.1", 0)}


def test_a_proxy_on_loopback_opens_nothing_else_there(server, sqlite_url, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.answers["http://shop.test/"] = lambda handler: handler.reply(
        b"", status=302, Location=f"http://127.0.0.1:{other.port}/admin"
    )
    with running() as other:
        result = crawl("http://shop.test/", sqlite_url, proxy=server.base, obey_robots=False)
        assert result["error"] == "CrawlError"
        assert other.requests == []
    assert "address_refused" in failures(sqlite_url).values()
