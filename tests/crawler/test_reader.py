"""The process that reads: it ends with the crawl, and its own end loses nothing that was stored."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from crawl_server import Server
from crawls import SLOWLY, crawl, fetched, result_of, start, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to find child processes")


def reading_processes(pid: int) -> list[int]:
    """The children of a crawl that run its code; Python's resource tracker is another one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text()]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_reading_process_ends_when_the_crawl_is_killed(long_site: Server, sqlite_url: str) -> None:
    process = start([f"{long_site.base}/"], sqlite_url, **SLOWLY)
    wait_until(lambda: len(fetched(sqlite_url)) >= 5)
    (reading,) = reading_processes(process.pid)
    process.kill()
    process.communicate(timeout=240)
    wait_until(lambda: not runs(reading))


def test_a_crawl_whose_reading_process_is_killed_says_so_and_goes_on(long_site: Server, sqlite_url: str) -> None:
    process = start([f"{long_site.base}/"], sqlite_url, **SLOWLY)
    wait_until(lambda: len(fetched(sqlite_url)) >= 5)
    (reading,) = reading_processes(process.pid)
    os.kill(reading, signal.SIGKILL)
    result = result_of(process)
    assert result.get("error") == "CrawlError" or result["interrupted"]
    if "error" in result:
        assert "same command goes on" in result["message"]
    kept = fetched(sqlite_url)
    assert 5 <= len(kept) < 41

    second = crawl(f"{long_site.base}/", sqlite_url)
    assert second["resumed"]
    assert len(fetched(sqlite_url)) == 41
