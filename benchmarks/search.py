"""How quick the search of the report is: milliseconds from a key to the list, in Chromium, from the disk.

    python benchmarks/search.py                    # 100,000 rows
    python benchmarks/search.py --rows 20000

A report is written of a site with so many rows, its search is opened, and words and filters are set one after another.
Said are the median and the slowest of each, and what they are of the time that the page takes to read its index, once.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from benchmarks.large_site import ROWS, SITE, empty_database, fill
from reports.report_options import ReportOptions
from reports.write import write_report
from store.engine import connect, reading
from store.sites import site_named

TRIES = 9
ASKED = {
    "a word that all have": ("text", "products"),
    "a word that few have": ("text", "number-777"),
    "two words": ("text", "teapots oak"),
    "a rule": ("rule", "missing-attr"),
    "the order": ("order", "name"),
}
# How long the script takes, until what it has changed is laid out.
MEASURE = """([name, value]) => {
  const form = document.getElementById("search"), field = form.elements.namedItem(name);
  if (!field) return null;
  const started = performance.now();
  field.value = value;
  form.dispatchEvent(new Event("input"));
  document.body.getBoundingClientRect();
  const took = performance.now() - started;
  field.value = "";
  form.dispatchEvent(new Event("input"));
  return took;
}"""


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        with empty_database(folder, "search", postgres=False) as url:
            fill(url, round(rows / ROWS), 1)
            engine = connect(url)
            with reading(engine) as session:
                site = site_named(session, SITE)
            files = write_report(engine, site, folder / "out", ReportOptions())
            engine.dispose()
        pieces = sorted((folder / "out").glob("search-*.js"))
        size = sum(piece.stat().st_size for piece in pieces) / 2**20
        print(f"{files.rows:,} rows: an index of {size:.1f} MiB in {len(pieces)} pieces")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            tab = browser.new_page()
            started = time.perf_counter()
            tab.goto((folder / "out" / "search.html").as_uri())
            tab.locator("#said", has_text=f"{files.rows:,} of {files.rows:,} rows").wait_for(timeout=300_000)
            read = 1000 * (time.perf_counter() - started)
            print(f"{'reading the index, once':<28}{read:>8.0f} ms")
            for name, asked in ASKED.items():
                took = [one for _ in range(TRIES) if (one := tab.evaluate(MEASURE, list(asked))) is not None]
                if took:
                    middle = statistics.median(took)
                    print(f"{name:<28}{middle:>8.0f} ms, at most {max(took):.0f}; {middle / read:.3f} of reading")
            browser.close()


if __name__ == "__main__":
    main()
