"""Two crawls at once: of one site they would take pages out of each other's frontier."""

from __future__ import annotations

from crawl_server import Server, running
from crawls import SLOWLY, crawl, fetched, result_of, start, wait_until


def test_the_second_crawl_of_a_site_says_what_runs_and_a_dead_one_holds_nothing(long_site: Server, database: str):
    long_site.delay_s = 1.0
    first = start([f"{long_site.base}/"], database, **SLOWLY | {"batch_pages": 1})
    wait_until(lambda: len(fetched(database)) >= 1)
    second = crawl(f"{long_site.base}/", database)
    long_site.delay_s = 3.0
    assert second["error"] == "CrawlError"
    assert f"another crawl of 127.0.0.1:{long_site.port} runs (process {first.pid} on " in second["message"]
    with running() as other:
        other.html("/")
        assert crawl(f"{other.base}/", database)["counts"]["pages"] == 1

    first.kill()
    long_site.delay_s = 0.0
    first.communicate(timeout=60)
    third = crawl(f"{long_site.base}/", database)
    assert third["resumed"]
    assert len(fetched(database)) == 41  # the page of the other site has a path of one of them


def test_two_crawls_that_begin_together_lose_no_page(long_site: Server, database: str):
    long_site.delay_s = 0.0
    both = [start([f"{long_site.base}/"], database, **SLOWLY) for _ in range(2)]
    results = [result_of(process) for process in both]
    assert any("error" not in result for result in results)
    assert len(fetched(database)) == 41


def test_a_crawl_that_ends_frees_its_site(long_site: Server, database: str):
    for _ in range(2):
        assert "error" not in crawl(f"{long_site.base}/", database, limit_pages=2)
