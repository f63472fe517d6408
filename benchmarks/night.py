"""A night of many small sites: `schedule run` against the same sites one by one; what a slow and a dead one cost.

python -m benchmarks.night --sites 50 --jobs 4
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGES = 8
SLOW_S = 5.0  # for each page of the slow site
ALT = "A red bicycle leans at a white wall"


class Handler(BaseHTTPRequestHandler):
    """Pages that link to one another, with an image that has a text on each."""

    delay_s = 0.0

    def do_GET(self) -> None:
        """Any path that is a number, or the first page."""
        time.sleep(self.delay_s)
        name = self.path.strip("/") or "0"
        known = name.isdecimal() and int(name) < PAGES
        links = "".join(f'<a href="/{n}">page {n}</a> ' for n in range(PAGES))
        body = f'<!DOCTYPE html><html lang=en><title>{name}</title>{links}<img src="/{name}.jpg" alt="{ALT} {name}">'
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode() if known else b"")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Slow(Handler):
    """The same, slowly."""

    delay_s = SLOW_S


def serve(number: int) -> dict[str, str]:
    """name -> address of so many sites; one is slow, and nothing listens at one."""
    found = {}
    for n in range(number):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Slow if n == 1 else Handler)
        found["dead" if n == 0 else "slow" if n == 1 else f"small-{n:03}"] = f"http://127.0.0.1:{server.server_port}/"
        if n == 0:
            server.server_close()
        else:
            threading.Thread(target=server.serve_forever, daemon=True).start()
    return found


def memory_below(pid: int) -> int:
    """Bytes of a process and all that descend from it, what they share counted once (PSS)."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    below, todo = 0, [pid]
    while todo:
        one = todo.pop()
        todo += [child for child, parent in parents.items() if parent == one]
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        below += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return below


def measured(commands: list[list[str]], folder: Path) -> tuple[float, float, int]:
    """Seconds, seconds of processor time and the most memory, of commands one after the other."""
    most, started, before = 0, time.monotonic(), os.times()
    for command in commands:
        full = [sys.executable, "-m", "alt_audit", *command]
        process = subprocess.Popen(full, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            most = max(most, memory_below(process.pid))
            time.sleep(0.5)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - started, cpu, most


def spans(folder: Path) -> str:
    """How long the runs took, in seconds: the slow site's, the dead one's, and the others'; and when the last ended."""
    seconds = "(julianday({}) - julianday(started_at)) * 86400"
    with closing(sqlite3.connect(folder / "alt-audit.db")) as connection:
        runs = connection.execute(
            f"SELECT name, state, {seconds.format('ended_at')}, "  # noqa: S608 - our own words
            "(julianday(ended_at) - (SELECT julianday(min(started_at)) FROM runs)) * 86400 FROM runs "
            "JOIN sites ON sites.id = runs.site_id"
        ).fetchall()
    others = [(took, end) for name, _, took, end in runs if name not in {"slow", "dead"}]
    odd = ", ".join(f"{name} {took:.0f} s ({state})" for name, state, took, _ in runs if name in {"slow", "dead"})
    took = sorted(took for took, _ in others)
    return (
        f"{odd}, the others {took[len(took) // 2]:.1f} s in the middle and {took[-1]:.1f} s at most; the last of them "
        f"had ended after {max(end for _, end in others):.0f} s"
    )


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--way", choices=("both", "schedule", "apart"), default="both")
    options = parser.parse_args()
    sites = serve(options.sites)
    for way in ("schedule", "apart") if options.way == "both" else (options.way,):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            entries = [f'- {{name: {site}, urls: "{url}", cron: "0 3 * * *"}}\n' for site, url in sites.items()]
            (folder / "sites.yaml").write_text("".join(entries))
            plan = ["sites", "import", "sites.yaml"]
            one_run = [["schedule", "run", "--jobs", str(options.jobs)]]
            measured([plan], folder)
            wall, cpu, most = measured(
                one_run if way == "schedule" else [["sites", "run", site] for site in sites], folder
            )
            by_site = spans(folder)
        jobs = f" --jobs {options.jobs}" if way == "schedule" else ""
        print(f"{way}{jobs}: {len(sites)} sites, {wall:.0f} s, {cpu:.0f} s of processor time, {most / 2**20:.0f} MiB")
        print(f"  {by_site}", flush=True)


if __name__ == "__main__":
    main()
