"""A comparison for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.diff.comparison import Comparison


def write_json(comparison: Comparison, out: TextIO) -> None:
    """One JSON object, written as it is read: crawls, changes, pages, and the numbers at the end."""
    crawls = {
        name: {"crawl": crawl.id, "finished_at": crawl.finished_at.isoformat()}
        for name, crawl in (("from", comparison.earlier), ("to", comparison.later))
    }
    out.write(json.dumps({"site": comparison.site, **crawls}, ensure_ascii=False)[:-1])
    changes = ({**asdict(change), "needs_text": change.needs_text} for change in comparison.changes())
    _write_list(out, "changes", changes)
    _write_list(out, "pages", ({"url": url, **kinds} for url, kinds in comparison.pages()))
    out.write(f',\n"counts": {json.dumps(comparison.tally.as_json())}}}\n')


def _write_list(out: TextIO, name: str, rows: Iterable[dict[str, object]]) -> None:
    out.write(f',\n"{name}": [')
    for number, row in enumerate(rows):
        out.write((",\n" if number else "\n") + json.dumps(row, ensure_ascii=False))
    out.write("]")
