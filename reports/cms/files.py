"""How the files for content systems are written: for programs, so every text as it is, UTF-8 without a mark."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from reports.cms.system import Change


def write_csv(
    path: Path,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    line_end: str = "\n",
    delimiter: str = ",",
    mark: bool = False,
) -> None:
    """A table; `mark` puts a byte order mark before it, for systems whose own exports have one."""
    with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        lines = csv.writer(file, delimiter=delimiter, lineterminator=line_end)
        lines.writerow(headings)
        lines.writerows(rows)


def write_json(path: Path, value: Any) -> None:
    """A JSON file, indented as such exports are."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def write_json_lines(path: Path, values: Iterable[Any]) -> None:
    """A file with one JSON value on each line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for value in values:
            file.write(json.dumps(value, ensure_ascii=False) + "\n")


def request(method: str, path: str, body: Any, expect: Any) -> dict[str, Any]:
    """A line of a change list: one call, and what has to stand there before it is made."""
    return {"method": method, "path": path, "body": body, "expect": expect}


def expected(change: Change) -> str | list[str]:
    """The text that a change replaces, or all that it may replace."""
    return change.olds[0] if len(change.olds) == 1 else list(change.olds)
