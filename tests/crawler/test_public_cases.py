"""Public accessibility test suites, where they lie beside the repository; they are other people's pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parents[3] / "shared" / "rules-cases"
JUDGE = CASES / "judge.py"

pytestmark = pytest.mark.skipif(not JUDGE.is_file(), reason=f"the public cases are not at {CASES}")


def test_the_rules_agree_with_the_public_suites() -> None:
    command = f"{sys.executable} -m alt_audit check {{file}} --format json"
    judged = subprocess.run(
        [
            *(sys.executable, str(JUDGE), "--cmd", command, "--jobs", "2", "--kinds", "all"),
            *("--min-precision", "0.98", "--min-recall", "0.98", "--srcset", "crawler.page.srcset:parse_srcset"),
        ],
        cwd=Path(__file__).resolve().parents[2],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    found = re.search(r"overall: TP (\d+) .* errors 0 ", judged.stdout)
    assert found is not None
    assert int(found[1]) > 0
