"""How quick a crawl is, as ratios to crawlers that do less, measured in turns within one run.

    python benchmarks/crawl.py SITE_FOLDER [--runs 5] [--memory BIG_FOLDER] [--check]

SITE_FOLDER holds a saved site with an index.html; nginx serves it on loopback. Each run takes turns through

    bare        a Scrapy spider that follows the links of the site and keeps nothing
    alt-audit   a crawl into a new SQLite file, with the default settings
    recrawl     the same crawl again: nothing has changed
    advertools  advertools.crawl, if it is installed (the dependency group `benchmark` has it)

each in a process of its own, timed from the start of its crawl to the end of it, imports left out.
`--memory` crawls 1,000 and then 10,000 pages of a big site and prints the peak of the resident set.
`--check` judges the files of the folder with `alt-audit check`, on one core, beside

    soup        BeautifulSoup that only counts the images without alt

both as whole commands, imports and all.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CONCURRENCY = 8  # requests at once, for all of them: the default of alt-audit

BARE = """
import json, sys, time
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

base, concurrency = sys.argv[1], int(sys.argv[2])
pages = 0

class Bare(scrapy.Spider):
    name = "bare"
    start_urls = [base]

    def parse(self, response):
        global pages
        if isinstance(response, scrapy.http.HtmlResponse):
            pages += 1
            for link in response.css("a::attr(href)").getall():
                url = response.urljoin(link)
                if url.startswith(base):
                    yield scrapy.Request(url)

process = AsyncCrawlerProcess({
    "CONCURRENT_REQUESTS": concurrency, "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency, "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": True, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
})
process.crawl(Bare)
started = time.monotonic()
process.start()
print(json.dumps({"pages": pages, "seconds": time.monotonic() - started}))
"""

OURS = """
import json, multiprocessing, resource, sys, time

if __name__ == "__main__":  # the process that reads imports this file as well, and as little as under alt-audit
    from crawler.crawl_options import CrawlOptions
    from crawler.run import crawl_site

    base, database, limit = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    started = time.monotonic()
    summary = crawl_site([base], database, CrawlOptions(limit_pages=limit))
    seconds = time.monotonic() - started
    for process in multiprocessing.active_children():
        process.join()  # its peak is known when it has ended
    peak = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"pages": summary.counts["pages"], "seconds": seconds, "peak_mib": peak}))
"""

SOUP = """
import sys
from pathlib import Path
from bs4 import BeautifulSoup

pages = (BeautifulSoup(Path(name).read_bytes(), "lxml") for name in sys.argv[1:])
print(sum(not image.has_attr("alt") for page in pages for image in page.find_all("img")))
"""

ADVERTOOLS = """
import json, sys, time
from urllib.parse import urlsplit
import advertools

base, concurrency, output = sys.argv[1], int(sys.argv[2]), sys.argv[3]
started = time.monotonic()
# Named, since it would take host and port for the name of the site, and leave out every page.
advertools.crawl(base, output, follow_links=True, allowed_domains=[urlsplit(base).hostname], custom_settings={
    "CONCURRENT_REQUESTS": concurrency, "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency, "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": True, "LOG_LEVEL": "ERROR", "AUTOTHROTTLE_ENABLED": False,
})
seconds = time.monotonic() - started
with open(output) as lines:
    print(json.dumps({"pages": sum(1 for _ in lines), "seconds": seconds}))
"""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """nginx on a free port of loopback, with the folder as its site."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        sys.exit("nginx is not installed: install it (Debian: apt-get install nginx-light) and run this again")
    with tempfile.TemporaryDirectory() as state, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        config = Path(state, "nginx.conf")
        config.write_text(
            f"daemon off; worker_processes 1; pid {state}/pid; error_log {state}/error.log;\n"
            "events { worker_connections 512; }\n"
            "http { include /etc/nginx/mime.types; access_log off; "
            f"server {{ listen 127.0.0.1:{port}; root {folder.resolve()}; index index.html; }} }}\n"
        )
        Path(state).chmod(0o755)
        server = subprocess.Popen([nginx, "-c", str(config), "-p", state], stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait()


def measured(script: Path, *arguments: str) -> dict[str, Any]:
    """What a script prints last, as JSON. It runs outside of this project, whose scrapy.cfg is not for the others."""
    done = subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False, cwd=script.parent
    )
    if done.returncode != 0:
        sys.exit(f"{script.name} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(base: str, runs: int, scripts: Path, state: Path) -> None:
    """Take turns through the crawlers, and print medians and ratios."""
    rates: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}

    def note(name: str, result: dict[str, Any]) -> None:
        rates.setdefault(name, []).append(result["pages"] / result["seconds"])
        seconds.setdefault(name, []).append(result["seconds"])
        print(f"{name:<11}{result['pages']:>6} pages {result['seconds']:>7.2f} s", flush=True)

    for number in range(runs):
        database = f"sqlite:///{state}/{number}.db"
        note("bare", measured(scripts / "bare.py", base, str(CONCURRENCY)))
        note("alt-audit", measured(scripts / "ours.py", base, database, "null"))
        note("recrawl", measured(scripts / "ours.py", base, database, "null"))
        if importlib.util.find_spec("advertools") is not None:
            output = f"{state}/{number}.jsonl"
            note("advertools", measured(scripts / "advertools_crawl.py", base, str(CONCURRENCY), output))
    ours = statistics.median(rates["alt-audit"])
    print()
    for name, found in rates.items():
        low, high = min(seconds[name]), max(seconds[name])
        print(f"{name:<11}{statistics.median(found):>7.1f} pages/s (median of {runs}; {low:.2f} to {high:.2f} s)")
    for baseline in ("bare", "advertools"):
        if baseline in rates:
            print(f"alt-audit / {baseline}: {ours / statistics.median(rates[baseline]):.2f}")
    again = statistics.median(seconds["recrawl"]) / statistics.median(seconds["alt-audit"])
    print(f"time of the recrawl / time of the crawl: {again:.2f}")


def check(folder: Path, runs: int, scripts: Path) -> None:
    """Print how many saved pages a second `check` judges on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the commands inherit it
    pages = [str(page) for page in sorted(folder.resolve().rglob("*.html"))]
    commands = {
        "soup": [sys.executable, "-W", "ignore", str(scripts / "soup.py"), *pages],
        "check": [shutil.which("alt-audit", path=Path(sys.executable).parent) or "alt-audit", "check", *pages],
    }
    rates: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            started = time.monotonic()
            subprocess.run(command, cwd=scripts, check=True, stdout=subprocess.DEVNULL)
            rates[name].append(len(pages) / (time.monotonic() - started))
    print()
    for name, found in rates.items():
        print(f"{name:<11}{statistics.median(found):>7.1f} pages/s on one core (median of {runs}, {len(pages)} pages)")
    print(f"check / soup: {statistics.median(rates['check']) / statistics.median(rates['soup']):.2f}")


def memory(base: str, scripts: Path, state: Path) -> None:
    """Print the peak memory of a small and of a large crawl."""
    for limit in (1_000, 10_000):
        result = measured(scripts / "ours.py", base, f"sqlite:///{state}/memory{limit}.db", str(limit))
        fetching, reading = result["peak_mib"]
        print(
            f"{result['pages']:>6} pages in {result['seconds']:.0f} s: peak {fetching:.0f} MiB in the process that "
            f"fetches, {reading:.0f} MiB in the one that reads"
        )


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", type=Path, metavar="BIG_FOLDER")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scripts = Path(folder)
        for name, text in {"bare": BARE, "ours": OURS, "advertools_crawl": ADVERTOOLS, "soup": SOUP}.items():
            (scripts / f"{name}.py").write_text(text)
        if options.runs:
            with served(options.folder) as base:
                compare(base, options.runs, scripts, scripts)
        if options.memory is not None:
            with served(options.memory) as base:
                memory(base, scripts, scripts)
        if options.check:
            check(options.folder, options.runs or 1, scripts)


if __name__ == "__main__":
    main()
