"""Which site a command speaks of, and that it says so."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager

import pytest

from core.identity.urls import site_of
from tests.crawler.crawl_server import running

QUICK = {"ALT_AUDIT_CRAWL__RETRIES": "0", "ALT_AUDIT_CRAWL__THROTTLE": "false", "ALT_AUDIT_CRAWL__SITEMAPS": "false"}


@contextmanager
def elsewhere():
    """A server that goes by a name, and so is not of the domain of one that goes by its number."""
    with running() as server:
        server.base = f"http://localhost:{server.port}"
        yield server


@pytest.fixture
def dead() -> str:
    """An address at which nothing answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


def test_a_host_that_answers_nothing_is_never_the_default_site(cli, dead):
    with running() as server:
        server.html("/", images=("/a.png",))
        name = site_of(server.base)
        assert cli("crawl", server.base, **QUICK).code == 0
        assert cli("crawl", server.base, **QUICK).code == 0
        assert cli("crawl", dead, **QUICK).code == 1
    typed = site_of(dead)
    done = cli("report")
    assert done.code == 0, done.err
    assert f"reports-out/{name.replace(':', '_')}/index.html" in done.out
    assert f"Report of {name}." in done.err
    done = cli("diff")
    assert f"crawl 2 of {name}" in done.out
    assert f"Changes of {name}." in done.err
    assert name in cli("status").out.splitlines()[0]
    assert typed not in cli("status").out
    told = json.loads(cli("status", "--format", "json").out)
    assert (told["site"], told["sites"]) == (None, [name])
    assert cli("status", "--site", typed).out.startswith(typed)  # it is there for whoever asks for it


def test_a_store_of_which_no_page_was_read_has_no_default_site(cli, dead):
    assert cli("crawl", dead, **QUICK).code == 1
    done = cli("report")
    assert done.code == 2
    assert f"no page was read into sqlite:///alt-audit.db yet (of {site_of(dead)})" in done.err
    assert "No page was read yet" in cli("status").out


def test_a_site_that_is_down_today_stays_behind_the_one_that_was_read_after_it(cli):
    with running() as a, elsewhere() as b:
        for server in (a, b):
            server.html("/", images=("/a.png",))
            assert cli("crawl", server.base, **QUICK).code == 0
        seed, names = a.base, (site_of(b.base), site_of(a.base))
    assert cli("crawl", seed, **QUICK).code == 1
    done = cli("report")
    assert f"Report of {names[0]}, the site crawled last. --site NAME takes another: {names[1]}." in done.err
    assert cli("report", "--site", names[1]).err == f"Report of {names[1]}.\n"
    assert cli("status").out.startswith(f"2 sites: {names[0]}, {names[1]}")


@pytest.mark.slow
def test_start_urls_of_two_domains_are_two_sites(cli, tmp_path):
    with running() as a, elsewhere() as b:
        for server, other in ((a, b), (b, a)):
            server.html("/", "/two", f"{other.base}/three", images=("/a.png",))
            server.html("/two", images=("/b.png",))
            server.html("/three")
        done = cli("crawl", f"{a.base}/", f"{b.base}/", **QUICK)
        assert done.code == 0, done.err
        assert "The start URLs are of 2 domains (127.0.0.1, localhost): each is a site of its own" in done.err
        for server in (a, b):
            told = json.loads(cli("status", "--site", site_of(server.base), "--format", "json").out)
            assert (told["pages"], told["images"]) == (3, 2)
        together = cli("crawl", f"{a.base}/", f"{b.base}/", "--site", "Both", **QUICK)
        assert "domains" not in together.err
        assert json.loads(cli("status", "--site", "Both", "--format", "json").out)["pages"] == 6


def test_one_of_two_sites_that_cannot_be_read_is_named_and_the_other_is_reported(cli, tmp_path, dead):
    with elsewhere() as server:
        server.html("/")
        done = cli("run", dead, server.base, "--out", str(tmp_path / "out"), "--model", "builtin", **QUICK)
    assert done.code == 1
    assert f"{dead}: Nothing listens there" in done.err
    assert f"No page of {site_of(dead)} was read." in done.err
    assert (tmp_path / "out/index.html").is_file()
    assert site_of(server.base) in (tmp_path / "out/index.html").read_text("utf-8")


def test_credentials_of_one_customer_do_not_go_to_another(cli):
    done = cli("crawl", "http://127.0.0.1/", "http://127.0.0.2/", "--auth", "basic:ann:secret")
    assert done.code == 2
    assert "--auth with start URLs of several domains" in done.err
    assert not (cli.folder / "alt-audit.db").exists()
