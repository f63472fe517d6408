"""What the commands about all sites cost with very many of them: status, the page of all sites, and telling people.

    python benchmarks/sites.py [--sites 1000] [--crawls 30] [--occurrences 100000] [--postgres | --database URL]

One site is that of benchmarks/large_site.py, with two crawls; each of the others has so many crawls and runs, and
nothing on its pages. Each command is a process of its own, three times but for the first messages; the middle one is
told: seconds, seconds of a processor (those of Postgres' server apart) and the peak memory of the process. The messages
go to a server on loopback.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert, select

from benchmarks.large_site import NOW, SITE, empty_database, fill, server_seconds
from store.engine import connect, reading, writing
from store.migrate import opened
from store.models import Crawl, Notice, Run, Site
from store.plans import put_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

REPEATS = 3
AT_ONCE = 5000


class Hook(BaseHTTPRequestHandler):
    """Takes every message."""

    def do_POST(self) -> None:
        """Read it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def hook() -> Iterator[str]:
    """The address of such a service, for notify.destinations."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"json://127.0.0.1:{server.server_port}/"
        server.shutdown()


def plan_many(engine: Engine, sites: int, crawls: int) -> None:
    """Further sites, each with crawls and runs of as many days, up to now; all are planned, the large one, too."""
    names = [SITE, *(f"site-{n:04}.test" for n in range(1, sites))]
    with writing(engine) as session:
        for name in names:
            plan = {"name": name, "urls": [f"https://{name}/"], "cron": "0 3 * * *", "notify": ["team"]}
            put_plan(session, name, [name], plan)
        facts = session.scalar(select(Crawl.facts).order_by(Crawl.id.desc()).limit(1))
        large, *ids = session.scalars(select(Site.id).order_by(Site.id))
        last = session.scalar(select(Crawl.id).order_by(Crawl.id.desc()).limit(1)) or 0
        crawl_rows, run_rows = [], [_run(large, last, 0)]
        for site_id in ids:
            for days in reversed(range(crawls)):
                last += 1
                at = NOW - timedelta(days=days)
                crawl_rows.append({"id": last, "site_id": site_id, "seeds": [], "state": "finished", "started_at": at,
                                   "finished_at": at, "stats": {"pages": 8}, "facts": facts})  # fmt: skip
                run_rows.append(_run(site_id, last, days))
        for table, rows in ((Crawl, crawl_rows), (Run, run_rows)):
            for start in range(0, len(rows), AT_ONCE):
                session.execute(insert(table), rows[start : start + AT_ONCE])


def _run(site_id: int, crawl_id: int, days: int) -> dict[str, object]:
    at = NOW - timedelta(days=days)
    return {"site_id": site_id, "due_at": at, "started_at": at, "ended_at": at, "state": "done", "step": "report",
            "attempt": 1, "crawl_id": crawl_id, "counts": {}, "warnings": []}  # fmt: skip


def cost(command: list[str], url: str, folder: Path) -> tuple[float, float, float, float]:
    """Seconds, seconds of a processor, of Postgres' server, and MiB, of a command."""
    full = [sys.executable, "-m", "alt_audit", *command, "--config", str(folder / "config.yaml")]
    environment = os.environ | {"ALT_AUDIT_DATABASE": url}
    server, started = server_seconds(url), time.monotonic()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(full, cwd=folder, env=environment, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (folder / "output").read_text()
    return seconds, used.ru_utime + used.ru_stime, server_seconds(url) - server, used.ru_maxrss / 1024


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--crawls", type=int, default=30)
    parser.add_argument("--occurrences", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true", help="a Postgres server of its own")
    parser.add_argument("--database", help="one that is new")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = options.database or stack.enter_context(empty_database(folder, "sites", postgres=options.postgres))
        address = stack.enter_context(hook())
        (folder / "config.yaml").write_text(f"out: {folder}/out\nnotify: {{destinations: {{team: '{address}'}}}}\n")
        with opened(url, create=True):
            pass
        fill(url, options.occurrences)
        engine = connect(url)
        plan_many(engine, options.sites, options.crawls)
        print(f"{engine.dialect.name}: {options.sites} sites, the large one of {options.occurrences:,} places")
        print(f"{'':<28}{'seconds':>9}{'CPU s':>8}{'server':>8}{'MiB':>6}")
        commands = {
            "sites status": ["sites", "status"],
            "report --all": ["report", "--all"],
            "notify send, all sites new": ["notify", "send"],
            "notify send, nothing new": ["notify", "send"],
        }
        for name, command in commands.items():
            costs = [cost(command, url, folder) for _ in range(1 if "all sites new" in name else REPEATS)]
            seconds, busy, server, peak = sorted(costs)[len(costs) // 2]
            print(f"{name:<28}{seconds:>9.2f}{busy:>8.2f}{server:>8.2f}{peak:>6.0f}", flush=True)
        with reading(engine) as session:
            told = session.scalars(select(Site.name).join(Notice).where(Notice.told_at.is_not(None))).all()
        print(f"told of: {', '.join(told)}")
        engine.dispose()


if __name__ == "__main__":
    main()
