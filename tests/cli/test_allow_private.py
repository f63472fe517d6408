"""Which addresses the commands connect to. 0.0.0.0, which is let through, plays the public web."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from alt_audit.download import download
from core.errors import AltAuditError
from crawler.crawl_options import CrawlOptions
from tests.captioning.images import jpeg
from tests.names import Names

PAGE = b'<html lang=en><title>Page</title><h1>Page</h1><img src="/a.jpg"><img src="//127.0.0.1:%d/b.jpg">'


@pytest.fixture
def site():
    """A page with an image of its own and one on loopback, whose /away leads to where `site.away` says."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            server.requests.append(self.path)
            if self.path.endswith("/away"):
                self.send_response(302)
                self.send_header("Location", server.away)
                self.end_headers()
                return
            picture = self.path.endswith(".jpg")
            self.send_response(200 if picture or self.path == "/" else 404)
            self.send_header("Content-Type", "image/jpeg" if picture else "text/html")
            self.end_headers()
            self.wfile.write(jpeg(ord(self.path[1]), (30, 30)) if picture else PAGE % server.server_port)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.away = ""
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def public(site, path: str = "/") -> str:
    return f"http://0.0.0.0:{site.server_port}{path}"


PUBLIC = CrawlOptions(allow_private=["0.0.0.0"], timeout_s=5)


@pytest.mark.parametrize(
    ("host", "as_browsers_write_it"),
    [
        ("0.0.0.0", "0.0.0.0"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
    ],
)
def test_check_reads_the_very_address_it_is_given(site, host, as_browsers_write_it):
    url, body, _ = download(f"http://{host}:{site.server_port}/", CrawlOptions())
    assert url == f"http://{as_browsers_write_it}:{site.server_port}/"
    assert b"<h1>" in body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "inside.test", "[::1]"])
def test_check_follows_no_redirect_to_an_address_that_is_not_public(site, host, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", Names({"inside.test": [["127.0.0.1"]]}).getaddrinfo)
    site.away = f"http://{host}:{site.server_port}/"
    with pytest.raises(AltAuditError, match=r"leads where no connection is made: .*--allow-private"):
        download(public(site, "/away"), PUBLIC)
    assert site.requests == ["/away"]


def test_check_connects_to_what_was_checked(site, monkeypatch):
    """Nobody is asked again between the check of an address and the connection to it."""
    names = Names({"shop.test": [["0.0.0.0"], ["127.0.0.1"]]})
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    assert b"<h1>" in download(f"http://shop.test:{site.server_port}/", PUBLIC)[1]
    assert names.asked == ["shop.test"]


def test_check_of_a_name_that_is_private_says_which_option_opens_it(site, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", Names({"inside.test": [["127.0.0.1"]]}).getaddrinfo)
    with pytest.raises(
        AltAuditError, match=r"inside\.test is at 127\.0\.0\.1 \(loopback\).*--allow-private 127\.0\.0\.1/32"
    ):
        download(f"http://inside.test:{site.server_port}/", PUBLIC)
    assert site.requests == []


@pytest.mark.parametrize(
    "target", ["ftp://127.0.0.1:%d/x", "ftp://0.0.0.0:%d/x", "file:///etc/passwd", "data:text/html,x"]
)
def test_check_follows_redirects_to_web_addresses_alone(site, target):
    site.away = target % site.server_port if "%d" in target else target
    with pytest.raises(AltAuditError, match="which is no web address"):
        download(public(site, "/away"), PUBLIC)
    assert site.requests == ["/away"]


def test_check_over_a_proxy_asks_for_no_private_address_in_numbers(site, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{site.server_port}")  # the operator's choice, and no question
    monkeypatch.delenv("no_proxy", raising=False)
    site.away = "http://127.1/admin"
    with pytest.raises(AltAuditError, match="leads where"):
        download("http://shop.test/away", CrawlOptions())
    assert site.requests == ["http://shop.test/away"]


def test_run_captions_where_it_starts_and_where_it_is_let(cli, site):
    def failures(*options: str) -> dict[str, int]:
        result = cli("run", public(site), "--model", "builtin", "--database", f"sqlite:///{len(options)}.db", *options)
        assert result.code == 0, result.err
        found = json.loads(cli("status", "--database", f"sqlite:///{len(options)}.db", "--format", "json").out)
        return found["failures"]

    assert failures() == {"fetch/private_address": 1}
    assert "/b.jpg" not in site.requests
    assert failures("--allow-private", "10.0.0.0/8", "--allow-private", "127.0.0.0/8") == {}


@pytest.mark.slow
def test_a_site_on_loopback_has_its_images_captioned(cli, site):
    result = cli("run", f"http://127.0.0.1:{site.server_port}/", "--model", "builtin")
    assert result.code == 0, result.err
    assert "A start URL names 127.0.0.0/8" in result.err
    assert json.loads(cli("status", "--format", "json").out)["failures"] == {}


def test_a_network_that_is_none_is_a_usage_error(cli):
    result = cli("crawl", "http://example.com/", "--allow-private", "10.0.0.1/8")
    assert result.code == 2
    assert "crawl.allow_private.0: 10.0.0.1/8 has host bits set" in result.err
