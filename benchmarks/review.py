"""How quick the review is: opening it on a large site, and a person who decides with keys alone, in Chromium.

    python benchmarks/review.py                       # 100,000 rows, 200 decisions
    python benchmarks/review.py --rows 10000 --decisions 50

Nearly all rows have a draft. Reported are the start (reading all rows, once), requests as a browser
sends them without a script, and decisions: from the key to the next row on the screen. Their medians and the slowest,
and what the server took of a processor, which does not depend on how busy the machine is.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from benchmarks.large_site import ROWS, SITE, empty_database, fill, processor_seconds
from core.chromium import launch_options
from store.engine import connect, reading
from store.sites import site_named
from tests.reports.review_server import Visitor, served

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event

PATHS = {
    "first row": "/",
    "first page of the list": "/list",
    "list, a search": "/list?q=number-777",
    "list, a search that finds all": "/list?q=products&status=all",
    "list, one rule": "/list?rule=missing-attr",
    "list, the last page": "/list?page=999999",
    "number of a bulk on all": "/bulk",
}


CLOCK = """
window.tries = [];
let pressed = null;
addEventListener("keydown", () => { pressed = performance.now(); }, true);
new MutationObserver((changes) => {
  if (pressed === null || !changes.some((one) => [...one.addedNodes].some((node) => node.id === "app"))) return;
  const since = pressed;
  pressed = null;
  requestAnimationFrame(() => window.tries.push(performance.now() - since));
}).observe(document, { childList: true, subtree: true });
"""


def timed(what: Callable[[], object], times: int = 5) -> list[float]:
    """Milliseconds of each try."""
    tries = []
    for _ in range(times):
        started = time.perf_counter()
        what()
        tries.append(1000 * (time.perf_counter() - started))
    return tries


def serve(url: str, told_where: Queue[Any], enough: Event) -> None:
    """A review in a process of its own; tells (address, seconds, those of a processor), in the end its peak in MiB."""
    engine = connect(url)
    with reading(engine) as session:
        site = site_named(session, SITE)
    started, computed = time.perf_counter(), time.process_time()
    with served(engine, site) as (address, _):
        told_where.put((address, time.perf_counter() - started, time.process_time() - computed))
        enough.wait()
    told_where.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def told(name: str, tries: list[float]) -> None:
    """A line of the result."""
    print(f"{name:<34}{statistics.median(tries):>8.0f} ms median{max(tries):>8.0f} ms slowest", flush=True)


def decide(address: str, decisions: int) -> list[float]:
    """Milliseconds from a key to the frame with the next row, as the page sees them, with keys alone."""
    options = launch_options(None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        page = browser.new_page()
        page.add_init_script(CLOCK)
        page.goto(address)
        for number in range(decisions):
            before = page.locator("form.decide").get_attribute("data-decide")
            page.keyboard.press("x" if number % 2 and page.locator("[value=reject]").count() else "d")
            page.locator(f"form.decide:not([data-decide='{before}'])").wait_for()
        tries: list[float] = page.evaluate("window.tries")
        browser.close()
    assert len(tries) == decisions
    return tries


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--postgres", action="store_true", help="on a Postgres server that the benchmark starts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, empty_database(Path(work), "review", postgres=options.postgres) as url:
        fill(url, round(options.rows / ROWS), 1)
        context = get_context("spawn")
        told_where, enough = context.Queue(), context.Event()
        review = context.Process(target=serve, args=(url, told_where, enough))
        review.start()
        address, seconds, computed = told_where.get()
        print(f"start: {seconds:.1f} s, {computed:.1f} s of a processor", flush=True)
        visitor = Visitor(address)
        for name, path in PATHS.items():
            told(name, timed(lambda path=path: visitor.get(path)))
        before = processor_seconds(review.pid)
        told(f"{options.decisions} decisions by keys", decide(address, options.decisions))
        each = 1000 * (processor_seconds(review.pid) - before) / options.decisions
        enough.set()
        print(f"a decision: {each:.0f} ms of a processor; peak {told_where.get():.0f} MiB", flush=True)
        review.join()


if __name__ == "__main__":
    main()
