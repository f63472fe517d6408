"""Crawls of a real site into a real database, each in a process of its own, and what they stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from core.records import PageState
from store.engine import connect, reading
from store.models import Crawl, Image, Occurrence, Page
from tests.warm_python import CRAWL, WarmProcess

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).with_name("crawl_process.py")
QUICK = {"throttle": False, "timeout_s": 60.0, "retries": 1, "sitemaps": False}
SLOWLY = {"concurrency_per_host": 2, "batch_pages": 5}


def start(
    seeds: list[str],
    database: str,
    *,
    fresh: bool = False,
    busy_timeout_s: float = 30,
    new_group: bool = False,
    proxy: str | None = None,
    names: dict[str, list[list[str]]] | None = None,
    listed: bool = False,
    site: str | None = None,
    **options: Any,
):
    """Start a crawl in a process of its own; with a proxy, every host of the web can be played.

    `names` are hosts with their addresses, one list for each question.
    """
    order = {
        "seeds": seeds,
        "database": database,
        "options": QUICK | options,
        "fresh": fresh,
        "busy_timeout_s": busy_timeout_s,
        "names": names,
        "listed": listed,
        "site": site,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALT_AUDIT")}
    network = {"http_proxy": proxy} if proxy else {"no_proxy": "*"}
    return WarmProcess(
        [sys.executable, str(RUNNER), json.dumps(order)],
        modules=CRAWL,
        env=environment | {"PYTHONPATH": str(ROOT)} | network,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=new_group,
    )


def result_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    stdout, stderr = process.communicate(timeout=240)
    assert process.returncode == 0, stderr
    return json.loads(stdout)


def crawl(seed: str, database: str, **options: Any) -> dict[str, Any]:
    return result_of(start([seed], database, **options))


def pages(database: str) -> dict[str, Page]:
    """The stored pages by path and query."""
    engine = connect(database)
    with reading(engine) as session:
        found = {row.url: row for row in session.scalars(select(Page))}
    engine.dispose()
    return {"/" + url.split("/", 3)[3]: row for url, row in found.items()}


def fetched(database: str) -> set[str]:
    return {path for path, row in pages(database).items() if row.state == PageState.FETCHED}


def counted(database: str) -> dict[str, int]:
    engine = connect(database)
    with reading(engine) as session:
        counts = {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Page, Image, Occurrence, Crawl)
        }
    engine.dispose()
    return counts


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
