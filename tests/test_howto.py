"""The pages of docs/howto, followed to the letter in a copy of the repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs/howto").glob("*.md"))
STEP = re.compile(r"^(?:(Create|Append to|In) `([^`]+)`(?:, change)?|(Run)):\n\n```\w+\n(.*?)^```$", re.M | re.S)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_works_when_it_is_followed(page, tmp_path):
    clone = tmp_path / "clone"
    copied = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    for name in filter(None, copied.stdout.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    (clone / ".venv").symlink_to(sys.prefix)
    steps = STEP.findall(page.read_text("utf-8"))
    assert [step for step in steps if step[2]], "a page ends with commands to try it"
    for what, name, run, content in steps:
        if run:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", content], cwd=clone, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{content}\n{done.stdout}\n{done.stderr}"
        elif what == "In":
            lines = content.splitlines(keepends=True)
            before, after = ("".join(line[1:] for line in lines if line[0] != sign) for sign in "+-")
            text = (clone / name).read_text("utf-8")
            assert text.count(before) == 1, f"{name} has other lines than\n{before}"
            (clone / name).write_text(text.replace(before, after), "utf-8")
        else:
            assert (clone / name).exists() == (what == "Append to"), name
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            with (clone / name).open("a", encoding="utf-8") as file:
                file.write(content)
