"""site.sarif: every finding of every row as SARIF 2.1.0, for code scanning services."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from reports.files.program_file import ProgramFile
from reports.row import Row
from reports.sarif import MAX_RESULTS, SCHEMA, VERSION, invocation, location, notification, result, tool
from rules.judge import all_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.records import Finding


def _result(row: Row, finding: Finding) -> dict[str, Any]:
    """A finding of a row counts once, in as many places as the row has. A page has no lines: it may be built anew."""
    return result(
        finding,
        row.id,
        [location(row.first_page.url, 1, row.selector)],
        occurrenceCount=row.occurrences,
        **({"relatedLocations": [location(page.url, 1, None) for page in row.more_pages]} if row.more_pages else {}),
    )


@contextmanager
def _log(file: IO[str]) -> Iterator[Callable[[Row], None]]:
    """Rows come worst first, so what is over the limit is the least of them."""
    results = 0

    def write(row: Row) -> None:
        nonlocal results
        for finding in row.findings:
            if results < MAX_RESULTS:
                file.write((",\n" if results else "\n") + _dumped(_result(row, finding)))
            results += 1

    start = {"$schema": SCHEMA, "version": VERSION}
    file.write(f'{_dumped(start)[:-1]}, "runs": [{{"tool": {_dumped(tool(all_rules()))},\n')
    file.write('"columnKind": "unicodeCodePoints", "results": [')
    yield write
    too_many = f"{results:,} findings, of which a SARIF run holds {MAX_RESULTS:,}, the worst rows first"
    notes = [notification("warning", too_many)] if results > MAX_RESULTS else []
    file.write(f'\n],\n"invocations": [{_dumped(invocation(notes))}]}}]}}\n')


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


WRITERS = (
    ProgramFile(
        record=Row,
        name="sarif",
        file_name="site.sarif",
        title="For code scanning",
        help="SARIF 2.1.0: every finding of every row, once for all its places; of more than "
        f"{MAX_RESULTS:,}, which is what a run may hold, those of the worst rows.",
        headings=(),
        body=_log,
    ),
)
