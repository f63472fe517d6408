"""What the files of a report cost, and how they grow with the site: HTML, CSV, XLSX, JSON Lines and the import.

    python benchmarks/reports.py                                # SQLite, 10,000 and 100,000 occurrences
    python benchmarks/reports.py --occurrences 100000 1000000   # a larger site
    python benchmarks/reports.py --databases sqlite postgres    # a Postgres server of its own, too

The site is that of benchmarks/large_site.py. Each file is written in a process of its own, from the store on; `html` is
the whole report, as `alt-audit report` writes it. The import takes editors.csv with a text in every row, 50,000 rows at
most. Told are the records of a file (rows, places, or rows as shown to people), seconds, seconds of a processor (of
this program and of Postgres' server, which do not depend on how busy the machine is), the program's peak memory, and
the size of the files; of the report also the largest page. At the end stands how the processor's seconds grow.
"""

from __future__ import annotations

import argparse
import csv
import resource
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from itertools import islice, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alt_audit.config import Settings
from alt_audit.jobs.read_back import import_sheet
from benchmarks.large_site import SITE, empty_database, fill, server_seconds
from reports.folds import folds
from reports.registry import all_writers
from reports.report_options import ReportOptions
from reports.row import Row
from reports.rows import asked_for, ignoring
from reports.streams import STREAMS
from reports.write import write_report
from store.engine import reading
from store.migrate import opened
from store.sites import site_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from reports.folds import Folds

FILES = ("rows", "places", "editors", "workbook", "jsonl")  # by the names of their writers, each alone
ANSWERED = 50_000  # rows that are imported, at most


class Cost(NamedTuple):
    """Of one step, in a process of its own."""

    records: int
    seconds: float
    processor: float  # seconds; those of a server included
    peak: float  # MiB of resident memory, of this program


def html(url: str, folder: Path) -> int:
    """The whole report; returns its rows."""
    with opened(url) as engine:
        with reading(engine) as session:
            site = site_named(session, SITE)
        return write_report(engine, site, folder, ReportOptions()).rows


def one_file(url: str, folder: Path, name: str) -> int:
    """The file of a writer alone; returns its records."""
    folder.mkdir()
    (folder / "thumbnails").symlink_to(folder.parent / "html" / "thumbnails")  # where a workbook finds its pictures
    writer = next(writer for writer in all_writers() if writer.name == name)
    options, records = ReportOptions(), 0
    with opened(url) as engine, reading(engine) as session, folds() as folded, ExitStack() as stack:
        write = stack.enter_context(writer.opened(folder, options))
        for record in _records(session, writer.record, folded):
            write(record)
            records += 1
    return records


def _records(session: Session, record: type[Any], folded: Folds) -> Iterator[Any]:
    if record in STREAMS:
        yield from STREAMS[record](session, 1, ignoring(session, 1, ReportOptions()), None)
        return
    with closing(asked_for(session, 1, ignoring(session, 1, ReportOptions()))) as rows:
        if record is Row:
            yield from rows
            return
        for row in rows:
            folded.add(row)
    folded.read_pages(session, 1)
    yield from folded


def answered(sheet: Path) -> int:
    """Give the first rows of editors.csv a text each, as somebody in a spreadsheet would; returns how many."""
    with sheet.open(encoding="utf-8-sig", newline="") as source:
        reader = csv.DictReader(source)
        rows = list(islice(reader, ANSWERED))
    with sheet.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(row | {"new_alt": f"A grey one of cast iron, {number}"} for number, row in enumerate(rows))
    return len(rows)


def take(url: str, sheet: Path) -> int:
    """Import a sheet; returns the rows that were taken."""
    return import_sheet(Settings(database=url), sheet, who="benchmark").taken.total()


def measured(step: Callable[..., int], *arguments: object) -> Cost:
    """What a step costs this process."""
    started, busy = time.perf_counter(), time.process_time()
    records = step(*arguments)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    return Cost(records, seconds, busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def apart(url: str, step: Callable[..., int], *arguments: object) -> Cost:
    """What a step costs in a process of its own, and the server of the database beside it."""
    server = server_seconds(url)
    with get_context("spawn").Pool(1) as pool:
        cost = pool.apply(measured, (step, *arguments))
    return cost._replace(processor=cost.processor + server_seconds(url) - server)


def site_of(occurrences: int, database: str, work: Path) -> dict[str, Cost]:
    """What each step costs for a site of that size."""
    costs: dict[str, Cost] = {}
    with empty_database(work, f"site_{occurrences}", postgres=database == "postgres") as url:
        fill(url, occurrences)
        for name in ("html", *FILES, "import"):
            folder = work / name
            if name == "html":
                cost = apart(url, html, url, folder)
            elif name == "import":
                sheet = work / "editors" / "editors.csv"
                answered(sheet)
                cost = apart(url, take, url, sheet)
            else:
                cost = apart(url, one_file, url, folder, name)
            costs[name] = cost
            print(
                f"{database:<9}{occurrences:>10,}  {name:<9}{cost.records:>10,}{cost.seconds:>9.1f}"
                f"{cost.processor:>9.1f}{cost.peak:>7.0f}{cost.records / cost.processor:>10,.0f}  {sizes(folder)}",
                flush=True,
            )
    return costs


def sizes(folder: Path) -> str:
    """What the files in a folder come to, and the largest page among them."""
    files = [path.stat() for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    pages = [path.stat().st_size for path in folder.glob("*.html")]
    largest = f" in {len(files):,}, largest page {max(pages) / 1e6:.2f}" if pages else ""
    return f"{sum(file.st_size for file in files) / 1e6:.1f}{largest}" if files else ""


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--occurrences", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgres"], default=["sqlite"])
    options = parser.parse_args()
    print(
        f"{'':<9}{'places':>10}  {'':<9}{'records':>10}{'seconds':>9}{'CPU s':>9}{'MiB':>7}{'records/s':>10}"
        "  MB of files"
    )
    costs: dict[tuple[str, int], dict[str, Cost]] = {}
    for occurrences in options.occurrences:
        for database in options.databases:
            with tempfile.TemporaryDirectory() as work:
                costs[database, occurrences] = site_of(occurrences, database, Path(work))
    for database in options.databases:
        for less, more in pairwise(options.occurrences):
            compare(f"{database}: {more:,} in times {less:,}", costs[database, more], costs[database, less])
    if len(options.databases) == 2:
        one, other = options.databases
        for occurrences in options.occurrences:
            compare(f"{occurrences:,}: {other} in times {one}", costs[other, occurrences], costs[one, occurrences])


def compare(title: str, costs: dict[str, Cost], others: dict[str, Cost]) -> None:
    """Print the ratios of the processor's seconds."""
    ratios = (f"{name} {cost.processor / others[name].processor:.1f}" for name, cost in costs.items())
    print(f"{title}: {', '.join(ratios)}")


if __name__ == "__main__":
    main()
