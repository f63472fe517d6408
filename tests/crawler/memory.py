"""Peak memory of a process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def peak_kib() -> int:
    """The most memory this process has had; getrusage would count what its parent had when it started it."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(found[1]) if found else 0


def run_and_measure(prepare: str, expression: str) -> tuple[str, int]:
    """What an expression is in a fresh process, and by how many KiB it raises the peak there."""
    measure = f"before = peak_kib()\nprint({expression}, peak_kib() - before, sep='\\t')"
    script = f"from memory import peak_kib\n{prepare}\n{measure}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer, kib = done.stdout.split("\t")
    return answer, int(kib)
