"""Public accessibility test suites, where they lie beside the repository; they are other people's pages."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm_python import CRAWL, ROOT, warm_server

CASES = Path(__file__).resolve().parents[3] / "shared" / "rules-cases"
JUDGE = CASES / "judge.py"

pytestmark = pytest.mark.skipif(not JUDGE.is_file(), reason=f"the public cases are not at {CASES}")


def test_the_rules_agree_with_the_public_suites() -> None:
    start = [sys.executable, "-I", "-S", str(ROOT / "tests" / "warm_client.py"), warm_server(CRAWL)]
    command = f"{shlex.join(start)} -m alt_audit check {{file}} --format json"
    judged = subprocess.run(
        [
            *(sys.executable, str(JUDGE), "--cmd", command, "--jobs", "2", "--kinds", "all"),
            *("--min-precision", "0.98", "--min-recall", "0.98", "--srcset", "crawler.page.srcset:parse_srcset"),
        ],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    found = re.search(r"overall: TP (\d+) .* errors 0 ", judged.stdout)
    assert found is not None
    assert int(found[1]) > 0
