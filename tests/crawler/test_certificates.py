"""Certificates that nobody vouches for: what is read over such connections, and what is sent."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from crawl_server import Server, running
from crawls import crawl, fetched, pages

from tests.tls import self_signed, server_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "s3cret4711"


@contextmanager
def over_tls(certificate: Path) -> Iterator[Server]:
    class TlsServer(Server):
        def __init__(self, address: str = "127.0.0.1") -> None:
            super().__init__(address)
            self.base = self.base.replace("http:", "https:")
            self.socket = server_context(certificate).wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that do not trust us hang up."""

    with running(kind=TlsServer) as server:
        server.html("/", "/page")
        server.html("/page")
        yield server


def failures(database: str) -> set[str | None]:
    return {row.failure for row in pages(database).values()}


@pytest.mark.parametrize(
    ("names", "expired", "reason"),
    [
        (["127.0.0.1"], False, "self-signed certificate"),
        (["127.0.0.1"], True, "certificate has expired"),
        (["other.test"], False, "self-signed certificate"),
    ],
    ids=["self-signed", "expired", "other name"],
)
@pytest.mark.parametrize("auth", [None, f"basic:ann:{SECRET}"], ids=["open", "with credentials"])
def test_a_bad_certificate_is_said_and_nothing_is_sent(tmp_path, sqlite_url, monkeypatch, names, expired, reason, auth):
    certificate = self_signed(tmp_path, *names, expired=expired)
    if expired:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with over_tls(certificate) as server:
        result = crawl(server.base + "/", sqlite_url, auth=auth)
        assert result["error"] == "CrawlError"
        assert f"127.0.0.1:{server.port} could not be verified ({reason})" in result["message"]
        assert "--insecure" in result["message"]
        assert server.requests == []
    assert failures(sqlite_url) == {"certificate"}


def test_a_name_that_the_certificate_is_not_for(tmp_path, sqlite_url, monkeypatch):
    certificate = self_signed(tmp_path, "other.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with over_tls(certificate) as server:
        result = crawl(server.base + "/", sqlite_url)
        assert "IP address mismatch" in result["message"]
        assert server.requests == []


def test_insecure_reads_it_all_the_same(tmp_path, sqlite_url):
    with over_tls(self_signed(tmp_path, "127.0.0.1")) as server:
        crawl(server.base + "/", sqlite_url, auth=f"basic:ann:{SECRET}", insecure=True)
        assert fetched(sqlite_url) == {"/", "/page"}
        assert all("Authorization" in headers for _, headers in server.received)
        server.answers["/page"] = lambda handler: handler.reply(b"<p>changed")
        crawl(server.base + "/", sqlite_url, auth=f"basic:ann:{SECRET}", insecure=True)


def test_one_that_is_trusted_is_no_matter(tmp_path, sqlite_url, monkeypatch):
    certificate = self_signed(tmp_path, "127.0.0.1", "shop.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with over_tls(certificate) as server:
        result = crawl(server.base + "/", sqlite_url, auth=f"basic:ann:{SECRET}")
        assert fetched(sqlite_url) == {"/", "/page"}
        assert result["refusals"] == []
        seed = f"https://shop.test:{server.port}/"
        crawl(seed, sqlite_url, names={"shop.test": [["127.0.0.1"]]}, allow_private=["127.0.0.1"], auth="basic:a:b")
        assert server.received[-1][1]["Host"] == f"shop.test:{server.port}"


@pytest.mark.browser
@pytest.mark.skipif(not any(map(shutil.which, ("chromium", "google-chrome"))), reason="Chromium is not installed")
@pytest.mark.parametrize("auth", [None, f"basic:ann:{SECRET}"], ids=["open", "with credentials"])
def test_rendered_pages_load_what_is_theirs_with_insecure(tmp_path, sqlite_url, auth):
    with over_tls(self_signed(tmp_path, "127.0.0.1")) as server:
        server.answers["/"] = lambda handler: handler.reply(b"<title>A</title><script src=/a.js></script>")
        server.answers["/a.js"] = lambda handler: handler.reply(b"", content_type="text/javascript")
        crawl(server.base + "/", sqlite_url, render=[".*"], insecure=True, auth=auth)
        assert "/a.js" in server.requests
