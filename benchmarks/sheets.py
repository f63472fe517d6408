"""Sheets for editors: writing them, reading them, and taking what they say.

    python benchmarks/sheets.py                    # SQLite, 50,000 rows
    python benchmarks/sheets.py --postgres         # a Postgres server of its own
    python benchmarks/sheets.py --rows 5000 50000  # how each step grows

The site is that of benchmarks/report.py with each image in one place, half of them without alt text. Every row is given
a text. Each step runs in a process of its own; reported are its time, its processor's time and its peak memory.
"""

from __future__ import annotations

import argparse
import csv
import resource
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alt_audit.config import Settings
from alt_audit.jobs.read_back import import_sheet
from benchmarks.report import empty_database, fill
from reports.files.editors import CSV, WORKBOOK
from reports.folds import folds
from reports.readback.read import read_sheet
from reports.report_options import ReportOptions
from reports.row import row_of
from store.engine import reading
from store.migrate import opened
from store.report import occurrence_groups

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER = "A grey teapot of cast iron on a wooden table"


def write_with(writers: list[str], url: str, folder: str) -> int:
    """Write sheets that an editor has filled in; returns the rows. Without writers, only what both need."""
    filled = {"csv": CSV, "xlsx": WORKBOOK}
    with opened(url) as engine, reading(engine) as session, folds() as folded, ExitStack() as stack:
        with closing(occurrence_groups(session, 1)) as groups:
            for group in groups:
                folded.add(row_of(group))
        files = [stack.enter_context(filled[name].opened(Path(folder), ReportOptions())) for name in writers]
        rows = 0
        for fold in folded:
            rows += 1
            for write in files:
                write(fold)
    return rows


def answer(folder: str) -> None:
    """Give every row of editors.csv a text, as somebody in a spreadsheet would."""
    with (
        (Path(folder) / "editors.csv").open(encoding="utf-8-sig", newline="") as source,
        (Path(folder) / "filled.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, rows.fieldnames or ())
        writer.writeheader()
        writer.writerows(row | {"new_alt": f"{ANSWER} {number}"} for number, row in enumerate(rows))


def read(path: str) -> int:
    """Read a sheet; returns its rows."""
    sheet = read_sheet(Path(path))
    return len(sheet.rows) + sheet.silent


def take(url: str, path: str) -> int:
    """Import a sheet; returns the rows that were taken."""
    done = import_sheet(Settings(database=url), Path(path), who="benchmark")
    return done.taken.total() + done.settled


def measured(step: Callable[..., int], *arguments: object) -> tuple[float, float, float, int]:
    """(seconds, seconds of the processor, peak MiB, rows) of a step in this process."""
    started, busy = time.perf_counter(), time.process_time()
    rows = step(*arguments)
    return (
        time.perf_counter() - started,
        time.process_time() - busy,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        rows,
    )


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000])
    parser.add_argument("--postgres", action="store_true", help="on a Postgres server that the benchmark starts")
    options = parser.parse_args()
    print(f"{'':<22}{'rows':>8}  {'seconds':>8}  {'CPU s':>6}  {'peak MiB':>8}  {'rows/s':>8}")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            with empty_database(folder, f"sheets_{rows}", postgres=options.postgres) as url:
                fill(url, rows * 2, places=1)
                with opened(url):  # gives its rows the identities of today
                    pass
                steps: list[tuple[str, Callable[..., int], tuple[object, ...]]] = [
                    ("folding alone", write_with, ([], url, work)),
                    ("with editors.csv", write_with, (["csv"], url, work)),
                    ("with editors.xlsx", write_with, (["xlsx"], url, work)),
                    ("editors.csv read", read, (f"{work}/editors.csv",)),
                    ("editors.xlsx read", read, (f"{work}/editors.xlsx",)),
                    ("import", take, (url, f"{work}/filled.csv")),
                    ("import, once more", take, (url, f"{work}/filled.csv")),
                ]
                for name, step, arguments in steps:
                    if step is take:
                        answer(work)
                    with get_context("spawn").Pool(1) as pool:
                        seconds, busy, peak, done = pool.apply(measured, (step, *arguments))
                    print(
                        f"{name:<22}{done:>8,}  {seconds:>8.1f}  {busy:>6.1f}  {peak:>8.0f}  {done / busy:>8,.0f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
