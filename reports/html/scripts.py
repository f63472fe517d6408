"""The scripts of the report, which stand beside its pages: a page that is read from the disk loads nothing else."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COPY = "copy.js"
SEARCH = "search.js"


def put_script(folder: Path, name: str) -> None:
    """Write a script into the folder of the report."""
    script = files("reports") / "templates" / name
    (folder / name).write_text(script.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
