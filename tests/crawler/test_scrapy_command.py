"""`scrapy crawl site -a url=...`, which makes the state of its crawl itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from crawls import ROOT, counted, fetched

if TYPE_CHECKING:
    from crawl_server import Server


def scrapy_crawl(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "site", *arguments],
        cwd=ROOT,
        env=os.environ | {"ALT_AUDIT_DATABASE": database, "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_a_site_is_crawled_into_the_database_of_the_environment(server: Server, sqlite_url: str) -> None:
    server.html("/", "/about", images=("/a.jpg",))
    server.html("/about", images=("/b.jpg",))
    done = scrapy_crawl(sqlite_url, "-a", f"url={server.base}/")
    assert done.returncode == 0, done.stderr
    assert fetched(sqlite_url) == {"/", "/about"}
    assert counted(sqlite_url) == {"pages": 2, "images": 2, "occurrences": 2, "crawls": 1}


def test_without_a_start_url_it_says_what_to_do(sqlite_url: str) -> None:
    done = scrapy_crawl(sqlite_url)
    assert done.returncode != 0
    assert "no start URL: give one with -a url=https://HOST/" in done.stderr
    assert counted(sqlite_url)["crawls"] == 0
